/* listen/saved.c -- sockets as one doorward hands them to the next */
#include "config.h"

#include "listen/adopt.h"
#include "listen/private.h"
#include "service/saved.h"

static void save(const struct listener *l, struct state_out *o)
{
    const struct extras *x = l->extras;
    bool open = l->watch.fd >= 0;
    state_record(o);
    state_put(o, l->service->id);
    state_put(o, l->mode);
    state_put(o, l->proto);
    state_put(o, l->socktype);
    if (l->mode == MODE_UNIX) {
        state_put(o, l->made.dev);
        state_put(o, l->made.ino);
        state_put_text(o, l->path);
    } else {
        state_put_addr(o, &l->at);
    }
    state_put_fd(o, l->watch.fd);
    state_put(o, l->soft);
    state_put(o, l->adopted);
    state_put(o, l->peeked);
    state_put(o, l->keeps_off);
    state_put(o, l->waiter > 0 ? (uint64_t)l->waiter : 0);
    state_put(o, x && !open ? (uint64_t)x->error : 0);
    state_put(o, x && !open ? x->pause : 0);
    state_put(o, x ? x->most : 0);
    state_put(o, x && open);
    state_put(o, x ? x->lent.first : 0);
    state_put(o, x ? x->lent.waiting : 0);
    state_put_addr(o, x ? &x->lent.at : &(struct addr){.u.sa.sa_family = AF_UNSPEC});
    state_put(o, l->stored);
}

void listen_save(const struct table *t, struct state_out *o)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            save(service_listeners(t->services[i])[j], o);
}

static void restore_extras(struct listener *l, struct state_in *r)
{
    struct extras x = {.error = (int)state_get_upto(r, INT32_MAX)};
    x.pause = state_get(r);
    x.most = state_get(r);
    bool lent = state_get_flag(r);
    x.lent.first = state_get(r);
    x.lent.waiting = (uint32_t)state_get_upto(r, UINT32_MAX);
    x.lent.at = state_get_addr(r);
    if ((lent || x.error) && extras_of(l))
        *l->extras = x;
}

static void restore(struct listener *l, struct state_in *r)
{
    l->watch.fd = state_get_fd(r);
    l->soft = state_get_flag(r);
    bool adopted = state_get_flag(r);
    l->peeked = state_get_flag(r);
    l->keeps_off = (uint32_t)state_get_upto(r, UINT32_MAX);
    l->waiter = (pid_t)state_get_upto(r, INT32_MAX);
    restore_extras(l, r);
    l->stored = state_get_flag(r);
    if (adopted)
        listen_adopted(l);
}

void listen_restore(const struct table *t, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(t, &r);
        struct endpoint e = {.mode = (uint8_t)state_get_upto(&r, MODE_UNIX)};
        struct unixfile made = {.ino = 0};
        e.proto = (uint8_t)state_get_upto(&r, PROTO_TCPMUX);
        e.socktype = (uint8_t)state_get_upto(&r, UINT8_MAX);
        if (e.mode == MODE_UNIX) {
            made.dev = (dev_t)state_get(&r);
            made.ino = (ino_t)state_get(&r);
            e.path = state_get_text(&r);
        } else {
            e.at = state_get_addr(&r);
        }
        if (!s || !service_listen_on(s, &e)) {
            *r.bad = true;
            return;
        }
        struct listener *l = service_listeners(s)[s->nlisteners - 1];
        if (e.mode == MODE_UNIX)
            l->made = made;
        restore(l, &r);
    }
}
