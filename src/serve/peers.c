/* serve/peers.c -- the sockets of udp nowait that wait for a handler */
#include "config.h"

#include "serve/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "listen/listen.h"
#include "os/fd.h"
#include "os/packet.h"
#include "serve/start.h"
#include "service/saved.h"

enum {
    PEERS_MOST = 512,  /* that wait, all services together: a descriptor each */
    SHARE = 4,         /* and no more than this part of all descriptors */
    NEXT_TRY_S = 1,    /* of a peer whose datagram was lost */
    PATIENCE_S = 30,   /* how long one waits for a handler, or for the peer's next try */
    IN_FLIGHT_MS = 500 /* how long a datagram may take from the device to the listener's queue */
};

static struct peer *peers, **last = &peers; /* the oldest first */
static size_t waiting;

/* The socket is no longer ours to watch. */
static int release(struct peer *p)
{
    int fd = p->watch.fd;
    if (fd < 0)
        return fd;
    loop_unwatch(p->master->loop, &p->watch);
    p->watch.fd = -1;
    waiting--;
    return fd;
}

void peer_drop(struct peer *p)
{
    struct peer **at = &peers;
    int fd = release(p);
    if (fd >= 0)
        (void)close(fd); /* UDP may lose what is in it */
    loop_timer_stop(p->master->loop, &p->timer);
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    if (!*at)
        last = at;
    free(p);
}

/* A socket with a request in it goes. */
static void give_up(struct peer *p)
{
    struct addr from = addr_unmap(&p->from);
    if (p->watch.fd >= 0 && !p->empty)
        tally_reject(p->master->loop, p->service, &from, REJECT_QUEUED);
    peer_drop(p);
}

static void patience_over(struct timer *t)
{
    give_up(loop_owner(t, struct peer, timer));
}

/* An ICMP error makes a socket readable too, and stands before what was sent; asking takes it
 * off. */
bool peer_has_datagram(const struct peer *p)
{
    char byte;
    ssize_t n = recv(p->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
        n = recv(p->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0;
}

/* The socket is his handler's now; the record stays for what is still on its way to the
 * listener. */
static void hand_over(struct peer *p)
{
    struct master *m = p->master;
    struct service *s = p->service;
    struct addr from = addr_unmap(&p->from), to = addr_unmap(&p->to);
    int fd = release(p);
    if (fd_blocking(fd, true) < 0)
        log_warn("%s: fcntl", s->entry->name);
    if (loop_timer(m->loop, &p->timer, loop_now() + IN_FLIGHT_MS * NS_PER_MS) < 0)
        log_warn("%s: no timer", s->entry->name); /* cannot be: it is only moved */
    if (!start_client(m, s, fd, &from, &to))
        peer_drop(p); /* refused, and the socket is closed */
}

static void peer_ready(struct watch *w)
{
    struct peer *p = loop_owner(w, struct peer, watch);
    /* Held: peers_arm() has taken the socket out of the set. */
    if (peer_has_datagram(p) && admit_ready(p->master, p->service))
        hand_over(p);
}

void peers_serve_one(const struct service *s)
{
    for (struct peer *p = peers; p; p = p->next)
        if (p->service == s && p->watch.fd >= 0 && peer_has_datagram(p)) {
            peer_ready(&p->watch);
            return;
        }
}

struct peer *peer_find(const struct service *s, const struct addr *from, const struct addr *to)
{
    for (struct peer *p = peers; p; p = p->next)
        if (p->service == s && addr_compare(&p->from, from) == 0 && addr_compare(&p->to, to) == 0)
            return p;
    return NULL;
}

struct peer *peer_add(struct master *m, struct service *s, int fd, const struct addr *from,
                      const struct addr *to)
{
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    *p = (struct peer){.watch = {.ready = peer_ready, .fd = fd},
                       .timer = {.fire = patience_over},
                       .master = m,
                       .service = s,
                       .from = *from,
                       .to = *to,
                       .connected = packet_clock(),
                       .empty = true};
    if ((fd >= 0 && !s->held && loop_watch(m->loop, &p->watch) < 0) ||
        loop_timer(m->loop, &p->timer, loop_now() + PATIENCE_S * NS_PER_S) < 0) {
        int error = errno;
        loop_unwatch(m->loop, &p->watch);
        free(p);
        errno = error;
        return NULL;
    }
    *last = p;
    last = &p->next;
    waiting += fd >= 0;
    return p;
}

static size_t waiting_for(const struct service *s, bool with_empty)
{
    size_t n = 0;
    for (const struct peer *p = peers; p; p = p->next)
        n += p->service == s && p->watch.fd >= 0 && (with_empty || !p->empty);
    return n;
}

bool peers_waiting(const struct service *s)
{
    return waiting_for(s, false) > 0;
}

bool peers_wait(void)
{
    for (const struct peer *p = peers; p; p = p->next)
        if (p->watch.fd >= 0 && !p->empty)
            return true;
    return false;
}

static size_t most_waiting(void)
{
    static size_t most; /* the limit is raised at start, and then stays */
    struct rlimit limit;
    if (!most && getrlimit(RLIMIT_NOFILE, &limit) == 0)
        most = limit.rlim_cur / SHARE < PEERS_MOST ? (size_t)limit.rlim_cur / SHARE : PEERS_MOST;
    return most;
}

/* Who has a datagram starts a handler as soon as there is a slot. */
bool peers_slot(const struct service *s)
{
    uint32_t most = s->entry->settings->limits.accept_max;
    return most == 0 || waiting_for(s, false) + s->running < most;
}

/* One that holds nothing waits for his peer's next try; that long nobody takes his place, or those
 * who try in turn would drive each other out for ever. */
static bool has_waited(const struct peer *p)
{
    return p->watch.fd >= 0 && p->empty && packet_clock() - p->connected > NEXT_TRY_S * NS_PER_S;
}

/* Who makes room for one more of `s`: the oldest that holds nothing, or else the oldest of a
 * service that has more of them. */
static struct peer *victim(const struct service *s)
{
    const struct service *seen = s;
    size_t mine = waiting_for(s, true);
    for (struct peer *p = peers; p; p = p->next)
        if (has_waited(p))
            return p;
    for (struct peer *p = peers; p; p = p->next) {
        if (p->watch.fd < 0 || p->service == seen)
            continue;
        seen = p->service;
        if (seen != s && waiting_for(seen, true) > mine)
            return p;
    }
    return NULL;
}

bool peers_room(const struct service *s)
{
    if (!peers_slot(s))
        return false;
    if (waiting < most_waiting())
        return true;
    struct peer *p = victim(s);
    if (p)
        give_up(p);
    return p;
}

void peers_arm(struct master *m, struct service *s)
{
    for (struct peer *p = peers; p; p = p->next) {
        if (p->service != s || p->watch.fd < 0)
            continue;
        if (s->held)
            loop_unwatch(m->loop, &p->watch);
        else if (loop_watch(m->loop, &p->watch) < 0)
            log_warn("%s: epoll", s->entry->name); /* the timer ends it */
    }
}

void peers_forget(const struct service *s)
{
    struct peer *next;
    for (struct peer *p = peers; p; p = next) {
        next = p->next;
        if (p->service == s)
            peer_drop(p);
    }
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void peers_save(struct state_out *o)
{
    for (const struct peer *p = peers; p; p = p->next) {
        state_record(o);
        state_put(o, p->service->id);
        state_put_fd(o, p->watch.fd);
        state_put_addr(o, &p->from);
        state_put_addr(o, &p->to);
        state_put(o, p->connected);
        state_put(o, p->empty);
        state_put(o, p->timer.due);
    }
}

void peers_restore(struct master *m, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(m->table, &r);
        int fd = state_get_fd(&r);
        struct addr from = state_get_addr(&r), to = state_get_addr(&r);
        struct peer *p = s ? peer_add(m, s, fd, &from, &to) : NULL;
        if (!p)
            continue;
        p->connected = state_get(&r);
        p->empty = state_get_flag(&r);
        (void)loop_timer(m->loop, &p->timer, state_get(&r)); /* it is only moved */
    }
}
