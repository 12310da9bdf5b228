/* serve/unread.c -- did a wait handler leave unread what it was started for? */
#include "config.h"

#include "serve/unread.h"

#include <poll.h>

#include "os/diag.h"

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

static bool waits(const struct listener *l)
{
    struct pollfd p = {.fd = l->watch.fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

unsigned unread_wants(const struct lent *u, const struct listener *l)
{
    /* Who stood first at the last end does so still. */
    return is_datagram(l) || (!u->first && may_ask()) ? LOOK_FIRST : 0;
}

void unread_note(struct lent *u, const struct listener *l, const struct found *f)
{
    if (f)
        u->first = f->first;
    if (!is_datagram(l))
        u->waiting = diag_waiting(l->watch.fd);
}

unsigned unread_asks(const struct listener *l)
{
    return waits(l) && (is_datagram(l) || may_ask()) ? LOOK_FIRST : 0;
}

enum unread unread_look(struct lent *u, const struct listener *l, unsigned asked,
                        const struct found *f, uint64_t lasted_ns)
{
    uint64_t before = u->first;
    if (!asked || !f) {
        u->first = waits(l) ? before : 0;
        return UNREAD_NONE;
    }
    u->first = f->first;
    if (u->first)
        return u->first == before ? UNREAD_STILL : UNREAD_NONE;
    if (!waits(l))
        return UNREAD_NONE;
    return lasted_ns < NS_PER_S && diag_waiting(l->watch.fd) >= u->waiting ? UNREAD_MAYBE
                                                                           : UNREAD_NONE;
}
