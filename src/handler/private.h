/* handler/private.h -- what the parts of spawn share */
#ifndef DOORWARD_HANDLER_PRIVATE_H
#define DOORWARD_HANDLER_PRIVATE_H

#include "handler/spawn.h"

/*
 * The environment of SPEC 4 for this start: NULL-terminated, valid until the next call. NULL: out
 * of memory.
 */
char **environment_make(const struct spawn_plan *plan);
/* Remember the daemon's own environment (borrowed for good). */
void environment_init(char **daemon);
/* Add TCPREMOTEHOST and TCPLOCALHOST, looked up now (getnameinfo(3)): only in a forked child. */
char **environment_resolve(const struct spawn_plan *plan, char **env);

/* Once, before RLIMIT_NOFILE is raised, which it does: remember the limits that handlers get, open
 * /dev/null. False with errno. */
bool become_init(void);

/*
 * In the child: descriptors, limits, directory, credentials, session, signals, in this order.
 * Async-signal-safe. NULL, or the name of the call that failed, with errno.
 */
const char *become(const struct spawn_plan *plan);

/* become(), then execve(2). Returns only to fail, with `*e`. Async-signal-safe. */
void become_program(const struct spawn_plan *plan, char **env, struct spawn_error *e);

/* The highest descriptor that become() needs. */
int become_highest(const struct spawn_plan *plan);

enum { EXIT_NOT_STARTED = 127 /* as the shell says it */ };

/*
 * become_program() in a new child that has our memory, while we stand still. The pid, when the
 * child has become the program or has failed, with `*e`; -1 with errno.
 */
pid_t vfork_program(const struct spawn_plan *plan, char **env, struct spawn_error *e);
/* Once: find out what the kernel can do. */
void vfork_init(void);

#endif
