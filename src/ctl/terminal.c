/* ctl/terminal.c -- what others wrote must not reach a terminal as it is */
#include "config.h"

#include "ctl/terminal.h"

size_t ctl_utf8(const char *at)
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

/* C0 and C1: the bytes with which a terminal is told to do something. */
static bool is_control(const unsigned char *at, size_t len)
{
    return len == 1 ? *at < ' ' || *at == 127 : len == 2 && at[0] == 0xc2 && at[1] < 0xa0;
}

void ctl_put_harmless(FILE *out, const char *text)
{
    while (*text) {
        const unsigned char *at = (const unsigned char *)text;
        size_t n = ctl_utf8(text);
        if (n > 0 && !is_control(at, n)) {
            (void)fwrite(text, 1, n, out); /* main looks at stdout in the end; so for all here */
        } else {
            n = n ? n : 1;
            for (size_t i = 0; i < n; i++)
                (void)fprintf(out, "\\x%02x", (unsigned)at[i]);
        }
        text += n;
    }
}
