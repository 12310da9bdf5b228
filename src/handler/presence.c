/* handler/presence.c -- is the client of a handler still there, or has he been silent for too
 * long? */
#include "config.h"

#include "handler/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/ring.h"

enum {
    LOOK_MS = 500, /* how often poll(2) is asked */
    BATCH = 256    /* connections in one call */
};

struct presence {
    struct ring link;   /* among those that are polled; in none without hangup */
    struct timer timer; /* of idle */
    struct question question;
    struct presence_owner owner;
    struct child *child;
    uint64_t idle;
};

static struct ring polled = RING_EMPTY(polled);

/* --- gone ----------------------------------------------------------------------------------- */

static void unpoll(struct presence *p)
{
    if (!p->link.after)
        return;
    ring_leave(&p->link);
    p->link = (struct ring){.after = NULL};
}

static void end(struct presence *p, enum child_why why)
{
    unpoll(p);
    if (!child_end(p->owner.children, p->child, p->owner.signo, why))
        log_warnx("%s: no memory to end a handler", p->child->service->entry->name);
}

/* Some of those behind `at`; where it goes on. */
static struct ring *poll_some(struct ring *at)
{
    struct pollfd fds[BATCH];
    struct presence *who[BATCH];
    nfds_t n = 0;
    for (; at != &polled && n < BATCH; at = at->after) {
        struct presence *p = loop_owner(at, struct presence, link);
        if (p->child->pid == 0)
            continue;                                   /* it is still being started */
        fds[n] = (struct pollfd){.fd = p->question.fd}; /* what has gone is told in any case */
        who[n++] = p;
    }
    if (n > 0 && poll(fds, n, 0) > 0)
        for (nfds_t i = 0; i < n; i++)
            if (fds[i].revents)
                end(who[i], CHILD_HANGUP);
    return at;
}

static void look(struct timer *t);
static struct timer looking = {.fire = look};
static struct loop *where; /* its timer is */

static bool look_later(void)
{
    return looking.slot || loop_timer(where, &looking, loop_now() + LOOK_MS * NS_PER_MS) == 0;
}

static void look(struct timer *t)
{
    (void)t;
    for (struct ring *at = polled.after; at != &polled;)
        at = poll_some(at);
    if (polled.after != &polled)
        (void)look_later(); /* from its own fire: does not fail */
}

/* --- silent --------------------------------------------------------------------------------- */

/* Since the last byte either way. */
struct silence {
    bool known;
    uint64_t ms;
};

static int ask_silence(int fd, const void *ask, void *answer)
{
    struct silence *s = answer;
    (void)ask;
#ifdef TCP_INFO
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
        uint64_t sent = info.tcpi_last_data_sent, received = info.tcpi_last_data_recv;
        *s = (struct silence){true, sent < received ? sent : received};
    }
#else
    (void)fd;
    *s = (struct silence){.known = false};
#endif
    return -1;
}

static void again(struct presence *p, uint64_t after)
{
    (void)loop_timer(p->owner.loop, &p->timer, loop_now() + after); /* armed before: is moved */
}

static void was_silent(struct question *q, const void *answer, int fd)
{
    struct presence *p = loop_owner(q, struct presence, question);
    const struct silence *s = answer;
    (void)fd; /* none */
    if (!s || !s->known)
        again(p, p->idle); /* the helper was killed: not for long, one hopes */
    else if (s->ms * NS_PER_MS >= p->idle)
        end(p, CHILD_IDLE);
    else
        again(p, p->idle - s->ms * NS_PER_MS);
}

static void time_may_be_up(struct timer *t)
{
    struct presence *p = loop_owner(t, struct presence, timer);
    if (p->child->pid == 0)
        again(p, p->idle); /* it is still being started */
    else
        helpers_ask(p->owner.helpers, &p->question);
}

/* --- life ----------------------------------------------------------------------------------- */

static void forget(struct presence *p)
{
    unpoll(p);
    loop_timer_stop(p->owner.loop, &p->timer);
    helpers_forget(p->owner.helpers, &p->question);
}

void presence_end(struct presence *p)
{
    if (!p)
        return;
    forget(p);
    helpers_let_go(p->owner.helpers, p->question.fd, &p->owner.whose);
    free(p);
}

void presence_discard(struct presence *p)
{
    if (!p)
        return;
    forget(p);
    (void)close(p->question.fd); /* no handler had it */
    free(p);
}

/* `copy` is its own. */
static struct presence *make(const struct presence_owner *o, struct child *c, int copy,
                             uint64_t idle, bool hangup)
{
    struct presence *p = calloc(1, sizeof *p);
    if (!p) {
        (void)close(copy); /* not the last */
        return NULL;
    }
    *p = (struct presence){
        .timer = {.fire = time_may_be_up},
        .question = {.act = ask_silence, .done = was_silent, .fd = copy, .whose = o->whose},
        .owner = *o,
        .child = c,
        .idle = idle};
    where = o->loop;
    if ((idle && loop_timer(o->loop, &p->timer, loop_now() + idle) < 0) ||
        (hangup && !look_later())) {
        int error = errno;
        presence_discard(p);
        errno = error;
        return NULL;
    }
    if (hangup)
        ring_enter(&polled, &p->link);
    return p;
}

struct presence *presence_new(const struct presence_owner *o, struct child *c, int fd,
                              uint64_t idle, bool hangup)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return copy < 0 ? NULL : make(o, c, copy, idle, hangup);
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void presence_save(const struct presence *p, struct state_out *o)
{
    state_put_fd(o, p ? p->question.fd : -1);
    state_put(o, p ? p->idle : 0);
    state_put(o, p && p->link.after ? 1 : 0);
    state_put(o, p ? (uint64_t)p->owner.signo : 0);
    state_put(o, p ? p->owner.whose.user : 0);
}

struct presence *presence_restore(struct loop *loop, struct helpers *helpers,
                                  struct children *children, struct child *c, struct state_in *r)
{
    int fd = state_get_fd(r);
    uint64_t idle = state_get(r);
    bool hangup = state_get_flag(r);
    struct presence_owner o = {.loop = loop, .helpers = helpers, .children = children};
    o.signo = (int)state_get_upto(r, INT8_MAX);
    o.whose = (struct holder){c->service, (uid_t)state_get_upto(r, UINT32_MAX)};
    struct presence *p = fd < 0 ? NULL : make(&o, c, fd, idle, hangup);
    *r->bad |= fd >= 0 && !p;
    return p;
}
