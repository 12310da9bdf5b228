/* base/record.c -- a finished line of the log in the forms that machines read */
#include "config.h"

#include "base/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_ROOM = 2048 }; /* no value is longer than its line */

/* --- what a line says ------------------------------------------------------------------------ */

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";

struct field {
    char key[32];
    char value[VALUE_ROOM]; /* as it was before it was escaped */
    size_t len;
};

/* The length of the word of `chars` at `at`, which ends in `end`; 0: there is none. */
static size_t word(const char *at, const char *chars, char end)
{
    size_t n = strspn(at, chars);
    return at[n] == end ? n : 0;
}

static size_t event_len(const char *line)
{
    return word(line, "abcdefghijklmnopqrstuvwxyz-", ' ');
}

static unsigned hex(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/* One byte of a value in quotes; `*at` goes behind it. */
static char unescape(const char **at)
{
    static const char names[] = "nrt", bytes[] = "\n\r\t";
    const char *p = *at;
    if (*p != '\\' || p[1] == '\0') {
        *at = p + 1;
        return *p;
    }
    if (p[1] == 'x' && p[2] && p[3]) {
        *at = p + 4;
        return (char)(hex(p[2]) << 4 | hex(p[3]));
    }
    const char *name = strchr(names, p[1]);
    *at = p + 2;
    return name ? bytes[name - names] : p[1];
}

static void take(struct field *f, char c)
{
    if (f->len < sizeof f->value)
        f->value[f->len++] = c;
}

static bool take_quoted(struct field *f, const char **at)
{
    const char *p = *at + 1;
    while (*p && *p != '"')
        take(f, unescape(&p));
    if (*p == '"')
        p++;
    for (; *p && *p != ' '; p++)
        take(f, *p); /* the mark of a line that was cut */
    *at = p;
    return true;
}

/* The field " key=value" at `*at`, which goes behind it; false: there is none. */
static bool next_field(const char **at, struct field *f)
{
    size_t n = **at == ' ' ? word(*at + 1, "abcdefghijklmnopqrstuvwxyz_", '=') : 0;
    if (n == 0 || n >= sizeof f->key)
        return false;
    memcpy(f->key, *at + 1, n);
    f->key[n] = '\0';
    f->len = 0;
    *at += n + 2;
    if (**at == '"')
        return take_quoted(f, at);
    while (**at && **at != ' ')
        take(f, *(*at)++);
    return true;
}

static bool is_event(const char *line)
{
    struct field f;
    const char *at = line + event_len(line);
    if (at == line)
        return false;
    while (*at)
        if (!next_field(&at, &f))
            return strcmp(at, "...") == 0 || strcmp(at, " ...") == 0;
    return true;
}

typedef void put_field(struct text *out, const char *key, const char *value, size_t len);

static void put_all(struct text *out, const char *line, put_field *put)
{
    static const char problem[] = "problem";
    if (!is_event(line)) {
        put(out, "event", problem, sizeof problem - 1);
        put(out, "what", line, strlen(line));
        return;
    }
    struct field f;
    const char *at = line + event_len(line);
    put(out, "event", line, (size_t)(at - line));
    while (*at && next_field(&at, &f))
        put(out, f.key, f.value, f.len);
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* What is a number in JSON too; anything else is a string whatever it looks like, as a service may
 * be called 7000. */
static bool counts(const char *key)
{
    static const char *const keys[] = {
        "added",    "access", "ban",      "changed",      "count",    "cpu",     "duration",
        "failed",   "gone",   "handlers", "hosts_access", "in",       "ip_max",  "kept",
        "left_out", "lost",   "out",      "pause",        "pid",      "proxy",   "rejected",
        "removed",  "retry",  "rss",      "seconds",      "services", "sockets", "source_max",
        "started",  "status", "uptime"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static bool is_number(const char *value, size_t len)
{
    static const char digits[] = "0123456789";
    char text[32];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, value, len);
    text[len] = '\0';
    size_t whole = strspn(text, digits);
    if (whole == 0 || (text[0] == '0' && whole > 1))
        return false;
    if (text[whole] == '\0')
        return whole == len;
    size_t part = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    return part > 0 && whole + 1 + part == len;
}

/* As much as one character takes; 0: no UTF-8. */
static size_t character(const char *at, size_t left)
{
    char bytes[5] = "";
    memcpy(bytes, at, left < 4 ? left : 4);
    return text_utf8(bytes);
}

/* No form of a byte here is longer than 1.5 times the line's own. */
static void put_character(struct text *out, const char *at, size_t n)
{
    static const char shorts[] = "\"\\\n\r\t", names[] = "\"\\nrt";
    const char *p = n == 1 && at[0] ? strchr(shorts, at[0]) : NULL;
    unsigned char c = (unsigned char)at[0], second = n == 2 ? (unsigned char)at[1] : 0;
    if (n == 0)
        text_string(out, "\xef\xbf\xbd");
    else if (p)
        text_bytes(out, (const char[]){'\\', names[p - shorts]}, 2);
    else if (c < ' ' || c == 0x7f)
        text_add(out, "\\u%04x", c);
    else if (c == 0xc2 && second < 0xa0)
        text_add(out, "\\u%04x", second); /* no terminal shall act on it */
    else
        text_bytes(out, at, n);
}

/* Behind the longest character of a value there is room for what ends the object. */
static bool has_room(const struct text *out, size_t more)
{
    return out->size - out->len > more + sizeof "\\uffff...\"}";
}

static void put_string(struct text *out, const char *at, size_t len)
{
    text_string(out, "\"");
    while (len > 0 && has_room(out, 0)) {
        size_t n = character(at, len), step = n > 0 ? n : 1;
        put_character(out, at, n);
        at += step;
        len -= step;
    }
    text_string(out, len > 0 ? "...\"" : "\"");
}

static void put_json(struct text *out, const char *key, const char *value, size_t len)
{
    if (strcmp(key, "time") == 0)
        key = "seconds";
    if (!has_room(out, strlen(key) + sizeof ",\"\":" + len % sizeof "18446744073709551615.000"))
        return;
    text_add(out, ",\"%s\":", key);
    if (counts(key) && is_number(value, len))
        text_bytes(out, value, len);
    else
        put_string(out, value, len);
}

void record_json(struct text *out, const char *level, const char *line)
{
    struct timespec now = {0};
    struct tm tm;
    char second[32] = "";
    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &tm))
        (void)strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &tm); /* it fits */
    text_add(out, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\"", second, now.tv_nsec / 1000000, level);
    put_all(out, line, put_json);
    text_string(out, "}");
}

/* --- the journal ----------------------------------------------------------------------------- */

/* A value with a newline has its length before it, in eight bytes, the least first. */
static void put_entry(struct text *out, const char *value, size_t len)
{
    if (!memchr(value, '\n', len)) {
        text_string(out, "=");
    } else {
        char bytes[8];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)((uint64_t)len >> 8 * i & 0xff);
        text_string(out, "\n");
        text_bytes(out, bytes, sizeof bytes);
    }
    text_bytes(out, value, len);
    text_string(out, "\n");
}

static void put_journal(struct text *out, const char *key, const char *value, size_t len)
{
    text_string(out, "DOORWARD_");
    for (; *key; key++) {
        const char *letter = strchr(lower, *key);
        text_bytes(out, letter ? &"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[letter - lower] : "_", 1);
    }
    put_entry(out, value, len);
}

void record_journal(struct text *out, const char *ident, int priority, const char *line)
{
    text_add(out, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%ld\nMESSAGE",
             priority & 7, priority >> 3, ident, (long)getpid());
    put_entry(out, line, strlen(line));
    put_all(out, line, put_journal);
}
