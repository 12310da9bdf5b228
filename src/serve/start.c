/* serve/start.c -- the one path on which every handler starts, and on which it ends */
#include "config.h"

#include "serve/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admit/hold.h"
#include "admit/share.h"
#include "base/event.h"
#include "base/log.h"
#include "base/strings.h"
#include "handler/errlog.h"
#include "handler/spawn.h"
#include "handler/starters.h"
#include "listen/listen.h"
#include "serve/answer.h"
#include "serve/extras.h"
#include "serve/lend.h"
#include "serve/tell.h"
#include "serve/waiting.h"

/* --- one start ------------------------------------------------------------------------------ */

/* Of one service under way: more wait in its backlog, where they are in nobody's way. */
enum { STARTS_MOST = 16 };

/* An admitted start on its way. */
struct run {
    struct start start;
    struct child *child; /* made ready, so that nothing can fail once there is a process */
};

/* It did not become a process. What came of it for the service? */
static void start_failed(struct master *m, struct service *s, const struct spawn_error *e)
{
    const struct program *p = s->entry->program;
    bool lacks = spawn_lacks_process(e), slow = e->error == EBUSY || e->error == ETIMEDOUT;
    if (!lacks && hold_error(s) != e->error)
        event_exec_failed(s->entry->name, p->path ? p->path : p->argv[0], e->step, e->error,
                          e->why);
    hold_fault(m, s,
               slow    ? FAULT_START
               : lacks ? FAULT_FORK
                       : FAULT_EXEC,
               strcmp(e->step, "execve") == 0 ? NULL : e->step, e->error);
    if (e->why)
        hold_explain(s, e->why);
}

/* The service has gone from the configuration: with its last handler it goes from the table. */
static void retire(struct master *m, struct service *s)
{
    if (s->mark != MARK_GONE || s->running > 0)
        return;
    start_forget(m, s);
    table_forget(m->table, s);
}

static void discard(struct master *m, struct run *r)
{
    if (r->child) {
        extras_discard(r->child);
        child_discard(m->children, r->child);
    }
    free(r);
}

static bool decides_later(const struct start *st)
{
    const struct spawn_plan plan = {.entry = st->service->entry,
                                    .peer = st->has_peer ? &st->peer : NULL};
    return spawn_later(&plan);
}

/* Everything that a start needs but a process; `*model` is copied. NULL with errno. */
static struct run *prepare(struct master *m, const struct start *model, struct listener *l,
                           uint32_t slot)
{
    struct run *r = malloc(sizeof *r);
    if (!r)
        return NULL;
    const struct handler_settings *set = &model->service->entry->settings->handler;
    r->start = *model;
    r->child =
        child_prepare(m->children, model->service, l, slot, set->timeout, set->timeout_signal);
    if (!r->child || !extras_prepare(m, r->child, &r->start)) {
        int error = errno;
        discard(m, r);
        errno = error;
        return NULL;
    }
    r->child->alone = set->end == END_HANDLER;
    r->child->later = decides_later(model);
    if (model->has_peer)
        r->child->peer = model->peer;
    return r;
}

static void started(struct master *m, struct run *r, pid_t pid)
{
    struct start *st = &r->start;
    struct service *s = st->service;
    struct child *c = r->child;
    struct listener *l = child_listener(c);
    child_started(m->children, c, pid);
    extras_started(c, st->handler);
    if (l)
        lend_mark(l, child_shown(c));
    if (st->kicked)
        (void)child_end(m->children, c, s->entry->settings->handler.timeout_signal,
                        CHILD_KICKED); /* without memory it stays */
    s->started++;
    if (!c->later && !l) /* of a wait handler its end tells */
        hold_success(s, c->started);
    tell_accept(m, s, st->has_peer ? &st->peer : NULL, child_shown(c));
    free(st->via);
    free(r);
}

/* Held from start_failed() on, so that giving back starts nobody. */
static void not_started(struct master *m, const struct start *st, struct listener *l, uint32_t slot,
                        const struct spawn_error *e)
{
    struct service *s = st->service;
    start_failed(m, s, e);
    lend_undo(m, l);
    admit_undo(m, s, slot, st->since);
    if (st->lent)
        return;
    if (st->fd < 0) {
        free(st->via);
        return;
    }
    if (spawn_lacks_process(e))
        waiting_add(s, st);
    else
        waiting_turn_away(st);
}

/* It has not been tried: it waits with the others. */
static void put_off(struct master *m, struct run *r)
{
    struct service *s = r->start.service;
    s->starting--;
    admit_undo(m, s, r->child->source, r->start.since);
    if (!r->start.lent && r->start.fd < 0)
        free(r->start.via); /* lost on its way back: there was no descriptor for it */
    else if (!r->start.lent)
        waiting_add(s, &r->start);
    else
        lend_undo(m, child_listener(r->child));
    discard(m, r);
}

/* Those of a service that failed wait with the others, before one of them is tried again. */
void start_withdraw(struct master *m, struct service *s)
{
    struct start *next;
    for (struct start *st = starters_withdraw(m->starters, s); st; st = next) {
        next = st->next;
        put_off(m, loop_owner(st, struct run, start));
    }
}

static void failed(struct master *m, struct run *r, const struct spawn_error *e)
{
    struct service *s = r->start.service;
    s->starting--;
    not_started(m, &r->start, child_listener(r->child), r->child->source, e);
    discard(m, r);
    start_withdraw(m, s);
}

/* After a fault one start shows whether it is over. */
static bool starts_enough(const struct service *s)
{
    return s->starting >= (hold_error(s) ? 1 : STARTS_MOST);
}

void start_fewer(struct master *m, struct service *s)
{
    if (!starts_enough(s))
        hold_end(m, s, HOLD_STARTS);
}

void start_done(void *arg, struct start *st, pid_t pid, const struct spawn_error *e)
{
    struct master *m = arg;
    struct run *r = loop_owner(st, struct run, start);
    struct service *s = st->service;
    if (pid > 0) {
        s->starting--;
        started(m, r, pid);
        start_fewer(m, s);
        return;
    }
    if (e->step)
        failed(m, r, e);
    else
        put_off(m, r);
    start_fewer(m, s);
    hold_arm(m, s);
    if (!s->held) /* a reload has ended the fault for which it was put off */
        start_waiting(m, s);
    retire(m, s);
}

void start_dropped(void *arg, struct start *st)
{
    if (st->fd >= 0 && !st->lent)
        (void)close(st->fd); /* the daemon ends */
    free(st->via);
    discard(arg, loop_owner(st, struct run, start));
}

/* Admitted: on its way, or given back. */
static void begin(struct master *m, const struct start *st, struct listener *l, uint32_t slot)
{
    struct spawn_error e = {"start", EBUSY, NULL};
    struct run *r = NULL;
    if (!starters_held(m->starters, st->service) && !(r = prepare(m, st, l, slot)))
        e = (struct spawn_error){"fork", errno, NULL};
    if (!r) {
        not_started(m, st, l, slot, &e);
        return;
    }
    struct service *s = st->service;
    s->starting++;
    if (starts_enough(s))
        hold_begin(m, s, HOLD_STARTS);
    starters_begin(m->starters, &r->start);
}

bool start_peer(struct master *m, const struct start *st)
{
    uint32_t slot;
    enum reject why;
    bool in = st->placed ? admit_settle(m, st->service, &st->peer, st->since, &slot, &why)
                         : admit_peer(m, st->service, &st->peer, &slot, &why);
    if (!in) {
        waiting_turn_away(st);
        admit_refuse(m, st->service, &st->peer, why);
        return false;
    }
    struct start now = *st;
    if (!st->placed)
        now.since = loop_now();
    if (!answer_stream(m, &now, slot))
        begin(m, &now, NULL, slot);
    return true;
}

bool start_client(struct master *m, struct service *s, int fd, const struct addr *peer,
                  const struct addr *local)
{
    struct start st = {
        .service = s, .fd = fd, .err = -1, .has_peer = true, .peer = *peer, .has_local = local};
    if (local)
        st.local = *local;
    return start_peer(m, &st);
}

void start_waiting(struct master *m, struct service *s)
{
    while (!m->rests && s->waiting && admit_ready(m, s)) {
        struct start *st = waiting_take(s);
        (void)start_peer(m, st); /* refused is told */
        free(st);
    }
}

void start_forget(struct master *m, struct service *s)
{
    waiting_close(s);
    share_forget(s);
    hold_forget(m, s);
    tally_forget(m->loop, s);
}

/* --- wait ----------------------------------------------------------------------------------- */

/* Its sockets have been looked at; what has changed meanwhile? */
static void start_lent(struct master *m, struct listener *first, const struct lend_ended *ended)
{
    struct service *s = first->service;
    uint32_t slot;
    enum reject why;
    (void)ended; /* none has */
    if (!s->entry->wait || !lend_is_whole(first) || !admit_ready(m, s) ||
        !admit_peer(m, s, NULL, &slot, &why)) {
        lend_undo(m, first);
        return;
    }
    struct start st = {.service = s,
                       .fd = first->watch.fd,
                       .err = -1,
                       .lent = true,
                       .sockets = first,
                       .since = loop_now(),
                       .has_local = first->mode != MODE_UNIX};
    if (st.has_local)
        st.local = first->at;
    lend_note(first);
    hold_arm(m, s);
    begin(m, &st, st.sockets, slot);
}

void start_wait(struct master *m, struct listener *l)
{
    struct service *s = l->service;
    lend_join(m, l);
    if (!listener_wanted(l)) { /* or another of its sockets is being looked at */
        hold_arm(m, s);
        return;
    }
    if (admit_ready(m, s) && !lend_begin(m, l, start_lent))
        hold_fault(m, s, FAULT_WATCH, NULL, ENOMEM);
}

static void forget_listener(void *arg, struct start *st)
{
    const struct run *r = loop_owner(st, struct run, start);
    if (r->child->extras)
        listener_leave(&r->child->extras->listener, arg);
    listener_leave(&st->sockets, arg);
}

void start_forget_listener(struct master *m, struct listener *l)
{
    if (l->waiter == LISTENER_LOOKS) {
        lend_leave(l);
        return;
    }
    if (l->waiter == LISTENER_STARTS)
        start_withdraw(
            m, l->service); /* who has not been given the socket gets another one's number */
    if (l->waiter == LISTENER_STARTS)
        starters_each(m->starters, forget_listener, l);
    else if (l->waiter)
        children_forget_listener(m->children, l);
}

/* --- reload --------------------------------------------------------------------------------- */

/* What its starts wait for may be another service's now, or its entry of another kind. Clients of
 * one that has gone had come before. */
static bool starts_anew(const struct service *s)
{
    return s->starting > 0 && (s->entry->wait || (s->mark != MARK_KEPT && s->mark != MARK_GONE));
}

void start_review(struct master *m)
{
    starters_recall(m->starters);
    for (size_t i = m->table->count; i-- > 0;) { /* one that retires stands behind the others */
        struct service *s = m->table->services[i];
        if (!starts_anew(s))
            continue;
        start_withdraw(m, s);
        retire(m, s);
    }
}

static void recount(void *arg, struct child *c)
{
    c->source = admit_recount(arg, c->service, &c->peer, c->source);
}

static void recount_start(void *arg, struct start *st)
{
    recount(arg, loop_owner(st, struct run, start)->child);
}

void start_recount(struct master *m)
{
    children_update(m->children, recount, m);
    starters_each(m->starters, recount_start, m);
}

/* --- the end -------------------------------------------------------------------------------- */

/* A child has told that it does not become the handler. */
static void take_report(struct master *m, struct child *c, const struct spawn_report *r)
{
    c->signal = (uint8_t)r->signal;
    if (r->signal)
        return;
    const char *step = strings_keep(r->step);
    const struct spawn_error e = {step ? step : "start", r->error, r->why[0] ? r->why : NULL};
    c->told = true;
    if (r->refused)
        tally_reject(m->loop, c->service, &c->peer,
                     r->refused == REFUSED_BY_GATE ? REJECT_GATE : REJECT_HOSTS_ACCESS);
    else
        start_failed(m, c->service, &e);
}

void start_reports(void *arg)
{
    struct master *m = arg;
    struct spawn_report r;
    while (spawn_reported(&r)) {
        struct child *c = child_find(m->children, r.pid);
        if (!c && starters_reaped(m->starters, r.pid)) /* its starter is slower than it */
            c = child_find(m->children, r.pid);
        if (c)
            take_report(m, c, &r);
    }
}

bool start_stranger(void *arg, pid_t pid)
{
    const struct master *m = arg;
    return starters_reaped(m->starters, pid);
}

/* A wait handler whose entry went while it had the socket: what came back could not open it. */
static bool lost_listener(const struct child *c)
{
    return addr_family(&c->peer) == AF_UNSPEC && !child_listener(c);
}

void start_ended(void *arg, const struct child *c, const struct child_end *end)
{
    struct master *m = arg;
    struct service *s = c->service;
    if (c->later && !c->told && !child_listener(c))
        hold_success(s, c->started);
    tell_exit(m, c, end);
    s->last_status = (uint16_t)end->status; /* 16 bits are all that wait has */
    extras_end(c);
    if (child_listener(c))
        lend_over(m, child_listener(c),
                  &(struct lend_ended){.service = s->id,
                                       .started = c->started,
                                       .lasted = loop_now() - c->started,
                                       .told = c->told});
    if (lost_listener(c))
        for (size_t i = 0; i < s->nlisteners; i++)
            listen_retry_now(m->listening, service_listeners(s)[i]);
    admit_release(m, s, c->source);
    retire(m, s);
}
