/* listen/restore.c -- socket options that a handler may have set, back to what a new socket has */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "listen/options.h"
#include "os/fd.h"

enum where { ANY, INET, INET6, TCP, UDP };

/*
 * What makes a service deaf, slow or a nuisance, or what its next handler does not expect. A new
 * socket of the same entry says what the value should be. The last column: systemd sets it too, as
 * the unit says, so that an inherited socket keeps it. */
static const struct {
    uint8_t where; /* enum where */
    int level, name;
    bool by_unit;
} options[] = {
    {ANY, SOL_SOCKET, SO_RCVTIMEO, false},
    {ANY, SOL_SOCKET, SO_SNDTIMEO, false},
    {ANY, SOL_SOCKET, SO_RCVLOWAT, false},
    {ANY, SOL_SOCKET, SO_LINGER, false},
    {INET, SOL_SOCKET, SO_BROADCAST, true},
    {INET, SOL_SOCKET, SO_DONTROUTE, false},
    {INET, SOL_SOCKET, SO_OOBINLINE, false},
    {INET, SOL_SOCKET, SO_KEEPALIVE, true},
    {INET, SOL_SOCKET, SO_REUSEADDR, true},
#ifdef __linux__
    {ANY, SOL_SOCKET, SO_PEEK_OFF, false},
    {ANY, SOL_SOCKET, SO_PASSCRED, true},
    {ANY, SOL_SOCKET, SO_PASSSEC, true},
    {ANY, SOL_SOCKET, SO_TIMESTAMP, true},
    {ANY, SOL_SOCKET, SO_TIMESTAMPNS, true},
    {ANY, SOL_SOCKET, SO_TIMESTAMPING, false},
    {ANY, SOL_SOCKET, SO_RXQ_OVFL, false},
    {ANY, SOL_SOCKET, SO_SELECT_ERR_QUEUE, false},
    {INET, SOL_SOCKET, SO_PRIORITY, true},
    {INET, SOL_SOCKET, SO_MARK, true},
    {INET, SOL_SOCKET, SO_NO_CHECK, false},
    {INET, SOL_SOCKET, SO_BUSY_POLL, false},
    {INET, SOL_SOCKET, SO_MAX_PACING_RATE, false},
    {INET, IPPROTO_IP, IP_OPTIONS, false},
    {INET, IPPROTO_IP, IP_TOS, true},
    {INET, IPPROTO_IP, IP_TTL, true},
    {INET, IPPROTO_IP, IP_MINTTL, false},
    {INET, IPPROTO_IP, IP_MTU_DISCOVER, false},
    {INET, IPPROTO_IP, IP_RECVERR, false}, /* off empties its queue, which keeps poll(2) ready */
    {INET, IPPROTO_IP, IP_MULTICAST_TTL, false},
    {INET, IPPROTO_IP, IP_MULTICAST_LOOP, false},
    {INET, IPPROTO_IP, IP_UNICAST_IF, false},
    {INET, IPPROTO_IP, IP_TRANSPARENT, true},
    {INET, IPPROTO_IP, IP_PKTINFO, true},
    {INET, IPPROTO_IP, IP_RECVTOS, false},
    {INET, IPPROTO_IP, IP_RECVTTL, false},
    {INET, IPPROTO_IP, IP_RECVORIGDSTADDR, false},
    {INET6, IPPROTO_IPV6, IPV6_TCLASS, true},
    {INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, true},
    {INET6, IPPROTO_IPV6, IPV6_MINHOPCOUNT, false},
    {INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, false},
    {INET6, IPPROTO_IPV6, IPV6_RECVERR, false},
    {INET6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, false},
    {INET6, IPPROTO_IPV6, IPV6_UNICAST_IF, false},
    {INET6, IPPROTO_IPV6, IPV6_DONTFRAG, false},
    {INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, true},
    {INET6, IPPROTO_IPV6, IPV6_RTHDR, false},
    {INET6, IPPROTO_IPV6, IPV6_HOPOPTS, false},
    {INET6, IPPROTO_IPV6, IPV6_DSTOPTS, false},
    {TCP, IPPROTO_TCP, TCP_NODELAY, true},
    {TCP, IPPROTO_TCP, TCP_CORK, false},
    {TCP, IPPROTO_TCP, TCP_DEFER_ACCEPT, true},
    {TCP, IPPROTO_TCP, TCP_FASTOPEN, false},
    {TCP, IPPROTO_TCP, TCP_MAXSEG, false},
    {TCP, IPPROTO_TCP, TCP_WINDOW_CLAMP, false},
    {TCP, IPPROTO_TCP, TCP_CONGESTION, true},
    {TCP, IPPROTO_TCP, TCP_USER_TIMEOUT, false},
    {TCP, IPPROTO_TCP, TCP_NOTSENT_LOWAT, false},
    {TCP, IPPROTO_TCP, TCP_SYNCNT, false},
    {TCP, IPPROTO_TCP, TCP_LINGER2, false},
    {TCP, IPPROTO_TCP, TCP_KEEPIDLE, true},
    {TCP, IPPROTO_TCP, TCP_KEEPINTVL, true},
    {TCP, IPPROTO_TCP, TCP_KEEPCNT, true},
    {UDP, IPPROTO_UDP, UDP_CORK, false},
    {UDP, IPPROTO_UDP, UDP_ENCAP, false},
    {UDP, IPPROTO_UDP, UDP_SEGMENT, false},
    {UDP, IPPROTO_UDP, UDP_GRO, false},
    {UDP, IPPROTO_UDP, UDP_NO_CHECK6_TX, false},
    {UDP, IPPROTO_UDP, UDP_NO_CHECK6_RX, false},
#endif
};

struct value {
    unsigned char bytes[64];
    socklen_t len;
};

/* An option that the system does not have is empty on both sockets. */
static void get(int fd, size_t i, struct value *v)
{
    *v = (struct value){.len = sizeof v->bytes};
    if (getsockopt(fd, options[i].level, options[i].name, v->bytes, &v->len) < 0)
        v->len = 0;
}

static bool equal(const struct value *a, const struct value *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool applies(const struct listener *l, size_t i, int family)
{
    enum proto proto = l->proto;
    if (l->adopted && options[i].by_unit)
        return false;
    switch ((enum where)options[i].where) {
    case INET:
        return proto != PROTO_UNIX;
    case INET6:
        return family == AF_INET6;
    case TCP:
        return proto == PROTO_TCP;
    case UDP:
        return proto == PROTO_UDP;
    case ANY:
        break;
    }
    return true;
}

static bool restore(int fd, int fresh, size_t i)
{
    struct value is, wanted;
    get(fd, i, &is);
    get(fresh, i, &wanted);
    if (equal(&is, &wanted))
        return true;
    log_debug("a handler left socket option %d of level %d set", options[i].name, options[i].level);
    (void)setsockopt(fd, options[i].level, options[i].name, wanted.bytes, wanted.len);
    get(fd, i, &is);
    return equal(&is, &wanted);
}

bool options_restore(const struct listener *l, int fd)
{
    int family = fd_family(fd);
    if (options_apply(l, fd) || (!l->adopted && options_reset(l, fd)))
        return false;
    int fresh = socket(family, l->socktype | SOCK_CLOEXEC, 0);
    if (fresh < 0 || options_before_bind(l, fresh) || options_apply(l, fresh)) {
        if (fresh >= 0)
            (void)close(fresh); /* never used */
        return true;            /* nothing to compare with: another look will come */
    }
    bool good = true;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        good &= !applies(l, i, family) || restore(fd, fresh, i);
    (void)close(fresh); /* never used */
    return good;
}
