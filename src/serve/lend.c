/* serve/lend.c -- the sockets of a wait service while a handler has them: one, or all of its
 * entry */
#include "config.h"

#include "serve/lend.h"

#include <errno.h>
#include <stdlib.h>

#include "admit/hold.h"
#include "listen/listen.h"
#include "serve/unread.h"

/* --- helpers look at them -------------------------------------------------------------------- */

/* Until the last answer all of them are looked at, also who is not asked about: nobody else asks
 * meanwhile, nor gives them to a handler. */
struct round {
    struct master *master;
    struct listener *first;
    size_t asked; /* no answer yet */
    lend_then *then;
    struct lend_ended ended;
};

static void join(struct round *r, struct listener *l)
{
    listen_lent(l)->round = r;
    l->waiter = LISTENER_LOOKS;
}

/* They are nobody's. */
static void dissolve(struct round *r)
{
    for (struct listener *l = r->first; l; l = l->with)
        listen_lent(l)->round = NULL;
    lend_mark(r->first, 0);
    free(r);
}

static void finish(struct round *r)
{
    const struct round over = *r;
    dissolve(r);
    if (over.first)
        over.then(over.master, over.first, &over.ended);
}

static void answered(void *arg, struct listener *l, const struct found *f)
{
    struct round *r = arg;
    struct lent *lent = listen_lent(l);
    join(r, l);
    lent->known = f;
    if (f)
        lent->found = *f;
    if (--r->asked == 0)
        finish(r);
}

static void ask(struct round *r, struct listener *l, unsigned what)
{
    struct lent *lent = listen_lent(l);
    lent->asked = what;
    lent->known = false;
    join(r, l);
    if (!what)
        return;
    r->asked++;
    listen_ask(r->master->listening, l, what, answered, r);
}

/* NULL: out of memory. */
static struct round *round_new(struct master *m, struct listener *first, lend_then *then)
{
    struct round *r = malloc(sizeof *r);
    if (r)
        *r = (struct round){.master = m, .first = first, .then = then};
    return r;
}

void lend_leave(struct listener *l)
{
    struct lent *lent = listen_lent(l);
    struct round *r = lent ? lent->round : NULL;
    if (!r)
        return;
    lent->round = NULL;
    listener_leave(&r->first, l);
    if (!lent->look.question.asked || --r->asked > 0)
        return;
    struct listener *first = r->first;
    struct master *m = r->master;
    dissolve(r);
    lend_undo(m, first); /* they are looked at after the reload */
}

/* --- from the first to the last -------------------------------------------------------------- */

/* Does the handler that gets `l` get `other`, too? What is closed joins them once it is open. */
static bool goes_with(const struct listener *l, const struct listener *other)
{
    return other->watch.fd >= 0 && (other == l || entry_lends_all(l->service->entry));
}

/* The chain of what the handler gets; NULL: out of memory. */
static struct listener *collect(struct master *m, struct listener *l)
{
    const struct service *s = l->service;
    struct listener *first = NULL, **last = &first;
    for (size_t i = 0; i < s->nlisteners; i++) {
        struct listener *one = service_listeners(s)[i];
        if (!goes_with(l, one))
            continue;
        if (!listen_lend(m->listening, one))
            return NULL;
        *last = one;
        one->with = NULL;
        last = &one->with;
    }
    return first;
}

bool lend_begin(struct master *m, struct listener *l, lend_then *then)
{
    struct listener *first = collect(m, l);
    struct round *r = first ? round_new(m, first, then) : NULL;
    if (!r)
        return false;
    r->asked++; /* until all are asked */
    for (struct listener *k = first; k; k = k->with)
        ask(r, k, unread_wants(listen_lent(k), k));
    hold_arm(m, l->service);
    if (--r->asked == 0)
        finish(r);
    return true;
}

bool lend_is_whole(const struct listener *first)
{
    const struct service *s = first->service;
    const struct listener *l = first;
    for (size_t i = 0; i < s->nlisteners; i++) {
        if (!goes_with(first, service_listeners(s)[i]))
            continue;
        if (l != service_listeners(s)[i])
            return false;
        l = l->with;
    }
    return !l;
}

void lend_note(struct listener *first)
{
    for (struct listener *l = first; l; l = l->with) {
        struct lent *lent = listen_lent(l);
        unread_note(lent, l, lent->known ? &lent->found : NULL);
    }
    lend_mark(first, LISTENER_STARTS);
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
        struct listener *other = service_listeners(s)[i];
        if (!other->waiter || other->waiter == LISTENER_LOOKS)
            continue;
        if (l->watch.fd >= 0)
            (void)listen_lend(m->listening, l); /* without memory it is not looked at */
        l->waiter = other->waiter;
        l->with = other->with;
        other->with = l;
    }
}

void lend_undo(struct master *m, struct listener *first)
{
    lend_mark(first, 0);
    for (struct listener *next, *l = first; l; l = next) {
        next = l->with;
        l->with = NULL;
        hold_arm(m, l->service);
    }
}

/* What did the handler leave of what it was started for? */
enum left {
    LEFT_SERVED,
    LEFT_MAYBE, /* nobody knows, but it looks like nothing */
    LEFT_UNREAD /* all of it */
};

static enum left left_by(const struct listener *first, uint64_t lasted_ns)
{
    static const enum left lefts[] = {
        [UNREAD_NONE] = LEFT_SERVED, [UNREAD_MAYBE] = LEFT_MAYBE, [UNREAD_STILL] = LEFT_UNREAD};
    enum left worst = LEFT_SERVED;
    for (const struct listener *l = first; l; l = l->with) {
        struct lent *lent = listen_lent(l);
        if (!lent)
            continue;
        bool waited = lent->first;
        enum unread left = unread_look(lent, l, lent->asked & LOOK_FIRST,
                                       lent->known ? &lent->found : NULL, lasted_ns);
        if (left == UNREAD_NONE && waited)
            return LEFT_SERVED; /* who serves one of several clients has not been idle */
        if (lefts[left] > worst)
            worst = lefts[left];
    }
    return worst;
}

/* What is not what it was is opened anew. */
static void come_apart(struct master *m, struct listener *first)
{
    for (struct listener *next, *l = first; l; l = next) {
        const struct lent *lent = listen_lent(l);
        next = l->with;
        l->with = NULL;
        if (lent && lent->known && lent->found.why)
            listen_anew(m->listening, l, lent->found.why);
        else
            (void)listen_own(m->listening, l); /* a reload came meanwhile */
        lend_join(m, l); /* a reload may have brought together what two handlers have */
        hold_arm(m, l->service);
    }
}

/* Whose handler it was; NULL: a reload gave all its sockets to others. */
static struct service *lender(const struct listener *first, const struct lend_ended *ended)
{
    for (const struct listener *l = first; l; l = l->with)
        if (l->service->id == ended->service)
            return l->service;
    return NULL;
}

static void looked_at(struct master *m, struct listener *first, const struct lend_ended *ended)
{
    static const enum fault faults[] = {[LEFT_MAYBE] = FAULT_MAYBE, [LEFT_UNREAD] = FAULT_UNREAD};
    struct service *s = lender(first, ended);
    enum left left = left_by(first, ended->lasted);
    if (!s || ended->told)
        ; /* it is nobody's, or it was no handler that ended */
    else if (left != LEFT_SERVED)
        hold_fault(m, s, faults[left], NULL, EAGAIN);
    else
        hold_success(s, ended->started);
    come_apart(m, first);
}

/* Those that are closed leave; they join others once they are open. */
static struct listener *only_open(struct listener *first)
{
    struct listener *open = NULL, **last = &open;
    for (struct listener *next, *l = first; l; l = next) {
        next = l->with;
        l->with = NULL;
        if (!listen_lent(l))
            continue;
        *last = l;
        last = &l->with;
    }
    return open;
}

void lend_over(struct master *m, struct listener *first, const struct lend_ended *ended)
{
    struct service *s = lender(first, ended);
    lend_mark(first, 0);
    if (!(first = only_open(first))) {
        if (s && !ended->told)
            hold_success(s, ended->started);
        return;
    }
    struct round *r = round_new(m, first, looked_at);
    if (!r) {
        looked_at(m, first, ended);
        return;
    }
    r->ended = *ended;
    r->asked++; /* until all are asked */
    for (struct listener *l = first; l; l = l->with)
        ask(r, l, unread_asks(l) | LOOK_HEALTH);
    if (--r->asked == 0)
        finish(r);
}
