/* cage/landlock.h -- which files, ports and processes a handler reaches, as Landlock's ruleset */
#ifndef DOORWARD_CAGE_LANDLOCK_H
#define DOORWARD_CAGE_LANDLOCK_H

#include "cage/cage.h"

/* For cage.c: NULL, or why not. */
const char *landlock_files_missing(void);
const char *landlock_ports_missing(void);
const char *landlock_scope_missing(void);

/*
 * The ruleset of `c` for a handler that runs `program`, close-on-exec, as seen below `root` (NULL:
 * here). It is kept, and made anew when one of the paths leads elsewhere: the caller has it until
 * the next call, and does not close it. A path that is not there is not allowed. It opens files, so
 * it may wait for a file system: not for the master. -1 with errno. */
int landlock_ruleset(const struct cage *c, const char *root, const char *program);

/* The same, in a jail that has been entered, and the caller's to close. */
int landlock_make(const struct cage *c, const char *program);

/* In the child, async-signal-safe: it is in force from now on, and stays so. */
int landlock_enforce(int ruleset);

#endif
