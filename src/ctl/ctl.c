/* ctl/ctl.c -- what every part of doorwardctl needs: a complaint, and memory or the end */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void ctl_complain(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fputs("doorwardctl: ", stderr); /* there is nobody else to tell */
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
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
