/* handover.c -- udp nowait: each peer gets a socket and a handler of his own */
#include "config.h"

#include "handover.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "answer.h"
#include "listen.h"
#include "log.h"
#include "packet.h"
#include "start.h"

enum {
    DRAIN_MOST = 4096, /* datagrams in one go; a queue of the usual size holds a few hundred */
    PEERS_MOST = 1024, /* sockets that wait for a handler, all services together */
    PATIENCE_S = 30,   /* how long a peer's socket waits for his next try */
    LARGEST = 65536
};

/* A peer's socket that no handler has yet. Addresses as the socket's family has them. */
struct peer {
    struct peer *next;
    struct watch watch;
    struct timer timer;
    struct master *master;
    struct service *service;
    struct addr from, to;
};

static struct peer *peers;
static size_t npeers;
static char buffer[LARGEST];

static void unlink_peer(struct peer *p)
{
    struct peer **at = &peers;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    npeers--;
    loop_unwatch(p->master->loop, &p->watch);
    loop_timer_stop(p->master->loop, &p->timer);
}

static void drop_peer(struct peer *p)
{
    unlink_peer(p);
    (void)close(p->watch.fd); /* UDP may lose what is in it */
    free(p);
}

static void patience_over(struct timer *t)
{
    drop_peer(loop_owner(t, struct peer, timer));
}

/* The peer's datagram is there: this socket is his handler's now. */
static void peer_ready(struct watch *w)
{
    struct peer *p = loop_owner(w, struct peer, watch);
    struct master *m = p->master;
    struct service *s = p->service;
    if (!admit_ready(m, s))
        return; /* held: handover_arm() has taken it out of the set */
    struct addr from = addr_unmap(&p->from), to = addr_unmap(&p->to);
    int fd = w->fd;
    unlink_peer(p);
    free(p);
    if (listen_blocking(fd, true) < 0)
        log_warn("%s: fcntl", s->name);
    start_client(m, s, fd, &from, &to);
}

static struct peer *find_peer(const struct service *s, const struct addr *from,
                              const struct addr *to)
{
    for (struct peer *p = peers; p; p = p->next)
        if (p->service == s && addr_compare(&p->from, from) == 0 && addr_compare(&p->to, to) == 0)
            return p;
    return NULL;
}

/* Take over `fd`, connected to `from`. NULL with errno: still the caller's. */
static struct peer *add_peer(struct master *m, struct service *s, int fd, const struct addr *from,
                             const struct addr *to)
{
    struct peer *p = npeers < PEERS_MOST ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        errno = ENOBUFS;
        return NULL;
    }
    *p = (struct peer){.next = peers,
                       .watch = {.ready = peer_ready, .fd = fd},
                       .timer = {.fire = patience_over},
                       .master = m,
                       .service = s,
                       .from = *from,
                       .to = *to};
    if (loop_watch(m->loop, &p->watch) < 0 ||
        loop_timer(m->loop, &p->timer, loop_now() + PATIENCE_S * NS_PER_S) < 0) {
        loop_unwatch(m->loop, &p->watch);
        free(p);
        return NULL;
    }
    npeers++;
    return peers = p;
}

static void drop(struct master *m, struct service *s, const struct addr *from)
{
    struct addr peer = addr_unmap(from);
    admit_reject(m, s, &peer, REJECT_QUEUED);
}

static void sort(struct master *m, struct listener *l, size_t len, const struct addr *from,
                 const struct addr *to);

/* Between bind and connect the new socket may have caught what was meant for the listener. */
static void empty_strays(struct master *m, struct listener *l, int fd, uint16_t port)
{
    for (int i = 0; i < DRAIN_MOST; i++) {
        struct addr from, to;
        ssize_t n = packet_receive(fd, buffer, sizeof buffer, &from, &to, 0);
        if (n < 0)
            return;
        addr_set_port(&to, port);
        sort(m, l, (size_t)n, &from, &to);
    }
}

/* A new socket for a new peer. NULL with errno. */
static struct peer *open_peer(struct master *m, struct listener *l, const struct addr *from,
                              const struct addr *to)
{
    int fd = listen_twin(l, to);
    if (fd < 0)
        return NULL;
    struct peer *p = NULL;
    if (connect(fd, &from->u.sa, addr_len(from)) == 0)
        p = add_peer(m, l->service, fd, from, to);
    if (!p) {
        int error = errno;
        (void)close(fd); /* never used */
        errno = error;
    }
    return p;
}

/* What is in the buffer belongs to `from`: to his socket with it. */
static void sort(struct master *m, struct listener *l, size_t len, const struct addr *from,
                 const struct addr *to)
{
    struct service *s = l->service;
    struct addr source = addr_unmap(from), asked = addr_unmap(to);
    if (!answer_source_good(&source) || addr_is_multicast(&asked) || addr_is_broadcast(&asked)) {
        admit_reject(m, s, &source, REJECT_PORT);
        return;
    }
    struct peer *p = find_peer(s, from, to);
    bool fresh = !p;
    if (fresh)
        p = open_peer(m, l, from, to);
    if (!p) {
        log_debug("%s: no socket for a peer", s->name);
        drop(m, s, from);
        return;
    }
    if (packet_inject(buffer, len, &source, &asked) < 0)
        drop(m, s, from);
    if (fresh) /* after putting back: the buffer is used again */
        empty_strays(m, l, p->watch.fd, addr_port(to));
}

/* --- without the right to put back ---------------------------------------------------------- */

/* Are all datagrams in the queue of `fd`, without taking any, from `from`? */
static bool all_from(int fd, const struct addr *from)
{
#ifdef SO_PEEK_OFF
    int start = 0, off = -1;
    bool same = true;
    if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start) < 0)
        return false;
    for (int i = 0; same && i < DRAIN_MOST; i++) {
        struct addr other, to;
        if (packet_receive(fd, buffer, sizeof buffer, &other, &to, MSG_PEEK) < 0)
            break;
        same = addr_compare(&other, from) == 0;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off); /* as it was */
    return same;
#else
    (void)fd;
    (void)from;
    return false;
#endif
}

/* The socket `fd`, connected, answers from the address that was asked? */
static bool answers_from(int fd, const struct addr *to)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return false;
    struct addr at = addr_from((const struct sockaddr *)&ss, len);
    return addr_compare_host(&at, to) == 0;
}

/* The listener becomes the head peer's socket, `twin` the listener. The old socket. */
static int exchange(struct master *m, struct listener *l, int twin)
{
    int old = l->watch.fd;
    loop_unwatch(m->loop, &l->watch);
    l->watch.fd = twin;
    if (listen_share(old, true) < 0 || listen_share(twin, false) < 0)
        log_warn("%s: SO_REUSEADDR", l->service->name);
    admit_arm(m, l->service);
    return old;
}

/* Hand the listener's own socket to the peer at the head of its queue. False: not possible. */
static bool hand_listener_over(struct master *m, struct listener *l, const struct addr *from,
                               const struct addr *to)
{
    if (l->adopted || !all_from(l->watch.fd, from))
        return false;
    int twin = listen_twin(l, &l->at);
    if (twin < 0)
        return false;
    int old = exchange(m, l, twin);
    if (connect(old, &from->u.sa, addr_len(from)) == 0 && answers_from(old, to) &&
        all_from(old, from) && add_peer(m, l->service, old, from, to))
        return true;
    empty_strays(m, l, old, addr_port(&l->at));
    (void)close(old); /* emptied */
    return true;
}

/* --- the way in ----------------------------------------------------------------------------- */

static bool can_put_back(const struct addr *from)
{
    struct addr source = addr_unmap(from);
    return packet_can_inject(addr_family(&source));
}

void handover_ready(struct master *m, struct listener *l)
{
    uint16_t port = addr_port(&l->at);
    if (!admit_ready(m, l->service))
        return;
    for (int i = 0; i < DRAIN_MOST; i++) {
        struct addr from, to;
        if (packet_receive(l->watch.fd, buffer, sizeof buffer, &from, &to, MSG_PEEK) < 0)
            return;
        addr_set_port(&to, port);
        if (!can_put_back(&from) && hand_listener_over(m, l, &from, &to))
            return;
        ssize_t n = packet_receive(l->watch.fd, buffer, sizeof buffer, &from, &to, 0);
        if (n < 0)
            return;
        addr_set_port(&to, port);
        sort(m, l, (size_t)n, &from, &to);
    }
}

void handover_arm(struct master *m, struct service *s)
{
    for (struct peer *p = peers; p; p = p->next) {
        if (p->service != s)
            continue;
        if (s->holds)
            loop_unwatch(m->loop, &p->watch);
        else if (loop_watch(m->loop, &p->watch) < 0)
            log_warn("%s: epoll", s->name); /* the timer ends it */
    }
}

void handover_forget(struct master *m, const struct service *s)
{
    (void)m;
    struct peer *next;
    for (struct peer *p = peers; p; p = next) {
        next = p->next;
        if (p->service == s)
            drop_peer(p);
    }
}
