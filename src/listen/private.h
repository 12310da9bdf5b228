/* listen/private.h -- what few listeners have besides; private to listen/ */
#ifndef DOORWARD_LISTEN_PRIVATE_H
#define DOORWARD_LISTEN_PRIVATE_H

#include "listen/listen.h"

struct extras {
    /* while there is no socket */
    struct timer retry;
    struct listening *ctx;
    struct listener *listener;
    uint64_t pause; /* ns, of the wait under way */
    uint64_t most;  /* ns */
    int error;      /* the last one logged */
    /* while there is one */
    struct lent lent;
};

/* Those of `l`, made if there are none; NULL: out of memory. */
struct extras *extras_of(struct listener *l);

#endif
