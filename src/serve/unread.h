/* serve/unread.h -- did a wait handler leave unread what it was started for? */
#ifndef DOORWARD_SERVE_UNREAD_H
#define DOORWARD_SERVE_UNREAD_H

#include "listen/listen.h"

enum unread {
    UNREAD_NONE,  /* it was taken, or is not looked at now: another end will tell */
    UNREAD_MAYBE, /* the system does not tell; the handler ended soon, and no fewer wait */
    UNREAD_STILL  /* what stood first when it started, or before, stands there still */
};

/* Before the start: note in `u` who stands first at the socket of `l`. */
void unread_note(struct lent *u, const struct listener *l);

/* After the end, `lasted_ns` later. */
enum unread unread_look(struct lent *u, const struct listener *l, uint64_t lasted_ns);

#endif
