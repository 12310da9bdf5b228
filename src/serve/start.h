/*
 * serve/start.h -- the one path on which every handler starts, and on which it ends.
 *
 * nowait, wait, tcpmux and the second try after a failure all come through here: privileges are
 * dropped in one place, and a slot taken is given back in one place. */
#ifndef DOORWARD_SERVE_START_H
#define DOORWARD_SERVE_START_H

#include "admit/admit.h"
#include "handler/child.h"
#include "handler/starters.h"

/*
 * A client of a nowait service, taken off the backlog: `fd` (blocking, close-on-exec; ours from now
 * on) by `peer` (unmapped), asked at `local` (NULL: not known, or unix). Refused: closed and
 * logged; false. Admitted: on its way; when the system has no process to spare it is kept and tried
 * again, when the program cannot be executed it is closed. */
bool start_client(struct master *m, struct service *s, int fd, const struct addr *peer,
                  const struct addr *local);
/* The same for one who is described by `*st`, which is copied; what it has is not the caller's any
 * more. */
bool start_peer(struct master *m, const struct start *st);

/* A wait service's socket is readable: hand it to a handler. */
void start_wait(struct master *m, struct listener *l);

/* starters_new()'s callback; `arg` is the struct master, here and below. */
void start_done(void *arg, struct start *st, pid_t pid, const struct spawn_error *e);

/* starters_free()'s. */
void start_dropped(void *arg, struct start *st);

/* children_new()'s callback, and children_hooks()'. */
bool start_stranger(void *arg, pid_t pid);
void start_reports(void *arg);
void start_ended(void *arg, const struct child *c, const struct child_end *end);

/* Clients that are kept for another try: start those that may. */
void start_waiting(struct master *m, struct service *s);

/* The listener goes; its handler, or the start of it, goes on. */
void start_forget_listener(struct master *m, struct listener *l);

/* After a reload: who has not been given to a starter waits as if he had just come. */
void start_review(struct master *m);
/* The same: count the running handlers by the sources of the new settings. */
void start_recount(struct master *m);

/* Who is admitted and not given to a starter waits as if he had not been; what is on its way
 * becomes a handler. */
void start_withdraw(struct master *m, struct service *s);
/* Some are over, or were withdrawn: HOLD_STARTS ends, unless what goes on, or has been begun by
 * their giving back, is enough. */
void start_fewer(struct master *m, struct service *s);

/* The service goes: close what is held, and what is told of it. */
void start_forget(struct master *m, struct service *s);

#endif
