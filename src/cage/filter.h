/* cage/filter.h -- which system calls a handler may make: seccomp's filter, made and put up */
#ifndef DOORWARD_CAGE_FILTER_H
#define DOORWARD_CAGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel's bytes for it; shared. */
struct filter {
    unsigned refs;
    size_t len;
    unsigned char bytes[];
};
/* With one reference. NULL: out of memory. */
struct filter *filter_new(const void *bytes, size_t len);
struct filter *filter_ref(struct filter *f);
/* NULL is nothing. */
void filter_unref(struct filter *f);
/* NULL is equal to NULL. */
bool filter_equal(const struct filter *a, const struct filter *b);

/* For cage.c: NULL, or why not. It loads libseccomp: for the reader. */
const char *filter_missing(void);

/*
 * The bytes for `words`, with blanks between: `EPERM` or `kill`; names, `@sets`, or either behind a
 * `!`; `socket:` and then nothing, or `unix`, `tcp`, `udp`, each once: sockets of no other kind. It
 * loads libseccomp and allocates: for the reader. -1: `*wrong` is a text that says why; else the
 * length of `*bytes`, which is the caller's to free. */
long filter_compile(const char *words, unsigned char **bytes, const char **wrong);

/* In the child, async-signal-safe: it is in force from now on, for the next call too. Without
 * no_new_privs it takes privileges. 0, or -1 with errno. */
int filter_enforce(const struct filter *f);

#endif
