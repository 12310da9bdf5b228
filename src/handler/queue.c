/* handler/queue.c -- starts that wait for somebody to do them, and whose turn it is */
#include "config.h"

#include "handler/queue.h"

void queue_init(struct queue *q)
{
    q->first = NULL;
    q->last = &q->first;
    q->added = 0;
}

void queue_add(struct queue *q, struct start *st)
{
    st->number = q->added++;
    st->next = NULL;
    *q->last = st;
    q->last = &st->next;
}

void queue_put_back(struct queue *q, struct start *st)
{
    struct start **at = &q->first;
    while (*at && (int32_t)((*at)->number - st->number) < 0)
        at = &(*at)->next;
    st->next = *at;
    *at = st;
    if (!st->next)
        q->last = &st->next;
}

void queue_put_back_all(struct queue *q, struct start *list)
{
    struct start *next;
    for (; list; list = next) {
        next = list->next;
        queue_put_back(q, list);
    }
}

/* Has `a` waited longer for its turn than `b`, who came before? */
static bool before(const struct start *a, const struct start *b)
{
    return (int32_t)(a->service->turn - b->service->turn) < 0;
}

static struct start *take(struct queue *q, struct start **at)
{
    struct start *st = *at;
    *at = st->next;
    if (!*at)
        q->last = at;
    st->next = NULL;
    return st;
}

struct start *queue_next(struct queue *q, bool (*may)(const void *arg, const struct start *st),
                         const void *arg)
{
    struct start **best = NULL;
    for (struct start **at = &q->first; *at; at = &(*at)->next)
        if ((!may || may(arg, *at)) && (!best || before(*at, *best)))
            best = at;
    return best ? take(q, best) : NULL;
}

struct start *queue_withdraw(struct queue *q, const struct service *s)
{
    struct start *mine = NULL, **end = &mine, **at = &q->first;
    while (*at) {
        if ((*at)->service != s) {
            at = &(*at)->next;
            continue;
        }
        *end = take(q, at);
        end = &(*end)->next;
    }
    return mine;
}
