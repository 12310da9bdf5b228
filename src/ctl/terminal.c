/* ctl/terminal.c -- what others wrote must not reach a terminal as it is */
#include "config.h"

#include "ctl/terminal.h"

#include "base/text.h"

/* C0 and C1: the bytes with which a terminal is told to do something. */
static bool is_control(const unsigned char *at, size_t len)
{
    return len == 1 ? *at < ' ' || *at == 127 : len == 2 && at[0] == 0xc2 && at[1] < 0xa0;
}

void ctl_put_harmless(FILE *out, const char *text)
{
    while (*text) {
        const unsigned char *at = (const unsigned char *)text;
        size_t n = text_utf8(text);
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
