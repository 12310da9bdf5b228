/* serve/handover.c -- udp nowait: each peer gets a socket and a handler of his own */
#include "config.h"

#include "serve/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "listen/listen.h"
#include "os/packet.h"
#include "serve/answer.h"
#include "serve/peers.h"

enum {
    DRAIN_MOST = 1024, /* datagrams in one go; a queue of the usual size holds a few hundred */
    LARGEST = 65536
};

/* Read from a socket that was meant for one peer, by others; to be sorted. */
struct stray {
    struct stray *next;
    struct packet packet;
    size_t len;
    char data[];
};

static char buffer[LARGEST];
static struct stray *strays, **last_stray = &strays;

static void drop(struct master *m, struct service *s, const struct addr *from)
{
    struct addr peer = addr_unmap(from);
    tally_reject(m->loop, s, &peer, REJECT_QUEUED);
}

/* --- a socket for a peer -------------------------------------------------------------------- */

/* Between bind and connect the new socket may have caught what was meant for the listener. */
static void collect_strays(struct master *m, struct service *s, int fd, const struct addr *to)
{
    for (int i = 0; i < DRAIN_MOST; i++) {
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
        stray->packet.stamp = 1; /* older than any connection */
        if (addr_family(&stray->packet.from) == AF_UNSPEC)
            drop(m, s, &stray->packet.from);
        *last_stray = stray;
        last_stray = &stray->next;
    }
}

/* Descriptors or memory have run out: no sense in reading on at once. */
static void socket_failed(struct master *m, struct service *s)
{
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        hold_fault(m, s, FAULT_SOCKET, errno);
    else
        log_debug("%s: no socket for a peer", s->entry->name);
}

/* A new socket for a new peer, still empty. NULL: told. */
static struct peer *open_peer(struct master *m, struct listener *l, const struct addr *from,
                              const struct addr *to)
{
    struct peer *p = NULL;
    int fd = listen_twin(l, to);
    if (fd >= 0) {
        listen_plain(l, fd);
        if (connect(fd, &from->u.sa, addr_len(from)) == 0)
            p = peer_add(m, l->service, fd, from, to);
    }
    if (p) {
        collect_strays(m, l->service, fd, to);
        return p;
    }
    socket_failed(m, l->service);
    if (fd >= 0)
        (void)close(fd); /* never used */
    return NULL;
}

/* --- sorting -------------------------------------------------------------------------------- */

/* Did it reach the listener before the socket of `p` was there for it? */
static bool older(const struct packet *in, const struct peer *p)
{
    return in->stamp && in->stamp <= p->connected;
}

/* Whose is it? His record, or NULL for somebody new; `*lost` when nobody can have it. */
static struct peer *owner(const struct service *s, const struct packet *in, bool *lost)
{
    struct peer *p = peer_find(s, &in->from, &in->to);
    *lost = false;
    if (!p || older(in, p))
        return p;
    if (p->watch.fd >= 0) { /* the kernel does not bring it to his socket: nor will it again */
        *lost = in->stamp != 0;
        return p;
    }
    peer_drop(p); /* his handler has closed the socket */
    return NULL;
}

static bool welcome(struct master *m, struct service *s, const struct packet *in)
{
    struct addr from = addr_unmap(&in->from), to = addr_unmap(&in->to);
    if (!answer_source_good(&from) || addr_is_multicast(&to) || addr_is_broadcast(&to))
        tally_reject(m->loop, s, &from, REJECT_PORT);
    else if (!admit_allowed(s, &from))
        tally_reject(m->loop, s, &from, REJECT_ACCESS);
    else
        return true;
    return false;
}

/* The datagram belongs to its peer: to his socket with it. */
static void sort(struct master *m, struct listener *l, const struct packet *in, const char *data,
                 size_t len)
{
    bool lost;
    if (!welcome(m, l->service, in))
        return;
    struct peer *p = owner(l->service, in, &lost);
    if (!p)
        p = open_peer(m, l, &in->from, &in->to);
    struct addr from = addr_unmap(&in->from), to = addr_unmap(&in->to);
    if (!p || lost || packet_inject(data, len, &from, &to) < 0)
        drop(m, l->service, &from);
    else
        p->empty = false;
}

static void sort_strays(struct master *m, struct listener *l)
{
    while (strays) {
        struct stray *stray = strays;
        sort(m, l, &stray->packet, stray->data, stray->len); /* may add to the end */
        strays = stray->next;
        if (!strays)
            last_stray = &strays;
        free(stray);
    }
}

/* The next datagram of `fd` into the buffer. Its length, or -1. */
static ssize_t take(int fd, uint16_t port, struct packet *in, int flags)
{
    ssize_t n = packet_receive(fd, buffer, sizeof buffer, in, flags);
    addr_set_port(&in->to, port);
    return n;
}

/* Sort what waits in `fd`: the listener's socket, or one that was. */
static void drain(struct master *m, struct listener *l, int fd, uint16_t port)
{
    struct packet in;
    ssize_t n;
    for (int i = 0; i < DRAIN_MOST && !l->service->held && peers_room(l->service); i++) {
        if ((n = take(fd, port, &in, 0)) < 0)
            break;
        sort(m, l, &in, buffer, (size_t)n);
    }
    sort_strays(m, l);
}

/* --- without the right to put back ---------------------------------------------------------- */

/* Walk the queue of `fd` without taking any: how many there are, the last one, and how many stand
 * before the last peer's run. */
static size_t survey(int fd, uint16_t port, struct packet *last, size_t *before)
{
    size_t n = 0;
    *before = 0;
#ifdef SO_PEEK_OFF
    int start = 0, off = -1;
    struct packet in;
    if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start) < 0)
        return 0;
    for (; n < DRAIN_MOST && take(fd, port, &in, MSG_PEEK) >= 0; n++) {
        if (n && (addr_compare(&in.from, &last->from) || addr_compare(&in.to, &last->to)))
            *before = n;
        *last = in;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off); /* as it was */
#else
    (void)fd;
    (void)port;
    (void)last;
#endif
    return n;
}

/* The socket `fd`, connected, answers from the address that was asked? */
static bool answers_from(int fd, const struct addr *to)
{
    struct addr at;
    return listen_local(fd, &at) && addr_compare_host(&at, to) == 0;
}

/* The listener's socket becomes a peer's, `twin` the listener's. The old socket. */
static int exchange(struct master *m, struct listener *l, int twin)
{
    int old = l->watch.fd;
    loop_unwatch(m->loop, &l->watch);
    l->watch.fd = twin;
    if (listen_share(old, true) < 0 || listen_share(twin, false) < 0)
        log_warn("%s: SO_REUSEADDR", l->service->entry->name);
    hold_arm(m, l->service);
    return old;
}

/* Take `n` off the queue of `fd`; the peer who gets the socket shall not have another one. */
static void clear_way(struct master *m, struct listener *l, int fd, size_t n,
                      const struct packet *heir)
{
    struct packet in;
    ssize_t len;
    while (n-- > 0 && (len = take(fd, addr_port(&heir->to), &in, 0)) >= 0) {
        if (addr_compare(&in.from, &heir->from) == 0)
            drop(m, l->service, &in.from);
        else
            sort(m, l, &in, buffer, (size_t)len);
    }
}

/* `fd`, that only `heir` still stands in, becomes his. */
static bool bequeath(struct master *m, struct listener *l, int fd, const struct packet *heir)
{
    struct packet last;
    size_t before;
    if (connect(fd, &heir->from.u.sa, addr_len(&heir->from)) < 0 || !answers_from(fd, &heir->to))
        return false;
    if (survey(fd, addr_port(&heir->to), &last, &before) == 0 || before > 0 ||
        addr_compare(&last.from, &heir->from) != 0)
        return false;
    listen_plain(l, fd);
    struct peer *p = peer_add(m, l->service, fd, &heir->from, &heir->to);
    if (p)
        p->empty = false;
    return p != NULL;
}

/* Hand the listener's own socket to the peer at the end of its queue. */
static void hand_listener_over(struct master *m, struct listener *l, uint16_t port)
{
    struct packet heir;
    size_t before;
    bool lost;
    struct addr at = l->at;
    addr_set_port(&at, port);
    int twin = listen_twin(l, &at);
    if (twin < 0) {
        drain(m, l, l->watch.fd, port);
        return;
    }
    int old = exchange(m, l, twin);
    bool good = survey(old, port, &heir, &before) > 0 && welcome(m, l->service, &heir) &&
                !owner(l->service, &heir, &lost);
    if (good) {
        clear_way(m, l, old, before, &heir);
        good = bequeath(m, l, old, &heir);
    }
    if (!good) {
        drain(m, l, old, port);
        (void)close(old); /* emptied */
    }
    sort_strays(m, l);
}

/* --- the way in ----------------------------------------------------------------------------- */

void handover_ready(struct master *m, struct listener *l)
{
    struct addr at;
    bool v4 = l->mode != MODE_V6ONLY, v6 = l->mode != MODE_V4;
    if (!admit_ready(m, l->service) || !peers_room(l->service))
        return;
    if (!listen_local(l->watch.fd, &at)) {
        log_warn("%s: getsockname", l->service->entry->name);
        return;
    }
    bool puts_back = (!v4 || packet_can_inject(AF_INET)) && (!v6 || packet_can_inject(AF_INET6));
    if (puts_back || l->adopted)
        drain(m, l, l->watch.fd, addr_port(&at));
    else
        hand_listener_over(m, l, addr_port(&at));
}
