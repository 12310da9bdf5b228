/* handler/queue.h -- starts that wait for somebody to do them, and whose turn it is */
#ifndef DOORWARD_HANDLER_QUEUE_H
#define DOORWARD_HANDLER_QUEUE_H

#include "handler/worker.h"

struct queue {
    struct start *first, **last; /* in the order in which they were added */
    uint32_t added;
};

void queue_init(struct queue *q);
void queue_add(struct queue *q, struct start *st);
/* It was taken out, and has to wait after all: where it stood, before those that came later. */
void queue_put_back(struct queue *q, struct start *st);
/* The same for those of a list. */
void queue_put_back_all(struct queue *q, struct start *list);
/*
 * Take who is next, of those that `may(arg, st)` (NULL: all) lets go: what is to be let go of, then
 * the oldest start of the service whose last turn lies furthest back. NULL: there is nobody. */
struct start *queue_next(struct queue *q, bool (*may)(const void *arg, const struct start *st),
                         const void *arg);
/* Take those of `s` out, linked by `next`. */
struct start *queue_withdraw(struct queue *q, const struct service *s);

#endif
