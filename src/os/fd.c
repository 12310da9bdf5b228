/* os/fd.c -- one descriptor: does it block, where is it bound, of what family is it */
#include "config.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

int fd_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return wanted == flags ? 0 : fcntl(fd, F_SETFL, wanted);
}

bool fd_room(size_t n)
{
    int fds[2] = {-1, -1};
    bool room = true;
    for (size_t i = 0; i < n && i < 2; i++)
        room = room && (fds[i] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;
    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* a copy */
    return room;
}

bool fd_local(int fd, struct addr *at)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return false;
    *at = addr_from((const struct sockaddr *)&ss, len);
    return true;
}

bool fd_peer(int fd, struct addr *at)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
        return false;
    *at = addr_from((const struct sockaddr *)&ss, len);
    return true;
}

int fd_family(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    return getsockname(fd, (struct sockaddr *)&ss, &len) < 0 ? AF_UNSPEC : ss.ss_family;
}

bool fd_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

int fd_accept(int listener, struct sockaddr_storage *ss, socklen_t *len)
{
#if HAVE_ACCEPT4
    return accept4(listener, (struct sockaddr *)ss, len, SOCK_CLOEXEC);
#else
    int fd = accept(listener, (struct sockaddr *)ss, len);
    /* BSDs hand the listener's O_NONBLOCK on. */
    if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, 0) < 0)) {
        (void)close(fd); /* never used */
        return -1;
    }
    return fd;
#endif
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
void fd_put(int fd, fd_set *set)
{
    FD_SET(fd, set);
}

bool fd_among(int fd, const fd_set *set)
{
    return FD_ISSET(fd, set) != 0;
}
#pragma GCC diagnostic pop
