/* listen/health.c -- is a socket still what was opened? */
#include "config.h"

#include "listen/health.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/zone.h"
#include "listen/options.h"
#include "os/fd.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

/* --- what can go away under us -------------------------------------------------------------- */

static uint32_t zone_scope(const struct listener *l)
{
    if (l->mode == MODE_UNIX || addr_family(&l->at) != AF_INET6)
        return 0;
    return zone_name(l->at.u.in6.sin6_scope_id) ? l->at.u.in6.sin6_scope_id : 0;
}

bool health_can_fade(const struct listener *l)
{
    return !l->adopted &&
           (l->mode == MODE_UNIX || l->service->entry->settings->sock.device || zone_scope(l));
}

/* An interface made anew has another index, and a socket keeps the old one. */
static bool other_device(const struct listener *l)
{
#ifdef SO_BINDTOIFINDEX
    const char *device = l->service->entry->settings->sock.device;
    int bound = 0;
    socklen_t len = sizeof bound;
    if (device && l->mode != MODE_UNIX &&
        getsockopt(l->watch.fd, SOL_SOCKET, SO_BINDTOIFINDEX, &bound, &len) == 0 &&
        (unsigned)bound != if_nametoindex(device))
        return true;
#endif
    struct addr at;
    uint32_t zone = zone_scope(l);
    return zone && fd_local(l->watch.fd, &at) && at.u.in6.sin6_scope_id != zone_index(zone);
}

static const char *faded(const struct listener *l)
{
    if (!health_can_fade(l))
        return NULL;
    if (l->mode == MODE_UNIX && !unixfile_stands(l->path, &l->made))
        return "path";
    return other_device(l) ? "device" : NULL;
}

/* --- what a handler can do to it ------------------------------------------------------------ */

static bool is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

const char *health_serves(int fd, int socktype)
{
    int accepts = 0;
    socklen_t len = sizeof accepts;
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
    if (is_connected(fd))
        return "connected";
    if (socktype != SOCK_DGRAM &&
        (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) < 0 || !accepts))
        return "accepts";
    /* shutdown(2) shows nowhere else; a listening unix socket goes on saying that it accepts. */
    return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLRDHUP | POLLERR) ? "shutdown" : NULL;
}

/* Where handlers block the master must never read; else they would see what it set. */
static bool set_flags(const struct listener *l)
{
    int fd = l->watch.fd;
    (void)fcntl(fd, F_SETOWN, 0); /* nobody hears of it: O_ASYNC goes */
    return fcntl(fd, F_SETFL, l->service->entry->wait ? 0 : O_NONBLOCK) == 0;
}

/* True: none is left. */
static bool drop_filters(int fd)
{
#ifdef SO_DETACH_FILTER
    int unused = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) < 0 && errno != ENOENT)
        return false; /* locked */
#endif
#ifdef SO_DETACH_REUSEPORT_BPF
    /* Fails where there is none, and on sockets that cannot have one. */
    (void)setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused);
#endif
    return true;
}

static void dissolve(int fd)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    int error;
    socklen_t len = sizeof error;
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len); /* takes it off: it is nobody's */
    if (is_connected(fd))
        (void)connect(fd, &none, sizeof none); /* whether it helped is seen afterwards */
}

/* A port that was asked for by number, or any; the address as configured. */
static bool same_address(const struct listener *l)
{
    struct addr at, wanted;
    if (l->mode == MODE_UNIX)
        return true;
    if (!fd_local(l->watch.fd, &at) || addr_port(&at) == 0)
        return false;
    if (l->adopted)
        return true; /* its unit says which */
    return addr_settle(&l->at, &wanted) && addr_compare_host(&at, &wanted) == 0 &&
           (addr_port(&wanted) == 0 || addr_port(&wanted) == addr_port(&at));
}

static const char *spoilt(struct listener *l)
{
    bool listens = l->socktype != SOCK_DGRAM;
    int fd = l->watch.fd;
    if (!drop_filters(fd))
        return "filter";
    if (!listens)
        dissolve(fd);
    if (!set_flags(l) || !options_restore(l, fd))
        return "options";
    if (listens)
        (void)listen(fd, options_backlog(l)); /* whether it helped is seen in a moment */
    const char *why = health_serves(fd, l->socktype);
    return why || same_address(l) ? why : "address";
}

const char *health_look(struct listener *l, bool lent)
{
    const char *why = faded(l);
    return why || !lent ? why : spoilt(l);
}
