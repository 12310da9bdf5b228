/* serve/unread.c -- did a wait handler leave unread what it was started for? */
#include "config.h"

#include "serve/unread.h"

#include <poll.h>

#include "os/diag.h"
#include "os/packet.h"

/*
 * diag_first() may cost as much as a start where the system's table of connections is large, so it
 * is asked that often at most. A handler that reads nothing is started again meanwhile, some
 * times. */
static bool may_ask(void)
{
    static const struct rate rate = {.interval = 10 * NS_PER_MS, .burst = 8};
    static uint64_t full_at;
    return rate_take(&rate, &full_at, loop_now()) == 0;
}

static bool is_datagram(const struct listener *l)
{
    return l->socktype == SOCK_DGRAM;
}

void unread_note(struct lent *u, const struct listener *l)
{
    if (is_datagram(l)) {
        u->first = packet_first_stamp(l->watch.fd);
        return;
    }
    /* Who stood first at the last end does so still. */
    if (!u->first && may_ask())
        u->first = diag_first(l->watch.fd);
    u->waiting = diag_waiting(l->watch.fd);
}

enum unread unread_look(struct lent *u, const struct listener *l, uint64_t lasted_ns)
{
    struct pollfd p = {.fd = l->watch.fd, .events = POLLIN};
    uint64_t before = u->first;
    u->first = 0;
    if (poll(&p, 1, 0) <= 0)
        return UNREAD_NONE;
    if (!is_datagram(l) && !may_ask()) {
        u->first = before;
        return UNREAD_NONE;
    }
    u->first = is_datagram(l) ? packet_first_stamp(l->watch.fd) : diag_first(l->watch.fd);
    if (u->first)
        return u->first == before ? UNREAD_STILL : UNREAD_NONE;
    return lasted_ns < NS_PER_S && diag_waiting(l->watch.fd) >= u->waiting ? UNREAD_MAYBE
                                                                           : UNREAD_NONE;
}
