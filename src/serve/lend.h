/*
 * serve/lend.h -- the sockets of a wait service while a handler has them: one, or all of its entry.
 *
 * Those that one handler has are a chain (listener.with). While one of an entry that lends all has
 * a waiter, the others have it, too, and none of them is looked at. */
#ifndef DOORWARD_SERVE_LEND_H
#define DOORWARD_SERVE_LEND_H

#include "admit/master.h"
#include "service/service.h"

/* `l`, readable, goes to a handler: the chain of what it gets, LISTENER_STARTS their waiter. */
struct listener *lend_begin(struct master *m, struct listener *l);

/* Who has the chain that `first` begins: a pid, LISTENER_STARTS, or 0. */
void lend_mark(struct listener *first, pid_t waiter);

/* `l`, open or about to be, has no waiter: it shares that of its entry's others. */
void lend_join(struct master *m, struct listener *l);

/* The start came to nothing: the chain is free again. */
void lend_undo(struct listener *first);

/* What a handler, which ran for `lasted_ns`, left of what it was started for. */
enum lend_left {
    LEND_SERVED,
    LEND_MAYBE, /* nobody knows, but it looks like nothing */
    LEND_UNREAD /* all of it */
};
enum lend_left lend_look(struct listener *first, uint64_t lasted_ns);

/* The handler has ended, and the chain comes apart: are its sockets what they were? */
void lend_end(struct master *m, struct listener *first);

#endif
