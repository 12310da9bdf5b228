/* serve/unread.c -- did a wait handler leave unread what it was started for? */
#include "config.h"

#include "serve/unread.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>

#include "os/packet.h"

/* What waited at a socket when its handler started; in the service's runtime while it runs. */
struct unread {
    struct unread *next;
    const struct listener *listener;
    uint64_t mark; /* time stamp, or length of the queue */
};

/* Connections waiting at a listening socket; 0 where the system does not tell. */
static uint64_t queue_length(const struct listener *l)
{
#if defined(__linux__) && defined(TCP_INFO)
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (l->service->entry->proto == PROTO_TCP &&
        getsockopt(l->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
        return info.tcpi_unacked; /* of a listener: its accept queue, tcp_get_info() */
#endif
    (void)l;
    return 0;
}

static uint64_t mark_of(const struct listener *l)
{
    return l->service->entry->socktype == SOCK_DGRAM ? packet_first_stamp(l->watch.fd)
                                                     : queue_length(l);
}

void unread_note(struct master *m, struct listener *l)
{
    struct runtime *r = admit_runtime(m, l->service);
    struct unread *u = r ? malloc(sizeof *u) : NULL;
    if (!u)
        return; /* then a handler that does not read is started again at once: seen, not fatal */
    *u = (struct unread){r->unread, l, mark_of(l)};
    r->unread = u;
}

static bool take_mark(struct runtime *r, const struct listener *l, uint64_t *mark)
{
    for (struct unread **u = &r->unread; *u; u = &(*u)->next) {
        struct unread *found = *u;
        if (found->listener != l)
            continue;
        *mark = found->mark;
        *u = found->next;
        free(found);
        return true;
    }
    return false;
}

void unread_forget(struct listener *l)
{
    uint64_t mark;
    if (l->service->runtime)
        (void)take_mark(l->service->runtime, l, &mark); /* often there is none */
}

bool unread_still(struct master *m, struct listener *l, uint64_t lasted_ns)
{
    uint64_t before;
    struct runtime *r = admit_runtime(m, l->service);
    struct pollfd p = {.fd = l->watch.fd, .events = POLLIN};
    if (!r || !take_mark(r, l, &before) || poll(&p, 1, 0) <= 0)
        return false;
    if (l->service->entry->socktype == SOCK_DGRAM && before)
        return mark_of(l) == before;
    return lasted_ns < NS_PER_S && mark_of(l) >= before;
}
