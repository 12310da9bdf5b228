/* handler/env.h -- the environment of a handler: built, never passed on */
#ifndef DOORWARD_HANDLER_ENV_H
#define DOORWARD_HANDLER_ENV_H

#include "handler/spawn.h"

/* Remember the daemon's own environment (borrowed for good). */
void environment_init(char **daemon);
/*
 * The environment of doorward-handlers(7) for this start: NULL-terminated, valid until the next
 * call. NULL: out of memory. */
char **environment_make(const struct spawn_plan *plan);
/* In the child, whose pid it is: LISTEN_PID. Async-signal-safe. */
void environment_own(char **env, pid_t pid);
/* Set REMOTE_HOST, TCPREMOTEHOST and TCPLOCALHOST in environ, looked up now (getnameinfo(3)): only
 * in a child whose environ it is. */
void environment_resolve(const struct spawn_plan *plan);

#endif
