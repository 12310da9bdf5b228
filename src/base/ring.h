/* base/ring.h -- doubly linked rings in the order of entering; their heads belong to nobody. Rank
 * 0. */
#ifndef DOORWARD_BASE_RING_H
#define DOORWARD_BASE_RING_H

/* A head, or embedded in what it links. The oldest is head.after; the head itself when there is
 * none. */
struct ring {
    struct ring *before, *after;
};

/* An empty one: static struct ring head = RING_EMPTY(head). */
#define RING_EMPTY(head)                                                                           \
    {                                                                                              \
        &(head), &(head)                                                                           \
    }

/* Put `k`, which is in no ring, in as the youngest. */
static inline void ring_enter(struct ring *head, struct ring *k)
{
    *k = (struct ring){head->before, head};
    k->before->after = k->after->before = k;
}

static inline void ring_leave(struct ring *k)
{
    k->before->after = k->after;
    k->after->before = k->before;
}

#endif
