/* base/text.c -- bounded strings; escapes for what others wrote */
#include "config.h"

#include "base/text.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MARK = 3 };
static const char mark[] = "..."; /* something is left out here */

void text_init(struct text *t, char *at, size_t size)
{
    *t = (struct text){.at = at, .size = size};
    at[0] = '\0';
}

void text_vadd(struct text *t, const char *fmt, va_list ap)
{
    if (t->cut)
        return;
    size_t room = t->size - t->len;
    int n = vsnprintf(t->at + t->len, room, fmt, ap);
    if (n >= 0 && (size_t)n < room) {
        t->len += (size_t)n;
        return;
    }
    t->cut = true;
    if (n >= 0)
        t->len = t->size - 1;
    t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_vadd(t, fmt, ap);
    va_end(ap);
}

void text_bytes(struct text *t, const char *bytes, size_t len)
{
    if (t->cut)
        return;
    size_t room = t->size - 1 - t->len;
    if (len > room) {
        len = room;
        t->cut = true;
    }
    memcpy(t->at + t->len, bytes, len);
    t->len += len;
    t->at[t->len] = '\0';
}

void text_string(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_number(struct text *t, uint64_t n)
{
    char digits[20], *first = digits + sizeof digits;
    do
        *--first = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    text_bytes(t, first, (size_t)(digits + sizeof digits - first));
}

/* All of `len` bytes or none: half an escape would change what follows it. */
static void add_whole(struct text *t, const char *bytes, size_t len)
{
    if (len < t->size - t->len)
        text_bytes(t, bytes, len);
    else
        t->cut = true;
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void add_escaped(struct text *t, char c)
{
    static const char plain[] = "\"\\\n\r\t", names[] = "\"\\nrt", hex[] = "0123456789abcdef";
    const char *p = c == '\0' ? NULL : strchr(plain, c);
    unsigned char byte = (unsigned char)c;
    if (p)
        add_whole(t, (char[]){'\\', names[p - plain]}, 2);
    else
        add_whole(t, (char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
}

void text_escape(struct text *t, const char *bytes, size_t len)
{
    while (len > 0 && !t->cut) {
        size_t plain = 0;
        while (plain < len && is_plain(bytes[plain]))
            plain++;
        text_bytes(t, bytes, plain);
        if (plain < len)
            add_escaped(t, bytes[plain++]);
        bytes += plain;
        len -= plain;
    }
}

static bool needs_quotes(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_plain(bytes[i]) || bytes[i] == ' ' || bytes[i] == '=')
            return true;
    return len == 0;
}

void text_key(struct text *t, const char *key)
{
    text_string(t, " ");
    text_string(t, key);
    text_string(t, "=");
}

void text_seconds(struct text *t, const char *key, uint64_t ns)
{
    unsigned ms = (unsigned)(ns / NS_PER_MS % 1000);
    const char part[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                         (char)('0' + ms % 10)};
    text_key(t, key);
    text_number(t, ns / NS_PER_S);
    text_bytes(t, part, sizeof part);
}

/* As much of the bytes as fits into `most` bytes of the text, whole escapes only. */
static void escape_within(struct text *t, size_t most, const char *bytes, size_t len)
{
    size_t size = t->size;
    t->size = most;
    text_escape(t, bytes, len);
    t->size = size;
}

/* Room is kept behind each field for the mark, so that to set it never costs a field its quote. */
static bool field_fits(const struct text *t, size_t len)
{
    return len + MARK < t->size;
}

/* The key, at least the two quotes and a mark between them, or nothing at all. */
void text_field_bytes(struct text *t, const char *key, const char *bytes, size_t len)
{
    const char *quote = needs_quotes(bytes, len) ? "\"" : "";
    size_t quotes = 2 * strlen(quote), needed = strlen(key) + 2 + quotes;
    if (t->cut || !field_fits(t, t->len + needed)) {
        t->cut = true;
        return;
    }
    text_key(t, key);
    text_string(t, quote);
    escape_within(t, t->size - MARK - quotes / 2, bytes, len);
    bool cut = t->cut;
    t->cut = false;
    if (cut)
        text_bytes(t, mark, MARK);
    text_string(t, quote);
    t->cut = t->marked = cut;
}

void text_field(struct text *t, const char *key, const char *value)
{
    text_field_bytes(t, key, value, strlen(value));
}

/* The end of the last whole character, or escape, within the first `most` bytes. */
static size_t whole_within(const char *at, size_t most)
{
    size_t end = 0;
    while (end < most) {
        size_t step = 1;
        if (at[end] == '\\')
            step = at[end + 1] == 'x' ? 4 : 2;
        else
            while (((unsigned char)at[end + step] & 0xc0) == 0x80)
                step++; /* UTF-8 */
        if (end + step > most)
            break;
        end += step;
    }
    return end;
}

void text_span(struct text *t, uint64_t ns)
{
    static const struct {
        uint64_t ns;
        char name;
    } units[] = {{NS_PER_DAY, 'd'}, {NS_PER_HOUR, 'h'}, {NS_PER_MIN, 'm'}, {NS_PER_S, 's'}};
    size_t i = 0;
    if (ns < 10 * NS_PER_S && ns % NS_PER_S) {
        text_add(t, "%" PRIu64 ".%" PRIu64 "s", ns / NS_PER_S, ns % NS_PER_S / (NS_PER_S / 10));
        return;
    }
    while (i + 1 < sizeof units / sizeof units[0] && ns < units[i].ns)
        i++;
    text_add(t, "%" PRIu64 "%c", ns / units[i].ns, units[i].name);
    uint64_t rest = ns % units[i].ns;
    if (i + 1 < sizeof units / sizeof units[0] && rest / units[i + 1].ns > 0)
        text_add(t, "%" PRIu64 "%c", rest / units[i + 1].ns, units[i + 1].name);
}

void text_mark_cut(struct text *t)
{
    if (!t->cut || t->marked)
        return;
    size_t dots = t->size - 1 < MARK ? t->size - 1 : MARK;
    if (t->len + dots > t->size - 1)
        t->len = whole_within(t->at, t->size - 1 - dots);
    memcpy(t->at + t->len, mark, dots);
    t->len += dots;
    t->at[t->len] = '\0';
    t->marked = true;
}

bool text_fits(char *at, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(at, size, fmt, ap);
    va_end(ap);
    return n >= 0 && (size_t)n < size;
}

size_t text_utf8(const char *at)
{
    static const struct {
        unsigned char first, last, low, high; /* the first byte, the range of the second */
        size_t len;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
                 {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    const unsigned char *byte = (const unsigned char *)at;
    if (byte[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (byte[0] < forms[i].first || byte[0] > forms[i].last)
            continue;
        size_t n = byte[1] >= forms[i].low && byte[1] <= forms[i].high ? 2 : 0;
        while (n && n < forms[i].len)
            n = (byte[n] & 0xc0) == 0x80 ? n + 1 : 0;
        return n;
    }
    return 0;
}
