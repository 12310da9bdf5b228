/* serve/balancer.c -- a client who may come through a balancer: who is it that is served? */
#include "config.h"

#include "serve/balancer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ring.h"
#include "serve/mux.h"
#include "serve/start.h"
#include "serve/waiting.h"
#include "service/proxy.h"

/* Of all services: then the one that has waited longest goes. */
enum { MOST = 1024 };

/* A connection whose header is not complete yet; counts as running. */
struct balancer {
    struct ring link; /* in the order of arrival */
    struct watch watch;
    struct timer timer;
    struct master *master;
    struct start client; /* the balancer himself, so far */
    size_t len;
    uint8_t head[PROXY_MOST];
};

static struct ring talks = RING_EMPTY(talks);
static size_t count;

/* --- the end of one ------------------------------------------------------------------------- */

static void serve(struct master *m, const struct start *client)
{
    const struct builtin *b = client->service->entry->program->builtin;
    if (b && b->how == BUILTIN_MUX)
        mux_client(m, client);
    else
        (void)start_peer(m, client); /* refused is told */
}

/* Whom he speaks for is the caller's. */
static struct start finish(struct balancer *b)
{
    struct start client = b->client;
    loop_unwatch(b->master->loop, &b->watch);
    loop_timer_stop(b->master->loop, &b->timer);
    ring_leave(&b->link);
    count--;
    free(b);
    return client;
}

static void refuse(struct balancer *b, enum reject why)
{
    struct master *m = b->master;
    const struct start client = finish(b);
    waiting_turn_away(&client);
    tally_reject(m->loop, client.service, &client.peer, why);
    admit_undo(m, client.service, SOURCE_NONE, client.since);
}

/* The header is there. */
static void complete(struct balancer *b)
{
    struct proxy_said said;
    struct start *client = &b->client;
    struct master *m = b->master;
    if (!proxy_read(b->head, b->len, &said) || !(client->via = via_new(&client->peer, &said))) {
        refuse(b, REJECT_PROXY);
        return;
    }
    if (!said.own) {
        client->peer = said.client;
        client->local = said.server;
        client->has_local = true;
    }
    const struct start known = finish(b);
    serve(m, &known);
}

/* --- reading -------------------------------------------------------------------------------- */

/* Take what is there of `want`, and nothing behind it. As recv(2). */
static ssize_t take(struct balancer *b, const struct proxy_want *want)
{
    uint8_t *at = b->head + b->len;
    size_t most = want->most;
    if (want->line) {
        ssize_t n = recv(b->client.fd, at, most, MSG_PEEK | MSG_DONTWAIT);
        if (n <= 0)
            return n;
        const uint8_t *lf = memchr(at, '\n', (size_t)n);
        most = lf ? (size_t)(lf - at) + 1 : (size_t)n;
    }
    return recv(b->client.fd, at, most, MSG_DONTWAIT);
}

/* As far as it goes now. False: `b` is no more. */
static bool go_on(struct balancer *b)
{
    struct proxy_want want;
    enum proxy_state state;
    while ((state = proxy_look(b->head, b->len, &want)) == PROXY_MORE) {
        ssize_t n = take(b, &want);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0) {
            refuse(b, b->len == 0 ? REJECT_PROBE : REJECT_PROXY);
            return false;
        }
        b->len += (size_t)n;
    }
    if (state == PROXY_WHOLE)
        complete(b);
    else
        refuse(b, REJECT_PROXY);
    return false;
}

static void readable(struct watch *w)
{
    (void)go_on(loop_owner(w, struct balancer, watch)); /* it looks after itself */
}

static void time_is_up(struct timer *t)
{
    refuse(loop_owner(t, struct balancer, timer), REJECT_PROXY);
}

/* --- the beginning -------------------------------------------------------------------------- */

static struct balancer *talk_new(struct master *m, const struct start *client)
{
    struct balancer *b = malloc(sizeof *b);
    if (!b)
        return NULL;
    if (count >= MOST)
        refuse(loop_owner(talks.after, struct balancer, link), REJECT_PROXY);
    b->watch = (struct watch){.ready = readable, .fd = client->fd};
    b->timer = (struct timer){.fire = time_is_up};
    b->master = m;
    b->client = *client;
    b->client.placed = true;
    b->len = 0;
    ring_enter(&talks, &b->link);
    count++;
    return b;
}

/* Most headers come with the connection. */
static void begin(struct master *m, const struct start *client)
{
    const struct service *s = client->service;
    uint64_t late = loop_now() + s->entry->settings->proxy.timeout;
    struct balancer *b = talk_new(m, client);
    if (!b) {
        waiting_turn_away(client);
        tally_reject(m->loop, client->service, &client->peer, REJECT_PROXY);
        return;
    }
    admit_place(m, client->service);
    b->client.since = loop_now();
    if (go_on(b) &&
        (loop_watch(m->loop, &b->watch) < 0 || loop_timer(m->loop, &b->timer, late) < 0))
        refuse(b, REJECT_PROXY); /* no memory to wait for it */
}

void balancer_client(struct master *m, const struct start *client)
{
    const struct access *from = &client->service->entry->settings->proxy.from;
    if (from->count > 0 && access_check(from, &client->peer, NULL))
        begin(m, client);
    else
        serve(m, client);
}

void balancer_forget(const struct service *s)
{
    for (struct ring *at = talks.after, *next; at != &talks; at = next) {
        struct balancer *b = loop_owner(at, struct balancer, link);
        next = at->after;
        if (b->client.service == s) {
            struct master *m = b->master;
            const struct start client = finish(b);
            waiting_turn_away(&client);
            admit_undo(m, client.service, SOURCE_NONE, client.since);
        }
    }
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void balancer_save(struct state_out *o)
{
    for (struct ring *at = talks.after; at != &talks; at = at->after) {
        const struct balancer *b = loop_owner(at, struct balancer, link);
        state_record(o);
        waiting_put(&b->client, b->client.fd, o);
        state_put(o, b->timer.due);
        state_put_bytes(o, b->head, b->len);
    }
}

static void restore(struct master *m, const struct start *client, struct state_in *r)
{
    struct balancer *b = talk_new(m, client);
    uint64_t due = state_get(r);
    size_t len;
    const char *head = state_get_bytes(r, &len);
    if (!b || len > sizeof b->head || loop_watch(m->loop, &b->watch) < 0 ||
        loop_timer(m->loop, &b->timer, due) < 0) {
        *r->bad = true; /* or no memory */
        return;
    }
    memcpy(b->head, head, len);
    b->len = len;
    admit_again(m, client->service);
}

void balancer_restore(struct master *m, struct state_in *records)
{
    struct state_in r;
    struct start client;
    while (state_next_record(records, &r))
        if (waiting_get(&client, m->table, &r))
            restore(m, &client, &r);
}
