/* listen/adopt.c -- sockets that systemd handed over: who gets which */
#include "config.h"

#include "listen/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "listen/health.h"
#include "listen/listen.h"
#include "listen/store.h"
#include "os/fd.h"
#include "os/sd.h"

/* Which listener has the i-th inherited socket: as many as sd_sockets(), made at the first look. */
static struct listener **adopters;

/* From the weakest to the strongest claim. */
enum fit { NO_FIT, BY_NAME_ALONE, BY_NAME, BY_ADDRESS };

static bool same_unix_path(const struct listener *l, int fd)
{
    struct {
        struct sockaddr_storage ss;
        char nul;
    } name = {0}; /* a path as long as sun_path has no NUL of its own */
    socklen_t len = sizeof name.ss;
    if (getsockname(fd, (struct sockaddr *)&name.ss, &len) < 0 || name.ss.ss_family != AF_UNIX)
        return false;
    return strcmp((const char *)&name.ss + offsetof(struct sockaddr, sa_data), l->path) == 0;
}

/* [::] without IPV6_V6ONLY is what ListenStream=PORT gives: it serves IPv4 as well. */
static bool is_dual(const struct addr *at, int fd)
{
    int only = 1;
    socklen_t len = sizeof only;
    return addr_family(at) == AF_INET6 && addr_is_any(at) &&
           getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && !only;
}

/* A connected socket is no listener: systemd's Accept=yes is for programs that inetd starts. One
 * that a handler has spoilt for ever is none either. */
static bool same_kind(const struct listener *l, int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != l->socktype)
        return false;
    return (fd_family(fd) == AF_UNIX) == (l->mode == MODE_UNIX) && !health_serves(fd, type);
}

static enum fit fit_by_name(const struct listener *l, const struct addr *own, const struct addr *at,
                            bool dual)
{
    if (!addr_is_any(own) && addr_compare_host(own, at) != 0)
        return NO_FIT; /* whoever wrote an address means it */
    if (addr_family(at) == addr_family(own) || dual)
        return BY_NAME;
    return l->soft ? BY_NAME_ALONE : NO_FIT;
}

static enum fit fits(const struct listener *l, size_t i)
{
    int fd = sd_socket_fd(i);
    bool named = strcmp(sd_socket_name(i), l->service->entry->name) == 0;
    bool ours = store_is_ours(sd_socket_name(i));
    if (!same_kind(l, fd))
        return NO_FIT;
    if (ours && l->mode == MODE_UNIX && access(l->path, F_OK) < 0)
        return NO_FIT; /* nobody finds it any more */
    if (l->mode == MODE_UNIX)
        return same_unix_path(l, fd) ? BY_ADDRESS : named ? BY_NAME : NO_FIT;
    struct addr at, own;
    if (!fd_local(fd, &at))
        return NO_FIT;
    if (!addr_settle(&l->at, &own))
        own = l->at; /* no socket has its interface */
    bool dual = is_dual(&at, fd);
    if (addr_compare(&at, &own) == 0 ||
        (dual && addr_is_any(&l->at) && addr_port(&at) == addr_port(&l->at)))
        return BY_ADDRESS;
    return named ? fit_by_name(l, &own, &at, dual) : NO_FIT;
}

/* As many as there are, or none. */
static bool make_adopters(void)
{
    if (sd_sockets() > 0 && !adopters)
        adopters = calloc(sd_sockets(), sizeof(struct listener *));
    return adopters;
}

void listen_adopted(struct listener *l)
{
    l->adopted = true;
    for (size_t i = 0; make_adopters() && i < sd_sockets(); i++)
        if (sd_socket_fd(i) == l->watch.fd)
            adopters[i] = l;
}

/* One that a doorward before us had stored is as if we had opened it. */
static enum adopted take_ours(struct listener *l, size_t which)
{
    struct stat st;
    int fd = fcntl(sd_socket_fd(which), F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return ADOPT_NONE;
    sd_socket_drop(which);
    l->watch.fd = fd;
    l->stored = true;
    if (l->mode == MODE_UNIX && lstat(l->path, &st) == 0)
        l->made = (struct unixfile){st.st_dev, st.st_ino};
    return ADOPT_TAKEN;
}

enum adopted listen_adopt(struct listener *l)
{
    enum fit best = NO_FIT;
    size_t which = 0;
    bool served = false;
    for (size_t i = 0; make_adopters() && i < sd_sockets(); i++) {
        enum fit fit = fits(l, i);
        if (adopters[i] && fit != NO_FIT)
            served = served || adopters[i]->service == l->service;
        else if (fit > best) {
            best = fit;
            which = i;
        }
    }
    if (best == NO_FIT)
        return served ? ADOPT_SERVED : ADOPT_NONE;
    if (store_is_ours(sd_socket_name(which)))
        return take_ours(l, which);
    adopters[which] = l;
    l->watch.fd = sd_socket_fd(which);
    l->adopted = true;
    return ADOPT_TAKEN;
}

void listen_give_back(struct listener *l)
{
    for (size_t i = 0; adopters && i < sd_sockets(); i++)
        if (adopters[i] == l)
            adopters[i] = NULL;
    l->adopted = false;
}

void listen_spare(void)
{
    for (size_t i = 0; i < sd_sockets(); i++) {
        const char *name = sd_socket_name(i);
        struct stat st;
        bool socket = fstat(sd_socket_fd(i), &st) == 0 && S_ISSOCK(st.st_mode);
        if (store_is_ours(name)) {
            if (socket) { /* its entry has gone */
                store_drop(name);
                sd_socket_drop(i);
            }
        } else if (!adopters || !adopters[i]) {
            log_warnx("no entry wants the inherited socket %d (%s): its clients wait for one",
                      sd_socket_fd(i), *name ? name : "no name");
        }
    }
}
