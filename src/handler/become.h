/* handler/become.h -- a child becomes the handler: descriptors, limits, credentials, exec */
#ifndef DOORWARD_HANDLER_BECOME_H
#define DOORWARD_HANDLER_BECOME_H

#include "handler/spawn.h"

/* Once, before RLIMIT_NOFILE is raised, which it does: remember the limits that handlers get, and
 * open /dev/null. False with errno. */
bool become_init(void);
/* /dev/null. */
int become_null(void);
/* The limit of descriptors that doorward was started with, for an upgrade: by then it is raised. */
void become_save(struct state_out *o);
void become_restore(struct state_in *r);

/*
 * In the child: descriptors, limits, directory, credentials, session, signals, in this order.
 * Async-signal-safe. NULL, or the name of the call that failed, with errno. */
const char *become(const struct spawn_plan *plan);

/* In a child of its own memory: a descriptor that does not stand where sockets will, close-on-exec:
 * `fd`, or another for it. */
int become_out_of_the_way(int fd, size_t sockets);

/* become(), then execve(2). Returns only to fail. Async-signal-safe. */
struct spawn_error become_program(const struct spawn_plan *plan, char **env);

#endif
