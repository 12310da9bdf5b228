/* serve/sort.c -- datagrams of a udp nowait listener, each to its peer's socket */
#include "config.h"

#include "serve/sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "listen/listen.h"

enum {
    MOST = 1024,     /* datagrams in one go; a queue of the usual size holds a few hundred */
    KEEP_OFF_S = 10, /* after one that was put back and did not arrive */
    LARGEST = 65536
};

struct stray {
    struct stray *next;
    struct packet packet;
    size_t len;
    char data[];
};

static char buffer[LARGEST];

void sort_drop(const struct sorting *w, const struct addr *from)
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

bool sort_no_room(const struct sorting *w, int error)
{
    struct service *s = w->listener->service;
    bool full = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
                error == ENOSPC; /* of the epoll set */
    /* Who waits for a handler has one in a moment, and gives his descriptor back. */
    if (full && !peers_waiting(s))
        hold_fault(w->master, s, FAULT_SOCKET, NULL, error);
    else
        log_debug("%s: no socket for a peer: %s", s->entry->name, strerror(error));
    return full;
}

/* A new socket for a new peer, still empty. NULL with errno. */
static struct peer *open_peer(struct sorting *w, const struct addr *from, const struct addr *to)
{
    struct peer *p = NULL;
    int fd = listen_twin(w->listener, to);
    if (fd >= 0) {
        listen_plain(fd);
        if (connect(fd, &from->u.sa, addr_len(from)) == 0)
            p = peer_add(w->master, w->listener->service, fd, from, to);
    }
    if (p) {
        collect_strays(w, fd, to);
        return p;
    }
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* never used */
    errno = error;
    return NULL;
}

/* --- putting back --------------------------------------------------------------------------- */

/* Put back, and not seen to arrive: it may come to the listener once more, changed by NAT or not.
 * Who forges one gains nothing: his own datagram is dropped. */
static struct {
    uint64_t hash, at; /* at: by packet_clock(); 0 none */
    size_t len;
} unseen[16];
static size_t next_unseen;
static uint64_t last_unseen;

/* FNV-1a. */
static uint64_t hash_of(const char *data, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
    return hash;
}

static void remember(const char *data, size_t len, uint64_t at)
{
    unseen[next_unseen].hash = hash_of(data, len);
    unseen[next_unseen].at = last_unseen = at;
    unseen[next_unseen].len = len;
    next_unseen = (next_unseen + 1) % (sizeof unseen / sizeof *unseen);
}

/* After `at`, and no more than a second: that long nothing is on its way through one host. */
static bool soon_after(const struct packet *in, uint64_t at)
{
    return at && (!in->stamp || in->stamp - at < NS_PER_S); /* before it: wraps around */
}

/* Is it one that we put back ourselves? */
static bool came_back(const struct packet *in, const char *data, size_t len)
{
    if (!last_unseen || (in->stamp && in->stamp >= last_unseen + NS_PER_S))
        return false;
    uint64_t hash = hash_of(data, len);
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (unseen[i].len == len && unseen[i].hash == hash && soon_after(in, unseen[i].at)) {
            unseen[i].at = 0;
            return true;
        }
    return false;
}

static void keep_off(const struct sorting *w)
{
    struct listener *l = w->listener;
    if (l->keeps_off == 0)
        log_warnx("%s: a datagram that was put back did not arrive: who stands behind another in a "
                  "queue is served at his next try",
                  l->service->entry->name);
    l->keeps_off = (uint32_t)(loop_now() / NS_PER_S) + KEEP_OFF_S;
}

bool sort_puts_back(const struct sorting *w, int family)
{
    return packet_can_inject(family) && loop_now() / NS_PER_S >= w->listener->keeps_off;
}

/* Put it into the socket of `p`, and look: a filter, NAT or the loopback device may be in the
 * way. */
static bool put_back(const struct sorting *w, struct peer *p, const char *data, size_t len)
{
    struct addr from = addr_unmap(&p->from), to = addr_unmap(&p->to);
    uint64_t now = packet_clock();
    if (!sort_puts_back(w, addr_family(&to)))
        return false;
    if (packet_inject(data, len, &from, &to) < 0) {
        if (errno != EMSGSIZE && errno != EAGAIN && errno != ENOBUFS) /* of this one alone */
            keep_off(w);
        return false;
    }
    if (p->watch.fd >= 0 && peer_has_datagram(p)) {
        p->empty = false;
        w->listener->keeps_off = 0;
        return true;
    }
    if (p->watch.fd < 0)
        return true; /* the handler's socket: nobody can see */
    remember(data, len, now);
    keep_off(w);
    return false;
}

/* --- sorting -------------------------------------------------------------------------------- */

enum owner sort_whose(const struct packet *in, const struct peer *p)
{
    if (!p)
        return NEW;
    if (in->stamp && in->stamp <= p->connected)
        return HIS; /* it reached the listener before that socket was there for it */
    if (p->watch.fd < 0)
        return NEW; /* his handler has closed the socket */
    return in->stamp ? LOST : HIS;
}

bool sort_welcome(const struct sorting *w, const struct packet *in, enum reject *why)
{
    struct addr from = addr_unmap(&in->from);
    *why = REJECT_PORT;
    if (!addr_answerable(&from) || in->group || addr_compare(&in->from, &in->to) == 0)
        return false;
    return admit_allowed(w->master, w->listener->service, &from, why);
}

/* The datagram belongs to its peer: to his socket with it. False: there is no room for a peer more,
 * and nothing was done. */
static bool sort(struct sorting *w, const struct packet *in, const char *data, size_t len,
                 bool stray)
{
    struct service *s = w->listener->service;
    if (came_back(in, data, len)) {
        keep_off(w); /* its peer's loss is counted */
        return true;
    }
    enum reject why;
    if (!sort_welcome(w, in, &why)) {
        struct addr from = addr_unmap(&in->from);
        admit_refuse(w->master, s, &from, why);
        return true;
    }
    struct peer *p = peer_find(s, &in->from, &in->to);
    /* A stray is older than any connection. */
    enum owner owner = stray && p ? HIS : sort_whose(in, p);
    if (owner == NEW) {
        bool room = peers_room(s);
        if (!room && peers_waiting(s))
            return false; /* there will be, when those have started */
        if (p)
            peer_drop(p);
        p = room ? open_peer(w, &in->from, &in->to) : NULL;
        if (room && !p && sort_no_room(w, errno))
            return false;
    }
    if (!p || owner == LOST || !put_back(w, p, data, len))
        sort_drop(w, &in->from);
    return true;
}

void sort_one(struct sorting *w, const struct packet *in, const char *data, size_t len)
{
    if (!sort(w, in, data, len, false))
        sort_drop(w, &in->from);
}

void sort_strays(struct sorting *w)
{
    while (w->strays) {
        struct stray *stray = w->strays;
        /* It may add to the end. */
        if (!sort(w, &stray->packet, stray->data, stray->len, true))
            sort_drop(w, &stray->packet.from);
        w->strays = stray->next;
        if (!w->strays)
            w->after = &w->strays;
        free(stray);
    }
}

ssize_t sort_next(const struct sorting *w, int fd, struct packet *in, int flags, const char **data)
{
    ssize_t n = packet_receive(fd, buffer, sizeof buffer, in, flags);
    addr_set_port(&in->to, w->port);
    *data = buffer;
    return n;
}

void sort_listener(struct sorting *w)
{
    const struct service *s = w->listener->service;
    int fd = w->listener->watch.fd;
    struct packet in;
    const char *data;
    for (int i = 0; i < MOST && !s->held; i++) {
        ssize_t n = sort_next(w, fd, &in, MSG_PEEK, &data);
        if (n < 0 && errno == EAGAIN)
            w->listener->peeked = false; /* it is empty */
        if (n < 0 || !sort(w, &in, data, (size_t)n, false))
            break;
        (void)recv(fd, NULL, 0, MSG_DONTWAIT); /* the same: nobody else reads here */
    }
    sort_strays(w);
}

void sort_rest(struct sorting *w, int fd)
{
    struct packet in;
    const char *data;
    ssize_t n;
    for (int i = 0; i < MOST && (n = sort_next(w, fd, &in, 0, &data)) >= 0; i++)
        sort_one(w, &in, data, (size_t)n);
    sort_strays(w);
}
