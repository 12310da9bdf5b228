/* handler/worker.c -- who is at work on one start: a starter, or a child of the master's own */
#include "config.h"

#include "handler/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/message.h"

void worker_dismiss(struct worker *w, struct loop *loop)
{
    loop_unwatch(loop, &w->watch);
    (void)close(w->watch.fd); /* it has been read to its end, or nobody wants to know */
    if (w->far >= 0)
        (void)close(w->far); /* nothing is left there */
    w->watch.fd = w->far = -1;
    w->pid = 0;
    w->old = w->passed = false;
}

/* Watch `fd`, the answers of `pid`. */
static bool employ(struct worker *w, struct loop *loop, int fd, int far, pid_t pid)
{
    w->watch.fd = fd;
    w->far = far;
    w->pid = pid;
    w->old = false;
    if (loop_watch(loop, &w->watch) == 0)
        return true;
    worker_dismiss(w, loop);
    return false;
}

bool worker_hire(struct worker *w, struct loop *loop)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    *w->birth = (struct birth){.order = w->answered};
    pid_t pid = fork();
    if (pid == 0)
        starter_run(ends[1], w->birth, w->answered);
    if (pid > 0)
        return employ(w, loop, ends[0], ends[1], pid);
    int error = errno;
    (void)close(ends[0]); /* never used, */
    (void)close(ends[1]); /* both */
    errno = error;
    return false;
}

static void begin(struct worker *w, struct start *st)
{
    if (w->count == 0)
        w->since = loop_now();
    w->jobs[w->count++] = st;
    if (st->lent)
        return;
    (void)close(st->fd); /* not the last: the worker, or what is on its way there, has it */
    st->fd = -1;
}

_Static_assert((int)MESSAGE_FDS > (int)ENTRY_SOCKETS,
               "room for all sockets and the pipe for its words");

/* What its handler gets, into `fds`; how many. */
static size_t sockets_of(const struct start *st, int fds[static ENTRY_SOCKETS], uint64_t *places)
{
    size_t n = 0;
    *places = 1;
    fds[0] = st->fd;
    if (!st->lent)
        return 1;
    *places = 0;
    for (const struct listener *l = st->sockets; l && n < ENTRY_SOCKETS; l = l->with) {
        *places |= UINT64_C(1) << l->place;
        fds[n++] = l->watch.fd;
    }
    return n;
}

bool worker_order(struct worker *w, struct start *st)
{
    int fds[MESSAGE_FDS];
    struct full_order whole;
    struct order *o = &whole.order;
    memset(o, 0, sizeof *o); /* what is between its members is sent, too */
    o->entry = st->service->entry;
    o->seen = w->answered;
    o->has_peer = st->has_peer;
    o->has_local = st->has_local;
    o->peer = st->peer;
    o->local = st->local;
    size_t n = sockets_of(st, fds, &o->places);
    o->sockets = (uint8_t)n;
    fds[n] = st->err;
    if (n == 0) { /* a reload has taken them */
        errno = EBADF;
        return false;
    }
    o->via = st->via ? st->via->len : 0;
    if (st->via)
        memcpy(whole.via, st->via->lines, o->via);
    if (message_send_all(w->watch.fd, &whole, sizeof *o + o->via, fds, n + 1) < 0)
        return false;
    begin(w, st);
    return true;
}

struct start *worker_shift(struct worker *w)
{
    struct start *st = w->jobs[0];
    w->count--;
    memmove(w->jobs, w->jobs + 1, w->count * sizeof w->jobs[0]);
    w->answered++;
    w->since = loop_now();
    return st;
}

/* An order's copies of descriptors: the connection is the start's own again. */
static void returned(struct start *st, const int fds[static MESSAGE_FDS])
{
    if (!st->lent)
        st->fd = fds[0];
    for (size_t i = st->lent ? 0 : 1; i < MESSAGE_FDS && fds[i] >= 0; i++)
        (void)close(fds[i]); /* its caller kept it */
}

struct start *worker_take_back(struct worker *w)
{
    struct start *back = NULL, **end = &back;
    struct full_order o; /* its start has it all, but for the descriptors */
    int fds[ORDERS][MESSAGE_FDS];
    size_t n = 0;
    while (n < w->count && w->far >= 0 && fd_room(2) &&
           message_receive_all(w->far, &o, sizeof o.order, sizeof o, fds[n], MESSAGE_FDS,
                               MSG_DONTWAIT) > 0)
        n++;
    w->count -= n;
    for (size_t i = 0; i < n; i++) {
        struct start *st = w->jobs[w->count + i];
        returned(st, fds[i]);
        *end = st;
        end = &st->next;
    }
    *end = NULL;
    return back;
}

bool worker_fork(struct worker *w, struct loop *loop, struct start *st)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    int fds[ENTRY_SOCKETS];
    uint64_t places;
    size_t n = sockets_of(st, fds, &places);
    const struct spawn_plan plan = {.entry = st->service->entry,
                                    .fd = fds[0],
                                    .fds = fds,
                                    .nfds = n,
                                    .places = places,
                                    .err = st->err,
                                    .peer = st->has_peer ? &st->peer : NULL,
                                    .local = st->has_local ? &st->local : NULL,
                                    .via = st->via ? st->via->lines : NULL,
                                    .via_len = st->via ? st->via->len : 0};
    *w->birth = (struct birth){.order = w->answered}; /* a place that others had before */
    pid_t pid = fork();
    if (pid == 0)
        spawn_become(&plan, w->birth, ends[1]);
    int error = errno;
    (void)close(ends[1]); /* the child's */
    if (pid < 0) {
        (void)close(ends[0]); /* never used */
        errno = error;
        return false;
    }
    if (!employ(w, loop, ends[0], -1, 0)) {
        error = errno;
        (void)kill(pid, SIGKILL); /* nobody would hear of it */
        errno = error;
        return false;
    }
    w->birth->pid = pid; /* the rest is the child's to write */
    begin(w, st);
    return true;
}

/* --- answers -------------------------------------------------------------------------------- */

struct birth worker_birth(const struct worker *w)
{
    uint32_t order = w->birth->order;
    atomic_thread_fence(memory_order_acquire); /* the pid is of this one, or of one that follows */
    struct birth b = *w->birth;
    return order == w->answered ? b : (struct birth){.pid = 0};
}

void worker_last_words(const struct worker *w, struct outcome *o)
{
    struct birth b = worker_birth(w);
    o->e = b.e;
    o->pid = b.pid > 0 && !o->e.step ? b.pid : -1;
    o->handler = b.handler;
    if (o->pid < 0 && !o->e.step)
        o->e = (struct spawn_error){"fork", ECHILD, NULL};
}

bool worker_await(const struct worker *w, int ms)
{
    struct pollfd p = {.fd = w->watch.fd, .events = POLLIN};
    return poll(&p, 1, ms) > 0;
}

bool worker_answer(struct worker *w, struct outcome *o, int *fd, bool *gone)
{
    int got = outcome_receive(w->watch.fd, o, fd, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return false;
    *gone = got <= 0 || w->pid == 0;
    if (got <= 0)
        worker_last_words(w, o);
    if (o->e.step)
        o->pid = -1;
    return true;
}
