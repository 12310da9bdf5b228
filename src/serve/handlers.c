/* serve/handlers.c -- handlers that run as one doorward hands them to the next */
#include "config.h"

#include "serve/handlers.h"

#include "handler/account.h"
#include "handler/child.h"
#include "handler/drain.h"
#include "handler/errlog.h"
#include "handler/presence.h"
#include "service/saved.h"

/* Its service's number and its place there, from 1; 0: none, or no more. */
static void save_listener(const struct listener *l, struct state_out *o)
{
    uint64_t place = 0;
    for (size_t i = 0; l && i < l->service->nlisteners; i++)
        if (service_listeners(l->service)[i] == l)
            place = i + 1;
    state_put(o, place ? l->service->id : 0);
    state_put(o, place);
}

static struct listener *restore_listener(const struct table *t, struct state_in *r)
{
    const struct service *s = table_find(t, state_get(r));
    uint64_t place = state_get(r);
    if (place == 0)
        return NULL;
    if (s && place <= s->nlisteners)
        return service_listeners(s)[place - 1];
    *r->bad = true;
    return NULL;
}

/* All that it has, in their order. */
static void save_listeners(const struct listener *first, struct state_out *o)
{
    for (const struct listener *l = first; l; l = l->with)
        save_listener(l, o);
    save_listener(NULL, o);
}

static struct listener *restore_listeners(const struct table *t, struct state_in *r)
{
    struct listener *first = NULL, **last = &first, *l;
    while (!*r->bad && (l = restore_listener(t, r))) {
        if (l->with || last == &l->with)
            *r->bad = true; /* no chain has one twice */
        else
            *last = l;
        last = &l->with;
    }
    return first;
}

static void save_time(const struct child *c, struct state_out *o)
{
    struct child_time t = child_time(c);
    state_put(o, t.started);
    state_put(o, t.limit);
    state_put(o, t.due);
    state_put(o, (uint64_t)t.first);
    state_put(o, t.phase);
    state_put(o, t.why);
}

static struct child_time restore_time(struct state_in *r)
{
    struct child_time t = {.started = state_get(r)};
    t.limit = state_get(r);
    t.due = state_get(r);
    t.first = (int)state_get_upto(r, INT8_MAX);
    t.phase = (unsigned)state_get_upto(r, UINT8_MAX);
    t.why = (enum child_why)state_get_upto(r, CHILD_DRAINED);
    return t;
}

static void save(void *arg, struct child *c)
{
    struct state_out *o = arg;
    state_record(o);
    state_put(o, c->service->id);
    state_put(o, (uint64_t)c->pid);
    save_listeners(child_listener(c), o);
    state_put_addr(o, &c->peer);
    state_put(o, c->later);
    state_put(o, c->told);
    save_time(c, o);
    drain_save(child_drain(c), o);
    errlog_save(child_errlog(c), o);
    state_put(o, c->alone);
    presence_save(child_presence(c), o);
    state_put(o, c->extras && c->extras->handler ? (uint64_t)c->extras->handler : 0);
    account_save(child_account(c), o);
}

void handlers_save(const struct master *m, struct state_out *o)
{
    children_update(m->children, save, o);
}

static void restore_extras(struct master *m, struct child *c, struct state_in *r)
{
    const struct child_time time = restore_time(r);
    bool good = child_restore_time(m->loop, m->children, c, &time);
    struct drain *drain = drain_restore(m->loop, m->helpers, c->service, r);
    struct errlog *errlog = errlog_restore(m->loop, m->helpers, c->service, r);
    c->alone = state_get_flag(r);
    struct presence *presence = presence_restore(m->loop, m->helpers, m->children, c, r);
    pid_t handler = (pid_t)state_get_upto(r, INT32_MAX); /* 0: an older one has no keepers */
    struct account *account = account_restore(m->loop, m->helpers, c->service, r);
    bool some = drain || errlog || presence || handler || account;
    struct child_extras *extras = some ? child_extras(c) : c->extras;
    if (extras) {
        extras->drain = drain;
        extras->errlog = errlog;
        extras->presence = presence;
        extras->handler = handler;
        extras->account = account;
    }
    if (!good || (!extras && some))
        *r->bad = true; /* out of memory: what a handler has cannot be forgotten */
}

void handlers_restore(struct master *m, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(m->table, &r);
        pid_t pid = (pid_t)state_get_upto(&r, INT32_MAX);
        struct listener *l = restore_listeners(m->table, &r);
        struct child *c = s && pid > 0 && !child_find(m->children, pid)
                              ? child_prepare(m->children, s, l, SOURCE_NONE, 0, 0)
                              : NULL;
        if (!c) {
            *r.bad = true;
            return;
        }
        child_started(m->children, c, pid);
        c->peer = state_get_addr(&r);
        c->later = state_get_flag(&r);
        c->told = state_get_flag(&r);
        restore_extras(m, c, &r);
        admit_again(m, s);
    }
}
