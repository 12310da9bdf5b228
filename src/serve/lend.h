/*
 * serve/lend.h -- the sockets of a wait service while a handler has them: one, or all of its entry.
 *
 * Those that one handler has are a chain (listener.with). While one of an entry that lends all has
 * a waiter, the others have it, too, and none of them is looked at. */
#ifndef DOORWARD_SERVE_LEND_H
#define DOORWARD_SERVE_LEND_H

#include "admit/master.h"
#include "service/service.h"

/* How a handler ended that had them. */
struct lend_ended {
    uint32_t service;         /* its id */
    uint64_t started, lasted; /* ns */
    bool told;                /* it was no handler */
};

/* What follows when helpers have looked at the chain that `first` begins. */
typedef void lend_then(struct master *m, struct listener *first, const struct lend_ended *ended);

/* `l`, readable, is to go to a handler: the chain of what it gets is looked at, which may take its
 * time, then `then` is called with it, perhaps before this returns; lend_note() or lend_undo() must
 * follow. False: out of memory. */
bool lend_begin(struct master *m, struct listener *l, lend_then *then);
/* Is that chain what a handler of its first one's service would get now? A reload may have made it
 * other services' meanwhile. */
bool lend_is_whole(const struct listener *first);
/* It goes: LISTENER_STARTS is its waiter, and who stands first in its queues is noted. */
void lend_note(struct listener *first);
/* `l`, of which a helper is asked, closes. */
void lend_leave(struct listener *l);

/* Who has the chain that `first` begins: a pid, LISTENER_STARTS, or 0. */
void lend_mark(struct listener *first, pid_t waiter);

/* `l`, open or about to be, has no waiter: it shares that of its entry's others. */
void lend_join(struct master *m, struct listener *l);

/* The start came to nothing: the chain is free again, each of it its own service's. NULL: there is
 * none. */
void lend_undo(struct master *m, struct listener *first);

/* The handler has ended: what it left, and what it has done to its sockets, is looked at by
 * helpers; then they are the service's again, or opened anew, and it goes on or has a pause. */
void lend_over(struct master *m, struct listener *first, const struct lend_ended *ended);

#endif
