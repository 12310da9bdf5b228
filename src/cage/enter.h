/* cage/enter.h -- a child walks into its cage: which layer is put up when */
#ifndef DOORWARD_CAGE_ENTER_H
#define DOORWARD_CAGE_ENTER_H

#include "cage/cage.h"

/*
 * In the child, async-signal-safe, each step only where `c->layers` has a layer for it: a child
 * without a cage makes no call. NULL, or the constant name of the call that failed, with errno:
 * then it must not become the handler. */

/* Before there is a child, in who makes it: what is to be ready then, for a `program` that is seen
 * below `root` (NULL: here). It opens files. */
const char *enter_prepare(const struct cage *c, const char *root, const char *program);
/* What it has found: the flags of clone(2) for the child; 0: it needs no jail, */
int enter_flags(void);
/* else that one, of its own memory, comes into it, and then makes a child for the steps below. */
const char *enter_jail(const struct cage *c, const char *program);
/* Does it need one, by its layers alone? */
static inline bool enter_needs_jail(const struct cage *c)
{
    return (c->layers &
            (1U << CAGE_MOUNTS | 1U << CAGE_PIDS | 1U << CAGE_IPC | 1U << CAGE_NETWORK)) != 0;
}

/* Is that one the first process of a namespace of pids, whose end is the end of all in it? */
static inline bool enter_owns_pids(const struct cage *c)
{
    return (c->layers & 1U << CAGE_PIDS) != 0;
}

/* While it may still do anything. */
const char *enter_with_privileges(const struct cage *c);
/* When it has its user. */
const char *enter_as_user(const struct cage *c);
/* The last thing before execve(2). */
const char *enter_at_last(const struct cage *c);

/* For cage.c: NULL, or why the layer cannot be had. */
const char *enter_privs_missing(void);
const char *enter_keyring_missing(void);

#endif
