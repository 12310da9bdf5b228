/* model/calls_wait.c -- played calls that wait, and those of time */
#include "config.h"

#include "model/calls.h"
#include "model/kernel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#if defined USE_EPOLL && USE_EPOLL
#include <sys/epoll.h>
#endif

#include "base/clock.h"

enum { BITS = sizeof(unsigned long) * CHAR_BIT, READY_MOST = 64 };

PLAYED(int, clock_gettime, clockid_t clock, struct timespec *ts)
{
    if (!kernel.plays || clock != CLOCK_MONOTONIC)
        return __real_clock_gettime(clock, ts);
    kernel.now += kernel.tick;
    ts->tv_sec = (time_t)(kernel.now / NS_PER_S);
    ts->tv_nsec = (long)(kernel.now % NS_PER_S);
    return 0;
}

static uint64_t nanoseconds(const struct timespec *ts)
{
    return (uint64_t)ts->tv_sec * NS_PER_S + (uint64_t)ts->tv_nsec;
}

PLAYED(int, nanosleep, const struct timespec *ts, struct timespec *left)
{
    if (!kernel.plays)
        return __real_nanosleep(ts, left);
    kernel.now += nanoseconds(ts);
    return 0;
}

static bool is_reported(const struct object *o)
{
    return (!kernel.only || kernel.only == o) && object_ready(o);
}

/* --- a set of descriptors -------------------------------------------------------------------- */

static bool any_watched(void)
{
    for (int fd = FD_FIRST; fd < kernel.top; fd++) {
        const struct object *o = kernel.fds[fd].object;
        if (o && o->watched == fd && is_reported(o))
            return true;
    }
    return false;
}

/* As select(2) has it; those that are not ready leave it where `take`. */
static int look(int n, unsigned long *set, bool take)
{
    int ready = 0;
    for (int fd = FD_FIRST; set && fd < n; fd++) {
        unsigned long bit = 1UL << ((unsigned)fd % BITS), *word = &set[(unsigned)fd / BITS];
        if (!(*word & bit))
            continue;
        const struct object *o = fd_object(fd);
        bool is = o->kind == OBJ_EPOLL ? any_watched() : is_reported(o);
        ready += is;
        if (take && !is)
            *word &= ~bit;
    }
    return ready;
}

PLAYED(int, pselect, int n, fd_set *set, fd_set *out, fd_set *ex, const struct timespec *timeout,
       const sigset_t *mask)
{
    unsigned long *bits = (unsigned long *)(void *)set;
    if (!kernel.plays)
        return __real_pselect(n, set, out, ex, timeout, mask);
    uint64_t until = timeout ? kernel.now + nanoseconds(timeout) : UINT64_MAX;
    kernel.waits++;
    if (n == 0)
        kernel.now = until;
    for (;;) {
        if (n > 0)
            kernel.turn(until);
        bool ready = look(n, bits, false) > 0;
        /* Who finds something ready need not look at signals. */
        if ((!ready || !kernel.choose || kernel.choose(2)) && kernel_deliver()) {
            errno = EINTR;
            return -1;
        }
        bool wakes = kernel.wakes;
        kernel.wakes = false;
        if (ready || wakes)
            return look(n, bits, true);
        if (kernel.now >= until)
            return look(n, bits, true);
    }
}

#if defined USE_EPOLL && USE_EPOLL

PLAYED(int, epoll_create1, int flags)
{
    return kernel.plays ? fd_give(object_new(OBJ_EPOLL), true) : __real_epoll_create1(flags);
}

PLAYED(int, epoll_ctl, int epoll, int op, int fd, struct epoll_event *ev)
{
    if (!kernel.plays)
        return __real_epoll_ctl(epoll, op, fd, ev);
    struct object *o = fd_object(fd);
    if (!o || (op == EPOLL_CTL_ADD && o->watched) || (op == EPOLL_CTL_DEL && o->watched != fd))
        kernel_wrong("epoll_ctl %d of descriptor %d", op, fd);
    if (op == EPOLL_CTL_ADD && FAILS(kernel.fail.watch))
        return -1;
    o->watched = op == EPOLL_CTL_ADD ? fd : 0;
    o->tag = ev->data.ptr;
    return 0;
}

static int gather(struct object *ready[READY_MOST])
{
    int n = 0;
    for (int fd = FD_FIRST; fd < kernel.top && n < READY_MOST; fd++) {
        struct object *o = kernel.fds[fd].object;
        if (o && o->watched == fd && is_reported(o))
            ready[n++] = o;
    }
    return n;
}

PLAYED(int, epoll_wait, int epoll, struct epoll_event *got, int max, int ms)
{
    struct object *ready[READY_MOST];
    if (!kernel.plays)
        return __real_epoll_wait(epoll, got, max, ms);
    int n = gather(ready), first = 0, most = n < max ? n : max;
    if (most > 0 && kernel.choose) {
        first = (int)kernel.choose((uint32_t)n);
        most = 1 + (int)kernel.choose((uint32_t)most);
    }
    for (int i = 0; i < most; i++) {
        got[i].events = EPOLLIN;
        got[i].data.ptr = ready[(first + i) % n]->tag;
    }
    return most;
}

#endif

PLAYED(int, poll, struct pollfd *p, nfds_t n, int ms)
{
    int ready = 0;
    if (!kernel.plays)
        return __real_poll(p, n, ms);
    for (int round = 0; round < 2 && !ready; round++) {
        for (nfds_t i = 0; i < n; i++) {
            const struct object *o = p[i].fd >= 0 ? fd_object(p[i].fd) : NULL;
            bool is = o && (p[i].events & POLLIN) && object_ready(o);
            p[i].revents = is ? POLLIN : 0;
            ready += is;
        }
        if (!ready && round == 0 && ms > 0) { /* nobody does anything meanwhile */
            kernel.now += (uint64_t)ms * NS_PER_MS;
            return 0;
        }
    }
    return ready;
}
