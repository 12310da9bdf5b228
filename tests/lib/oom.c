/* lib/oom.c -- an allocation that fails: LD_PRELOAD, for hostile/memory.py
 *
 * The OOM_NTH-th call of malloc, calloc or realloc fails; with OOM_ON all that follow,
 * too. The file OOM_TOLD is made when it has come to that. Children count on from where they
 * began. */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);

static long nth = -1, calls;
static bool on;
static char told[256];

/* dlsym(3) may allocate itself, and none of that is ever freed. */
static char early[4096];
static size_t early_used;

static void *early_alloc(size_t size)
{
    size_t at = (early_used + 15) & ~(size_t)15;
    if (size > sizeof early - at)
        return NULL;
    early_used = at + size;
    return early + at;
}

static bool is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

/* POSIX dlsym(3): a pointer to a function fits a void *. */
static void find(void)
{
    static bool busy;
    if (real_realloc || busy)
        return;
    busy = true;
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    busy = false;
}

__attribute__((constructor)) static void start(void)
{
    const char *n = getenv("OOM_NTH"), *path = getenv("OOM_TOLD");
    find();
    if (path && strlen(path) < sizeof told)
        memcpy(told, path, strlen(path) + 1);
    on = getenv("OOM_ON");
    calls = 0;
    nth = n ? strtol(n, NULL, 10) : -1;
}

static bool due(void)
{
    find();
    if (nth < 0 || (++calls != nth && !(on && calls > nth)))
        return false;
    if (calls == nth && told[0])
        (void)close(open(told, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)); /* it is there, or not */
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    if (due())
        return NULL;
    return real_malloc ? real_malloc(size) : early_alloc(size);
}

void *calloc(size_t n, size_t size)
{
    if (due())
        return NULL;
    return real_calloc ? real_calloc(n, size) : early_alloc(n * size); /* zero from birth */
}

void *realloc(void *p, size_t size)
{
    if (due())
        return NULL;
    if (!is_early(p))
        return real_realloc(p, size);
    void *out = malloc(size);
    if (out)
        memcpy(out, p,
               size < (size_t)(early + sizeof early - (char *)p)
                   ? size
                   : (size_t)(early + sizeof early - (char *)p));
    return out;
}
