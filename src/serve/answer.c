/* serve/answer.c -- builtins that the master answers itself, without a process */
#include "config.h"

#include "serve/answer.h"

#include <errno.h>
#include <string.h>

#include "admit/hold.h"
#include "base/log.h"
#include "os/packet.h"
#include "serve/tell.h"
#include "serve/waiting.h"

enum {
    BATCH = 32, /* then the other services have their turn */
    LARGEST = 65536
};

static unsigned char configured[65536 / 8]; /* ports of udp builtins, a bit each */
static bool any_configured;

static void mark(uint16_t port)
{
    any_configured = true;
    configured[port / 8] |= (unsigned char)(1U << port % 8);
}

static bool marked(uint16_t port)
{
    return configured[port / 8] & 1U << port % 8;
}

void answer_ports(const struct table *t)
{
    if (any_configured) /* else the pages stay untouched */
        memset(configured, 0, sizeof configured);
    any_configured = false;
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        for (size_t j = 0;
             s->entry->proto == PROTO_UDP && s->entry->program->builtin && j < s->nlisteners; j++)
            mark(addr_port(&service_listeners(s)[j]->at));
    }
}

/* An answer has fewer hops to live than what it answers, so that two that answer each other for a
 * forged datagram come to an end wherever they stand, and whatever their limits are. */
static bool may_loop(const struct packet *in)
{
    return in->hops == 0 || in->hops == 1;
}

static bool admitted(struct master *m, struct service *s, const struct packet *in,
                     const struct addr *peer)
{
    uint32_t slot;
    enum reject why = REJECT_PORT;
    if (builtin_small_port(addr_port(peer)) || marked(addr_port(peer)) || !addr_answerable(peer) ||
        in->group || may_loop(in) || !admit_peer(m, s, peer, &slot, &why)) {
        admit_refuse(m, s, peer, why);
        return false;
    }
    hold_success(s, loop_now());
    admit_release(m, s, slot); /* it is over before the next one is looked at */
    return true;
}

static void answer(struct master *m, struct listener *l, const char *in, size_t len,
                   const struct packet *packet)
{
    static char out[LARGEST];
    struct service *s = l->service;
    struct addr peer = addr_unmap(&packet->from);
    if (!admitted(m, s, packet, &peer))
        return;
    s->started++;
    ssize_t n = s->entry->program->builtin->dgram(in, len, out, sizeof out);
    /* Lost on the way out is lost as any datagram may be. */
    if (n >= 0 &&
        packet_send(l->watch.fd, out, (size_t)n, &packet->from, &packet->to, packet->hops - 1) < 0)
        log_debug("%s: sendmsg: %s", s->entry->name, strerror(errno));
}

void answer_ready(struct master *m, struct listener *l)
{
    static char in[LARGEST];
    for (int i = 0; i < BATCH && admit_ready(m, l->service); i++) {
        struct packet packet;
        ssize_t n = packet_receive(l->watch.fd, in, sizeof in, &packet, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n >= 0) /* else an ICMP error for an earlier answer: it is read off, go on */
            answer(m, l, in, (size_t)n, &packet);
    }
}

bool answer_stream(struct master *m, const struct start *st, uint32_t slot)
{
    struct service *s = st->service;
    const struct builtin *b = s->entry->program->builtin;
    if (!b || b->how != BUILTIN_INLINE || s->entry->settings->access.hosts_access)
        return false;
    b->stream(st->fd);
    s->started++;
    hold_success(s, loop_now());
    tell_accept(m, s, &st->peer, 0);
    waiting_turn_away(st); /* what was not taken is lost with the connection */
    tell_answered(m, s, &st->peer);
    admit_release(m, s, slot);
    return true;
}
