/* handler/presence.h -- is the client of a handler still there, or has he been silent for too
 * long? */
#ifndef DOORWARD_HANDLER_PRESENCE_H
#define DOORWARD_HANDLER_PRESENCE_H

#include "base/state.h"
#include "handler/child.h"
#include "os/helper.h"

/*
 * A copy of the connection is kept while the handler runs. Twice a second poll(2), which takes no
 * lock, tells of clients who have reset, or closed both ways; of a byte either way TCP_INFO tells,
 * which a helper asks for when somebody's time may be up. Then the handler ends as child_end() does
 * it. */
struct presence;

/* Who wants one; copied. */
struct presence_owner {
    struct loop *loop;
    struct helpers *helpers;
    struct children *children;
    struct holder whose;
    int signo; /* the handler gets it first */
};
/* Copy `fd`, the connection of `c`, which is about to start. `idle` (ns; 0: any time) without a
 * byte, or, with `hangup`, a client who has gone is its end. NULL with errno. */
struct presence *presence_new(const struct presence_owner *o, struct child *c, int fd,
                              uint64_t idle, bool hangup);
/* The handler ended. NULL is nothing. */
void presence_end(struct presence *p);
/* It could not be started. NULL is nothing. */
void presence_discard(struct presence *p);

/* To the next doorward, and from the last: NULL where there is none, or *r->bad. */
void presence_save(const struct presence *p, struct state_out *o);
struct presence *presence_restore(struct loop *loop, struct helpers *helpers,
                                  struct children *children, struct child *c, struct state_in *r);

#endif
