/* listen/options.c -- the socket options of doorward.conf(5) */
#include "config.h"

#include "listen/options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen/listen.h"
#include "os/fd.h"
#include "os/packet.h"

/* Absent options give ENOPROTOOPT at run time: an entry that asks for one is told, not obeyed in
 * part. */
#ifndef IP_FREEBIND
#define IP_FREEBIND (-1)
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND IP_FREEBIND
#endif
#ifndef SO_BINDTODEVICE
#define SO_BINDTODEVICE (-1)
#endif
#ifndef SO_REUSEPORT
#define SO_REUSEPORT (-1)
#endif
#ifndef IPV6_TCLASS
#define IPV6_TCLASS (-1)
#endif
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT (-1)
#endif
#ifndef TCP_DEFER_ACCEPT
#define TCP_DEFER_ACCEPT (-1)
#endif
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE (-1)
#endif

static int set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

/* By the socket: an inherited one may serve both families, whatever the entry says. */
static bool is_inet6(int fd)
{
    return fd_family(fd) == AF_INET6;
}

/* What a kept socket may have from its former settings is set back only where it differs. */
static int get_int(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) < 0 ? -1 : value;
}

static bool is_v6only(int fd)
{
    return is_inet6(fd) && get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY) > 0;
}

static int set_device(int fd, const char *device)
{
    char now[64] = "";
    socklen_t len = sizeof now - 1;
    int failed = getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, now, &len);
    if (strcmp(now, device) == 0 && (!failed || !*device))
        return 0;
    return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1);
}

static int set_tos(int fd, int tos)
{
    if (is_inet6(fd) && set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, tos) < 0)
        return -1;
    return is_v6only(fd) ? 0 : set_int(fd, IPPROTO_IP, IP_TOS, tos);
}

bool options_hands_over(const struct listener *l)
{
    return l->proto == PROTO_UDP && !l->service->entry->wait &&
           !l->service->entry->program->builtin;
}

void listen_plain(int fd)
{
    /* They were set a moment ago, or did no harm. */
    (void)packet_addresses(fd, false);
    (void)packet_stamps(fd, false);
}

bool listen_wants_pktinfo(const struct service *s)
{
    return s->entry->proto == PROTO_UDP && (!s->entry->wait || s->entry->program->builtin);
}

const char *options_before_bind(const struct listener *l, int fd)
{
    if (l->mode == MODE_UNIX)
        return NULL;
    /* tcp: a port in TIME_WAIT must not keep a restarted daemon waiting. udp: it would share the
     * port. */
    if (l->proto == PROTO_TCP && set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0)
        return "SO_REUSEADDR";
    bool only = l->adopted ? is_v6only(l->watch.fd) : l->mode == MODE_V6ONLY;
    if (is_inet6(fd) && set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, only) < 0)
        return "IPV6_V6ONLY";
    return NULL;
}

static int set_if(const struct listener *l, int fd, int level, int name, bool on)
{
    /* systemd's socket has what its unit says, and a new one is born without. */
    if (!on && (l->adopted || l->watch.fd != fd))
        return 0;
    if (on == (get_int(fd, level, name) > 0))
        return 0;
    return set_int(fd, level, name, on);
}

/* A number that is 0 unless it is asked for: that it was is seen only on a kept socket. */
static int set_number(const struct listener *l, int fd, int name, int value)
{
    if (value == 0 && (l->adopted || l->watch.fd != fd || get_int(fd, IPPROTO_TCP, name) <= 0))
        return 0;
    return set_int(fd, IPPROTO_TCP, name, value);
}

static int seconds(uint64_t ns)
{
    return (int)((ns + NS_PER_S - 1) / NS_PER_S); /* at most an hour: service/keys.c */
}

static const char *set_tcp(const struct listener *l, int fd, const struct socket_settings *o)
{
    const struct keepalive *probes = &o->keepalive;
    if (set_if(l, fd, SOL_SOCKET, SO_KEEPALIVE, probes->on) < 0)
        return "keepalive";
    if (probes->idle > 0 && (set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, probes->idle) < 0 ||
                             set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, probes->interval) < 0 ||
                             set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, probes->count) < 0))
        return "keepalive";
    if (set_if(l, fd, IPPROTO_TCP, TCP_NODELAY, o->nodelay) < 0)
        return "nodelay";
    if (set_number(l, fd, TCP_USER_TIMEOUT, (int)(o->user_timeout / NS_PER_MS)) < 0)
        return "user_timeout";
    return set_number(l, fd, TCP_DEFER_ACCEPT, seconds(o->defer)) < 0 ? "defer" : NULL;
}

static const char *set_sizes(const struct socket_settings *o, int fd)
{
    if (o->sndbuf >= 0 && set_int(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf) < 0)
        return "sndbuf";
    if (o->rcvbuf >= 0 && set_int(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf) < 0)
        return "recvbuf";
    return NULL;
}

void listen_accepted(const struct listener *l, int fd)
{
    /* A unix connection has buffers of its own. What was good for the listener is good for it. */
    if (l->mode == MODE_UNIX)
        (void)set_sizes(&l->service->entry->settings->sock, fd);
}

const char *options_apply(const struct listener *l, int fd)
{
    const struct service *s = l->service;
    const struct socket_settings *o = &s->entry->settings->sock;
    const char *failed = set_sizes(o, fd);
    if (failed || l->mode == MODE_UNIX)
        return failed;
    if (set_if(l, fd, SOL_SOCKET, SO_REUSEPORT, o->reuseport) < 0)
        return "reuseport";
    if ((is_inet6(fd) ? set_if(l, fd, IPPROTO_IPV6, IPV6_FREEBIND, o->freebind)
                      : set_if(l, fd, IPPROTO_IP, IP_FREEBIND, o->freebind)) < 0)
        return "freebind";
    if (l->proto == PROTO_TCP && (failed = set_tcp(l, fd, o)))
        return failed;
    if (o->tos >= 0 && set_tos(fd, o->tos) < 0)
        return "tos";
    if (l->proto == PROTO_UDP && packet_addresses(fd, listen_wants_pktinfo(s)) < 0)
        return "IP_PKTINFO";
    if (l->proto == PROTO_UDP && packet_stamps(fd, options_hands_over(l)) < 0)
        return "SO_TIMESTAMPNS";
    if (l->proto == PROTO_UDP)
        (void)packet_hops(fd, s->entry->program->builtin); /* some systems do not tell */
    /* The last, because only root may change it. */
    return o->device && set_device(fd, o->device) < 0 ? "device" : NULL;
}

/* Was a buffer's size ever set? Where the system cannot tell: perhaps. */
static bool sizes_were_set(int fd)
{
#ifdef SO_BUF_LOCK
    return get_int(fd, SOL_SOCKET, SO_BUF_LOCK) != 0; /* -1, before Linux 5.14, is perhaps, too */
#else
    (void)fd;
    return true;
#endif
}

/* The size that the socket `fresh` has. */
static int reset_size(int fd, int fresh, int name)
{
    int value = get_int(fresh, SOL_SOCKET, name);
    if (value < 0 || value == get_int(fd, SOL_SOCKET, name))
        return 0;
#ifdef __linux__
    value /= 2; /* socket(7): it tells twice what was set */
#endif
    return set_int(fd, SOL_SOCKET, name, value);
}

static const char *reset_sizes(const struct listener *l, int fd)
{
    const struct socket_settings *o = &l->service->entry->settings->sock;
    if ((o->sndbuf >= 0 && o->rcvbuf >= 0) || !sizes_were_set(fd))
        return NULL;
    int fresh = socket(fd_family(fd), l->socktype | SOCK_CLOEXEC, 0);
    if (fresh < 0)
        return "socket";
    const char *failed = NULL;
    if (o->sndbuf < 0 && reset_size(fd, fresh, SO_SNDBUF) < 0)
        failed = "sndbuf";
    if (o->rcvbuf < 0 && reset_size(fd, fresh, SO_RCVBUF) < 0)
        failed = "recvbuf";
    (void)close(fresh); /* never used */
#ifdef SO_BUF_LOCK
    /* socket(7) has no names for the bits. TCP may size again what is not ours; else it is good. */
    (void)set_int(fd, SOL_SOCKET, SO_BUF_LOCK, (o->sndbuf >= 0) | (o->rcvbuf >= 0) << 1);
#endif
    return failed;
}

/* Probes that another entry may have left, back to the system's; without SO_KEEPALIVE they do
 * nothing. */
static const char *reset_probes(const struct listener *l, int fd)
{
    static const int names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT};
    const struct keepalive *probes = &l->service->entry->settings->sock.keepalive;
    if (l->proto != PROTO_TCP || !probes->on || probes->idle > 0)
        return NULL;
    int fresh = socket(addr_family(&l->at), SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fresh >= 0;
    for (size_t i = 0; good && i < sizeof names / sizeof *names; i++) {
        int value = get_int(fresh, IPPROTO_TCP, names[i]);
        good = value == get_int(fd, IPPROTO_TCP, names[i]) ||
               set_int(fd, IPPROTO_TCP, names[i], value) == 0;
    }
    if (fresh >= 0)
        (void)close(fresh); /* never used */
    return good ? NULL : "keepalive";
}

const char *options_reset(const struct listener *l, int fd)
{
    const struct socket_settings *o = &l->service->entry->settings->sock;
    const char *failed = reset_sizes(l, fd);
    if (failed || l->mode == MODE_UNIX || (failed = reset_probes(l, fd)))
        return failed;
    int tos =
        is_inet6(fd) ? get_int(fd, IPPROTO_IPV6, IPV6_TCLASS) : get_int(fd, IPPROTO_IP, IP_TOS);
    if (o->tos < 0 && tos > 0 && set_tos(fd, 0) < 0)
        return "tos";
    return !o->device && set_device(fd, "") < 0 ? "device" : NULL;
}

int options_backlog(const struct listener *l)
{
    /* The kernel cuts to its own SOMAXCONN; an old header's 128 must not. */
    int n = l->service->entry->settings->sock.backlog;
    return n >= 0 ? n : INT32_MAX;
}
