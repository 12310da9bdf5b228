/* serve/unread.c -- did a wait handler leave unread what it was started for? */
#include "config.h"

#include "serve/unread.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "os/packet.h"

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

void unread_note(struct listener *l)
{
    l->waited = mark_of(l);
}

bool unread_still(const struct listener *l, uint64_t lasted_ns)
{
    struct pollfd p = {.fd = l->watch.fd, .events = POLLIN};
    if (poll(&p, 1, 0) <= 0)
        return false;
    if (l->service->entry->socktype == SOCK_DGRAM && l->waited)
        return mark_of(l) == l->waited;
    return lasted_ns < NS_PER_S && mark_of(l) >= l->waited;
}
