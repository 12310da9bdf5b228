/* listen/look.h -- what is asked of a helper about a socket that handlers share. */
#ifndef DOORWARD_LISTEN_LOOK_H
#define DOORWARD_LISTEN_LOOK_H

#include <sys/socket.h>

#include "os/helper.h"
#include "service/service.h"

/* What is wanted, or-ed. */
enum { LOOK_FIRST = 1, LOOK_HEALTH = 2, LOOK_CLIENT = 4 };

/* What a helper found. */
struct found {
    uint64_t first;  /* who stands first in its queue; 0 nobody, or unknown */
    const char *why; /* it has to be opened anew: health_look(); NULL: it is what was opened */
    /* a client, by accept(2) */
    int fd;    /* the caller's; -1 with */
    int error; /* errno */
    socklen_t len;
    struct sockaddr_storage from;
};

/* Embedded in struct lent; zeroed at birth. */
struct look {
    struct question question;
    struct look_ask {
        struct listener *listener; /* the helper has a copy of it */
        union {
            struct addr at;
            struct unixfile made;
        };
        bool adopted;
        unsigned what;
    } ask;
    void (*then)(void *arg, struct listener *l, const struct found *f);
    void *arg;
};

/* Ask `what` of the socket of `l`; k->then(k->arg, l, f) is called once, from the loop, with the
 * waiter of `l` 0. `f` NULL: nobody could look. */
void look_ask(struct helpers *helpers, struct look *k, struct listener *l, unsigned what);

#endif
