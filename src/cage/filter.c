/* cage/filter.c -- a filter of system calls as bytes: shared, compared, put in force */
#include "config.h"

#include "cage/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#endif

struct filter *filter_new(const void *bytes, size_t len)
{
    struct filter *f = malloc(sizeof *f + len);
    if (!f)
        return NULL;
    f->refs = 1;
    f->len = len;
    memcpy(f->bytes, bytes, len);
    return f;
}

struct filter *filter_ref(struct filter *f)
{
    f->refs++;
    return f;
}

void filter_unref(struct filter *f)
{
    if (f && --f->refs == 0)
        free(f);
}

bool filter_equal(const struct filter *a, const struct filter *b)
{
    return a == b || (a && b && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0);
}

int filter_enforce(const struct filter *f)
{
#ifdef __linux__
    union {
        const unsigned char *bytes;
        struct sock_filter *at;
    } code = {.bytes = f->bytes};
    const struct sock_fprog program = {(unsigned short)(f->len / sizeof *code.at), code.at};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0UL, 0UL);
#else
    (void)f;
    errno = ENOSYS;
    return -1;
#endif
}
