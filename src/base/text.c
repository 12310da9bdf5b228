/* base/text.c -- bounded strings; escapes for what others wrote */
#include "config.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

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
    if (p != NULL)
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

void text_field_bytes(struct text *t, const char *key, const char *bytes, size_t len)
{
    const char *quote = needs_quotes(bytes, len) ? "\"" : "";
    text_key(t, key);
    text_string(t, quote);
    text_escape(t, bytes, len);
    text_string(t, quote);
}

void text_field(struct text *t, const char *key, const char *value)
{
    text_field_bytes(t, key, value, strlen(value));
}

void text_mark_cut(struct text *t)
{
    if (!t->cut)
        return;
    size_t dots = t->size - 1 < 3 ? t->size - 1 : 3;
    if (t->len + dots > t->size - 1)
        t->len = t->size - 1 - dots;
    memcpy(t->at + t->len, "...", dots);
    t->len += dots;
    t->at[t->len] = '\0';
}

bool text_fits(char *at, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(at, size, fmt, ap);
    va_end(ap);
    return n >= 0 && (size_t)n < size;
}
