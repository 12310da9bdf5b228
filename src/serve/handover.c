/* serve/handover.c -- udp nowait: each peer gets a socket and a handler of his own */
#include "config.h"

#include "serve/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "listen/listen.h"
#include "os/fd.h"
#include "os/packet.h"
#include "serve/answer.h"
#include "serve/peers.h"

enum {
    MOST = 1024, /* datagrams in one go; a queue of the usual size holds a few hundred */
    LARGEST = 65536
};

/* Caught by a socket that was meant for one peer; to be sorted. */
struct stray {
    struct stray *next;
    struct packet packet;
    size_t len;
    char data[];
};

/* One listener's datagrams on their way to their peers. */
struct sorting {
    struct master *master;
    struct listener *listener;
    uint16_t port;                 /* the listener's */
    struct stray *strays, **after; /* a queue */
};

static char buffer[LARGEST];

static void drop(const struct sorting *w, const struct addr *from)
{
    struct addr peer = addr_unmap(from);
    tally_reject(w->master->loop, w->listener->service, &peer, REJECT_QUEUED);
}

/* --- a socket for a peer -------------------------------------------------------------------- */

/* Between bind and connect the new socket may have caught what was meant for the listener. */
static void collect_strays(struct sorting *w, int fd, const struct addr *to)
{
    for (int i = 0; i < MOST; i++) {
        ssize_t len = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (len < 0)
            return; /* nothing there, nearly always */
        struct stray *stray = malloc(sizeof *stray + (size_t)len);
        if (!stray)
            return; /* the peer's handler sees a datagram that is not his */
        *stray = (struct stray){.len = (size_t)len};
        if (packet_receive(fd, stray->data, (size_t)len, &stray->packet, 0) < 0) {
            free(stray);
            return;
        }
        stray->packet.to = *to;
        *w->after = stray;
        w->after = &stray->next;
    }
}

/* Descriptors or memory have run out: no sense in reading on at once. */
static void socket_failed(const struct sorting *w)
{
    struct service *s = w->listener->service;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        hold_fault(w->master, s, FAULT_SOCKET, errno);
    else
        log_debug("%s: no socket for a peer", s->entry->name);
}

/* A new socket for a new peer, still empty. NULL: told. */
static struct peer *open_peer(struct sorting *w, const struct addr *from, const struct addr *to)
{
    struct listener *l = w->listener;
    struct peer *p = NULL;
    int fd = listen_twin(l, to);
    if (fd >= 0) {
        listen_plain(fd);
        if (connect(fd, &from->u.sa, addr_len(from)) == 0)
            p = peer_add(w->master, l->service, fd, from, to);
    }
    if (p) {
        collect_strays(w, fd, to);
        return p;
    }
    socket_failed(w);
    if (fd >= 0)
        (void)close(fd); /* never used */
    return NULL;
}

/* --- sorting -------------------------------------------------------------------------------- */

enum owner {
    NEW, /* nobody's yet: a peer to be */
    HIS, /* it goes into the socket that the peer has */
    LOST /* the kernel does not bring it to that socket: nor will it again */
};

/* Did it reach the listener before the socket of `p` was there for it? */
static bool older(const struct packet *in, const struct peer *p)
{
    return in->stamp && in->stamp <= p->connected;
}

/* `p`: the record of its peer, or NULL. A stray is older than any connection. */
static enum owner whose(const struct packet *in, bool stray, const struct peer *p)
{
    if (!p)
        return NEW;
    if (stray || older(in, p))
        return HIS;
    if (p->watch.fd < 0)
        return NEW; /* his handler has closed the socket */
    return in->stamp ? LOST : HIS;
}

static bool welcome(const struct sorting *w, const struct packet *in)
{
    struct service *s = w->listener->service;
    struct addr from = addr_unmap(&in->from), to = addr_unmap(&in->to);
    if (!addr_answerable(&from) || addr_is_multicast(&to) || addr_is_broadcast(&to))
        tally_reject(w->master->loop, s, &from, REJECT_PORT);
    else if (!admit_allowed(s, &from))
        tally_reject(w->master->loop, s, &from, REJECT_ACCESS);
    else
        return true;
    return false;
}

/* The datagram belongs to its peer: to his socket with it. */
static void sort(struct sorting *w, const struct packet *in, const char *data, size_t len,
                 bool stray)
{
    if (!welcome(w, in))
        return;
    struct peer *p = peer_find(w->listener->service, &in->from, &in->to);
    enum owner owner = whose(in, stray, p);
    if (owner == NEW) {
        if (p)
            peer_drop(p);
        p = open_peer(w, &in->from, &in->to);
    }
    struct addr from = addr_unmap(&in->from), to = addr_unmap(&in->to);
    if (!p || owner == LOST || packet_inject(data, len, &from, &to) < 0)
        drop(w, &from);
    else
        p->empty = false;
}

static void sort_strays(struct sorting *w)
{
    while (w->strays) {
        struct stray *stray = w->strays;
        /* It may add to the end. */
        sort(w, &stray->packet, stray->data, stray->len, true);
        w->strays = stray->next;
        if (!w->strays)
            w->after = &w->strays;
        free(stray);
    }
}

/* The next datagram of `fd` into the buffer. Its length, or -1. */
static ssize_t take(const struct sorting *w, int fd, struct packet *in, int flags)
{
    ssize_t n = packet_receive(fd, buffer, sizeof buffer, in, flags);
    addr_set_port(&in->to, w->port);
    return n;
}

/* Sort what waits in `fd`: the listener's socket, or one that was. */
static void sort_queue(struct sorting *w, int fd)
{
    const struct service *s = w->listener->service;
    struct packet in;
    ssize_t n;
    for (int i = 0; i < MOST && !s->held && peers_room(s); i++) {
        if ((n = take(w, fd, &in, 0)) < 0)
            break;
        sort(w, &in, buffer, (size_t)n, false);
    }
    sort_strays(w);
}

/* --- without the right to put back ---------------------------------------------------------- */

/* Walk the queue of `fd` without taking any: how many there are, the last one, and how many stand
 * before the last peer's run. */
static size_t survey(const struct sorting *w, int fd, struct packet *last, size_t *before)
{
    size_t n = 0;
    *before = 0;
#ifdef SO_PEEK_OFF
    int start = 0, off = -1;
    struct packet in;
    if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start) < 0)
        return 0;
    for (; n < MOST && take(w, fd, &in, MSG_PEEK) >= 0; n++) {
        if (n && (addr_compare(&in.from, &last->from) || addr_compare(&in.to, &last->to)))
            *before = n;
        *last = in;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off); /* as it was */
#else
    (void)w;
    (void)fd;
    (void)last;
#endif
    return n;
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
    if (listen_share(l, old, true) < 0 || listen_share(l, twin, false) < 0)
        log_warn("%s: SO_REUSEPORT", l->service->entry->name);
    hold_arm(w->master, l->service);
    return old;
}

/* Take `n` off the queue of `fd`; the peer who gets the socket shall not have another one. */
static void clear_way(struct sorting *w, int fd, size_t n, const struct packet *heir)
{
    struct packet in;
    ssize_t len;
    while (n-- > 0 && (len = take(w, fd, &in, 0)) >= 0) {
        if (addr_compare(&in.from, &heir->from) == 0)
            drop(w, &in.from);
        else
            sort(w, &in, buffer, (size_t)len, false);
    }
}

/* `fd`, that only `heir` still stands in, becomes his. */
static bool bequeath(const struct sorting *w, int fd, const struct packet *heir)
{
    struct packet last;
    size_t before;
    if (connect(fd, &heir->from.u.sa, addr_len(&heir->from)) < 0 || !answers_from(fd, &heir->to))
        return false;
    if (survey(w, fd, &last, &before) == 0 || before > 0 ||
        addr_compare(&last.from, &heir->from) != 0)
        return false;
    listen_plain(fd);
    struct peer *p = peer_add(w->master, w->listener->service, fd, &heir->from, &heir->to);
    if (p)
        p->empty = false;
    return p;
}

/* Who stands last in the queue of `fd`, if he is somebody new and may come; `*before` as survey()
 * has it. */
static bool find_heir(const struct sorting *w, int fd, struct packet *heir, size_t *before)
{
    const struct service *s = w->listener->service;
    if (survey(w, fd, heir, before) == 0 || !welcome(w, heir))
        return false;
    struct peer *p = peer_find(s, &heir->from, &heir->to);
    if (whose(heir, false, p) != NEW)
        return false;
    if (p)
        peer_drop(p);
    return true;
}

/* Hand the listener's own socket to the peer at the end of its queue. */
static void hand_listener_over(struct sorting *w)
{
    struct packet heir;
    size_t before;
    struct addr at = w->listener->at;
    addr_set_port(&at, w->port);
    int twin = listen_twin(w->listener, &at);
    if (twin < 0) {
        sort_queue(w, w->listener->watch.fd);
        return;
    }
    int old = exchange(w, twin);
    bool good = find_heir(w, old, &heir, &before);
    if (good) {
        clear_way(w, old, before, &heir);
        good = bequeath(w, old, &heir);
    }
    if (!good) {
        sort_queue(w, old);
        (void)close(old); /* emptied */
    }
    sort_strays(w);
}

/* --- the way in ----------------------------------------------------------------------------- */

void handover_ready(struct master *m, struct listener *l)
{
    struct sorting w = {.master = m, .listener = l, .after = &w.strays};
    struct addr at;
    bool v4 = l->mode != MODE_V6ONLY, v6 = l->mode != MODE_V4;
    if (!admit_ready(m, l->service) || !peers_room(l->service))
        return;
    if (!fd_local(l->watch.fd, &at)) {
        log_warn("%s: getsockname", l->service->entry->name);
        return;
    }
    w.port = addr_port(&at);
    bool puts_back = (!v4 || packet_can_inject(AF_INET)) && (!v6 || packet_can_inject(AF_INET6));
    if (puts_back || l->adopted)
        sort_queue(&w, l->watch.fd);
    else
        hand_listener_over(&w);
}
