/* handler/drain.c -- after a handler's end: send FIN and drain, so that the whole answer arrives */
#include "config.h"

#include "handler/drain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ring.h"

struct drain {
    struct ring link;
    struct watch watch;
    struct timer timer;
    struct loop *loop;
    struct helpers *helpers;
    struct question question;
    uint64_t limit;
    bool begun;
};

/* A lingering connection has no handler, so no limit counts it: this many may be, then the one that
 * has had the longest time goes. */
enum { MOST = 256, READS = 4 /* at a time */ };

static struct ring idle = RING_EMPTY(idle); /* their handlers run */
static struct ring lingering = RING_EMPTY(lingering);
static size_t count; /* of them */

static void let_go(struct drain *g)
{
    if (g->helpers && g->begun) {
        helpers_forget(g->helpers, &g->question);
        helpers_let_go(g->helpers, g->watch.fd, &g->question.whose);
    } else {
        (void)close(g->watch.fd); /* no handler had it; the peer's input is of no more interest */
    }
}

void drain_discard(struct drain *g)
{
    if (!g)
        return;
    loop_unwatch(g->loop, &g->watch);
    loop_timer_stop(g->loop, &g->timer);
    ring_leave(&g->link);
    count -= g->begun;
    let_go(g);
    free(g);
}

static void time_is_up(struct timer *t)
{
    drain_discard(loop_owner(t, struct drain, timer));
}

/* FIN, and read what there is. Is it all? */
struct drained {
    bool all;
};

static int read_off(int fd, const void *ask, void *answer)
{
    struct drained *d = answer;
    char scrap[16384];
    ssize_t n = 1;
    (void)ask;
    d->all = shutdown(fd, SHUT_WR) < 0; /* the peer has gone */
    for (int i = 0; !d->all && n > 0 && i < READS; i++)
        n = recv(fd, scrap, sizeof scrap, MSG_DONTWAIT);
    d->all |= n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    return -1;
}

static void was_read(struct question *q, const void *answer, int fd)
{
    struct drain *g = loop_owner(q, struct drain, question);
    const struct drained *d = answer;
    (void)fd; /* none */
    if (!d || d->all || loop_watch(g->loop, &g->watch) < 0)
        drain_discard(g);
}

/* A peer that never stops sending holds nobody up, and the timer ends it. */
static void readable(struct watch *w)
{
    struct drain *g = loop_owner(w, struct drain, watch);
    struct drained d;
    loop_unwatch(g->loop, w);
    if (g->helpers) {
        helpers_ask(g->helpers, &g->question);
        return;
    }
    (void)read_off(w->fd, NULL, &d); /* gives no descriptor */
    was_read(&g->question, &d, -1);
}

/* `fd` is the drain's own, unless there is no memory for it. */
static struct drain *make(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                          int fd, uint64_t limit)
{
    struct drain *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    *g = (struct drain){.watch = {.ready = readable, .fd = fd},
                        .timer = {.fire = time_is_up},
                        .loop = loop,
                        .helpers = helpers,
                        .question = {.act = read_off, .done = was_read, .fd = fd},
                        .limit = limit};
    if (whose)
        g->question.whose = *whose;
    ring_enter(&idle, &g->link);
    return g;
}

struct drain *drain_new(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                        int fd, uint64_t limit)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    struct drain *g = copy < 0 ? NULL : make(loop, helpers, whose, copy, limit);
    if (!g && copy >= 0)
        (void)close(copy); /* the caller has his own */
    return g;
}

size_t drain_count(void)
{
    return count;
}

void drain_begin(struct drain *g)
{
    if (count >= MOST)
        drain_discard(loop_owner(lingering.after, struct drain, link));
    ring_leave(&g->link);
    ring_enter(&lingering, &g->link);
    g->begun = true;
    count++;
    if (loop_timer(g->loop, &g->timer, loop_now() + g->limit) < 0)
        drain_discard(g); /* there is no memory to wait for the peer */
    else
        readable(&g->watch);
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void drain_save(const struct drain *g, struct state_out *o)
{
    state_put_fd(o, g ? g->watch.fd : -1);
    state_put(o, g ? g->limit : 0);
    state_put(o, g ? g->question.whose.user : 0);
    state_put(o, g && g->helpers ? 1 : 0);
}

struct drain *drain_restore(struct loop *loop, struct helpers *helpers, const void *service,
                            struct state_in *r)
{
    int fd = state_get_fd(r);
    uint64_t limit = state_get(r);
    const struct holder whose = {service, (uid_t)state_get_upto(r, UINT32_MAX)};
    bool had_handler = state_get_flag(r);
    struct drain *g = fd < 0 ? NULL : make(loop, had_handler ? helpers : NULL, &whose, fd, limit);
    *r->bad |= fd >= 0 && !g;
    return g;
}

void drains_save(struct state_out *o)
{
    for (struct ring *k = lingering.after; k != &lingering; k = k->after) {
        const struct drain *g = loop_owner(k, struct drain, link);
        state_record(o);
        drain_save(g, o);
        state_put(o, g->timer.due);
    }
}

/* Nothing is done to it here: whoever only tries has something else in its place. */
void drains_restore(struct loop *loop, struct helpers *helpers, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct drain *g = drain_restore(loop, helpers, NULL, &r);
        if (!g)
            continue;
        ring_leave(&g->link);
        ring_enter(&lingering, &g->link);
        g->begun = true;
        count++;
        if (loop_timer(loop, &g->timer, state_get(&r)) < 0 || loop_watch(loop, &g->watch) < 0)
            *r.bad = true; /* no memory */
    }
}
