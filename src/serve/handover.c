/* serve/handover.c -- udp nowait: each peer gets a socket and a handler of his own */
#include "config.h"

#include "serve/handover.h"

#include <errno.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "listen/listen.h"
#include "os/fd.h"
#include "serve/sort.h"

enum { MOST = 1024 /* datagrams in one go; a queue of the usual size holds a few hundred */ };

/* Who stands in a queue, as far as it matters. */
struct queue {
    size_t count;
    size_t before;      /* how many stand before the last peer's run */
    struct packet last; /* of the last peer's: the heir, if he gets the socket */
};

/* Peek at heads only (-1), or at one after the other from `offset` on. */
static int peek_from(int fd, int offset)
{
#ifdef SO_PEEK_OFF
    return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
#else
    (void)fd;
    return offset < 0 ? 0 : -1;
#endif
}

/* Walk on in the queue of `fd`, from peek_from(fd, 0) to the end, without taking any. Linux does
 * not show an empty datagram a second time, so each queue is walked once. */
static void survey(const struct sorting *w, int fd, struct queue *q)
{
    struct packet in;
    const char *data;
    for (; q->count < MOST && sort_next(w, fd, &in, MSG_PEEK, &data) >= 0; q->count++) {
        if (q->count &&
            (addr_compare(&in.from, &q->last.from) || addr_compare(&in.to, &q->last.to)))
            q->before = q->count;
        q->last = in;
    }
}

/* The socket `fd`, connected, answers from the address that was asked? */
static bool answers_from(int fd, const struct addr *to)
{
    struct addr at;
    return fd_local(fd, &at) && addr_compare_host(&at, to) == 0;
}

/* The listener's socket becomes a peer's, `twin` the listener's. The old socket. */
static int exchange(const struct sorting *w, int twin)
{
    struct listener *l = w->listener;
    int old = l->watch.fd;
    loop_unwatch(w->master->loop, &l->watch);
    l->watch.fd = twin;
    l->peeked = false;
    if (listen_share(l, old, true) < 0 || listen_share(l, l->watch.fd, false) < 0)
        log_warn("%s: SO_REUSEPORT", l->service->entry->name);
    hold_arm(w->master, l->service);
    return old;
}

/* Take off the queue of `fd` who stands before its last peer; he shall not have another socket. */
static void clear_way(struct sorting *w, int fd, struct queue *q)
{
    struct packet in;
    const char *data;
    ssize_t len;
    for (; q->before > 0 && (len = sort_next(w, fd, &in, 0, &data)) >= 0; q->before--, q->count--) {
        if (addr_compare(&in.from, &q->last.from) == 0)
            sort_drop(w, &in.from);
        else
            sort_one(w, &in, data, (size_t)len);
    }
}

/* `fd`, that only the last of `q` stands in, becomes his. */
static bool bequeath(const struct sorting *w, int fd, struct queue *q)
{
    const struct packet heir = q->last;
    if (connect(fd, &heir.from.u.sa, addr_len(&heir.from)) < 0 || !answers_from(fd, &heir.to))
        return false;
    survey(w, fd, q); /* what came before it was connected */
    if (q->before > 0 || q->count >= MOST || addr_compare(&q->last.from, &heir.from) != 0 ||
        peek_from(fd, -1) < 0)
        return false;
    struct peer *former = peer_find(w->listener->service, &heir.from, &heir.to);
    if (former)
        peer_drop(former); /* his handler has closed its socket */
    listen_plain(fd);
    struct peer *p = peer_add(w->master, w->listener->service, fd, &heir.from, &heir.to);
    if (p)
        p->empty = false;
    return p;
}

/* Is the last of `q` somebody new, who may come? */
static bool may_inherit(const struct sorting *w, const struct queue *q)
{
    enum reject why;
    const struct packet *in = &q->last;
    return q->count > 0 && sort_welcome(w, in, &why) &&
           sort_whose(in, peer_find(w->listener->service, &in->from, &in->to)) == NEW;
}

/* Hand the listener's own socket to the peer at the end of its queue. */
static void hand_listener_over(struct sorting *w, struct queue *q)
{
    struct addr at = w->listener->at;
    addr_set_port(&at, w->port);
    int twin = listen_twin(w->listener, &at);
    if (twin < 0) {
        int error = errno;
        (void)peek_from(w->listener->watch.fd, -1); /* as it was */
        if (!sort_no_room(w, error))
            sort_listener(w);
        return;
    }
    int old = exchange(w, twin);
    survey(w, old, q); /* more may have come */
    bool good = may_inherit(w, q);
    if (good) {
        clear_way(w, old, q);
        good = bequeath(w, old, q);
    }
    if (!good) {
        (void)peek_from(old, -1); /* as it was */
        sort_rest(w, old);
        (void)close(old); /* emptied */
    }
    sort_strays(w);
}

/* Would the listener's socket, connected to the peer, have the address that he asked? */
static bool fits(const struct sorting *w, const struct packet *in)
{
    struct addr local;
    if (!addr_is_any(&w->listener->at))
        return true;
    return packet_route(&in->from, &local) && addr_compare_host(&local, &in->to) == 0;
}

/* Shall the listener's own socket go to the last peer? One who stands there alone gets it, so that
 * his datagram need not be touched; where others do, only if theirs are lost in any case. */
static bool gives_own(const struct sorting *w, const struct queue *q)
{
    struct addr to = addr_unmap(&q->last.to);
    return !w->listener->adopted && may_inherit(w, q) &&
           (q->before == 0 || !sort_puts_back(w, addr_family(&to))) && fits(w, &q->last);
}

void handover_ready(struct master *m, struct listener *l)
{
    struct sorting w = {.master = m, .listener = l, .after = &w.strays};
    struct addr at;
    struct queue q = {0};
    if (!admit_ready(m, l->service) || !peers_slot(l->service))
        return;
    if (!fd_local(l->watch.fd, &at)) {
        log_warn("%s: getsockname", l->service->entry->name);
        return;
    }
    w.port = addr_port(&at);
    if (!l->peeked && peek_from(l->watch.fd, 0) == 0)
        survey(&w, l->watch.fd, &q);
    l->peeked = true;
    if (gives_own(&w, &q)) {
        hand_listener_over(&w, &q);
        return;
    }
    (void)peek_from(l->watch.fd, -1); /* as it was */
    sort_listener(&w);
}
