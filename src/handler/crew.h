/* handler/crew.h -- who is there to start handlers: a load's starters, and children of our own */
#ifndef DOORWARD_HANDLER_CREW_H
#define DOORWARD_HANDLER_CREW_H

#include "handler/worker.h"

enum {
    CREW_PLACES = 64 /* starters of earlier loads that are not done, and children of our own, too */
};

struct crew {
    struct worker workers[CREW_PLACES];
    struct birth *births; /* one each, in memory shared with starters and children */
    struct loop *loop;
    size_t wanted; /* starters at work at once; there are more beside those that are passed over */
    size_t busy;   /* workers with orders: the caller counts */
    size_t passed; /* and of these, who take long: likewise */
};

/* An empty one of `set`, where `answered` is called for what a worker says. False: no memory. */
bool crew_init(struct crew *crew, struct starters *set, struct loop *loop,
               void (*answered)(struct watch *w));
/* Its memory; everybody is dismissed. */
void crew_free(struct crew *crew);

/* A new load: starters of before are the last's, and end with their orders. With `hire` there are
 * as many new ones as are wanted; false with errno: none. */
bool crew_renew(struct crew *crew, bool hire);

/* A place where nobody is; NULL with EAGAIN. */
struct worker *crew_place(struct crew *crew);
/* Starters of this load. */
size_t crew_count(const struct crew *crew);
/* The starter with the fewest orders, or a new one. NULL with errno; 0: all have enough of them;
 * EBUSY: all take long, and there are enough of them. */
struct worker *crew_idle(struct crew *crew);

/* Has the service, or its user, too many starts that do not end? */
bool crew_capped(const struct crew *crew, const struct service *s);

#endif
