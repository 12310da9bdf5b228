/* serve/lend.c -- the sockets of a wait service while a handler has them: one, or all of its
 * entry */
#include "config.h"

#include "serve/lend.h"

#include "admit/hold.h"
#include "listen/listen.h"
#include "serve/unread.h"

static void lend(struct master *m, struct listener *l)
{
    struct lent *lent = listen_lend(m->listening, l);
    if (lent)
        unread_note(lent, l);
    l->waiter = LISTENER_STARTS;
    l->with = NULL;
}

struct listener *lend_begin(struct master *m, struct listener *l)
{
    const struct service *s = l->service;
    struct listener *first = NULL, **last = &first;
    if (!entry_lends_all(s->entry)) {
        lend(m, l);
        return l;
    }
    for (size_t i = 0; i < s->nlisteners; i++) {
        if (s->listeners[i]->watch.fd < 0)
            continue; /* it joins them once it is open */
        lend(m, s->listeners[i]);
        *last = s->listeners[i];
        last = &s->listeners[i]->with;
    }
    return first;
}

void lend_mark(struct listener *first, pid_t waiter)
{
    for (struct listener *l = first; l; l = l->with)
        l->waiter = waiter;
}

void lend_join(struct master *m, struct listener *l)
{
    const struct service *s = l->service;
    for (size_t i = 0; !l->waiter && entry_lends_all(s->entry) && i < s->nlisteners; i++) {
        struct listener *other = s->listeners[i];
        if (!other->waiter)
            continue;
        if (l->watch.fd >= 0)
            (void)listen_lend(m->listening, l); /* without memory it is not looked at */
        l->waiter = other->waiter;
        l->with = other->with;
        other->with = l;
    }
}

void lend_undo(struct listener *first)
{
    lend_mark(first, 0);
    for (struct listener *next, *l = first; l; l = next) {
        next = l->with;
        l->with = NULL;
    }
}

enum lend_left lend_look(struct listener *first, uint64_t lasted_ns)
{
    static const enum lend_left lefts[] = {
        [UNREAD_NONE] = LEND_SERVED, [UNREAD_MAYBE] = LEND_MAYBE, [UNREAD_STILL] = LEND_UNREAD};
    enum lend_left worst = LEND_SERVED;
    for (struct listener *l = first; l; l = l->with) {
        struct lent *lent = listen_lent(l);
        bool waited = lent && lent->first;
        enum unread left = lent ? unread_look(lent, l, lasted_ns) : UNREAD_NONE;
        if (left == UNREAD_NONE && waited)
            return LEND_SERVED; /* who serves one of several clients has not been idle */
        if (lefts[left] > worst)
            worst = lefts[left];
    }
    return worst;
}

void lend_end(struct master *m, struct listener *first)
{
    lend_mark(first, 0);
    for (struct listener *next, *l = first; l; l = next) {
        next = l->with;
        l->with = NULL;
        listen_check(m->listening, l);
        lend_join(m, l); /* a reload may have brought together what two handlers have */
        hold_arm(m, l->service);
    }
}
