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
    struct starters *starters;
    uint64_t limit;
    bool begun;
};

/* A lingering connection has no handler, so no limit counts it: this many may be, then the one that
 * has had the longest time goes. */
enum { MOST = 256 };

static struct ring idle = RING_EMPTY(idle); /* their handlers run */
static struct ring lingering = RING_EMPTY(lingering);
static size_t count; /* of them */

void drain_discard(struct drain *g)
{
    if (!g)
        return;
    loop_unwatch(g->loop, &g->watch);
    loop_timer_stop(g->loop, &g->timer);
    ring_leave(&g->link);
    count -= g->begun;
    if (g->starters)
        starters_let_go(g->starters, g->watch.fd);
    else
        (void)close(g->watch.fd); /* the peer's input is of no more interest */
    free(g);
}

static void time_is_up(struct timer *t)
{
    drain_discard(loop_owner(t, struct drain, timer));
}

/* One read a readiness: a peer that never stops sending holds nobody up, and the timer ends it. */
static void readable(struct watch *w)
{
    char scrap[16384];
    ssize_t n = recv(w->fd, scrap, sizeof scrap, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        drain_discard(loop_owner(w, struct drain, watch));
}

struct drain *drain_new(struct loop *loop, struct starters *starters, int fd, uint64_t limit)
{
    struct drain *g = calloc(1, sizeof *g);
    int copy = g ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (copy < 0) {
        free(g);
        return NULL;
    }
    *g = (struct drain){.watch = {.ready = readable, .fd = copy},
                        .timer = {.fire = time_is_up},
                        .loop = loop,
                        .starters = starters,
                        .limit = limit};
    ring_enter(&idle, &g->link);
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
    if (shutdown(g->watch.fd, SHUT_WR) < 0 || loop_watch(g->loop, &g->watch) < 0 ||
        loop_timer(g->loop, &g->timer, loop_now() + g->limit) < 0)
        drain_discard(g); /* the peer has gone, or there is no memory to wait for him */
}
