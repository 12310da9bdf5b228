/* ctl/ctl.c -- what every part of doorwardctl needs: a complaint, and memory or the end */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/terminal.h"

void ctl_complain(const char *fmt, ...)
{
    char line[4096];
    struct text t;
    va_list ap;
    text_init(&t, line, sizeof line);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    text_mark_cut(&t);
    (void)fputs("doorwardctl: ", stderr); /* there is nobody else to tell */
    ctl_put_harmless(stderr, line);
    (void)fputc('\n', stderr);
}

void *ctl_grow(void *old, size_t size)
{
    void *fresh = realloc(old, size);
    if (!fresh) {
        ctl_complain("out of memory");
        exit(EX_OSERR);
    }
    return fresh;
}

char *ctl_copy(const char *text, size_t len)
{
    char *copy = ctl_grow(NULL, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}
