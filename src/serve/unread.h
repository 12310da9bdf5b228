/* serve/unread.h -- did a wait handler leave unread what it was started for? */
#ifndef DOORWARD_SERVE_UNREAD_H
#define DOORWARD_SERVE_UNREAD_H

#include "listen/listen.h"

enum unread {
    UNREAD_NONE,  /* it was taken, or is not looked at now: another end will tell */
    UNREAD_MAYBE, /* the system does not tell; the handler ended soon, and no fewer wait */
    UNREAD_STILL  /* what stood first when it started, or before, stands there still */
};

/* Before the start: shall a helper be asked who stands first (LOOK_FIRST), or nothing (0)? Then
 * note it in `u`; `f` NULL: it was not asked, or does not know. */
unsigned unread_wants(const struct lent *u, const struct listener *l);
void unread_note(struct lent *u, const struct listener *l, const struct found *f);

/* The same after the end, `lasted_ns` after the start; `asked`: what unread_asks() said. */
unsigned unread_asks(const struct listener *l);
enum unread unread_look(struct lent *u, const struct listener *l, unsigned asked,
                        const struct found *f, uint64_t lasted_ns);

#endif
