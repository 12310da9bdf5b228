/* cage/jail.h -- a handler in namespaces of its own, and the process that stands before it there */
#ifndef DOORWARD_CAGE_JAIL_H
#define DOORWARD_CAGE_JAIL_H

#include <sys/types.h>

#include "cage/cage.h"

/* For cage.c: NULL, or why not. They fork. */
const char *jail_mounts_missing(void);
const char *jail_pids_missing(void);
const char *jail_ipc_missing(void);
const char *jail_network_missing(void);

/* In who makes it, before: the flags of clone(2) for its namespaces; 0: it needs none. */
int jail_prepare(const struct cage *c);

/*
 * The first process in them prepares the rest: ids, files, the loopback interface. `program` is
 * what the handler will run. It opens files and may wait. NULL, or the constant name of the call
 * that failed, with errno. */
const char *jail_enter(const struct cage *c, const char *program);

/* Its number outside; to be asked before jail_enter(). */
pid_t jail_outer_pid(void);

/*
 * Stand before the handler `pid`, a child in a session of its own, or outside before who does: what
 * signals come from outside go to it, alone or to its group; who has lost his parent is reaped.
 * What wait(2) says of its end; the others are ended with the first process. */
int jail_stand(pid_t pid, bool alone);

#endif
