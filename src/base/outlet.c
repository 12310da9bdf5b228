/* base/outlet.c -- where log lines leave the process; no call here waits for who reads them */
#include "config.h"

#include "base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* --- standard error -------------------------------------------------------------------------- */

static ssize_t put_unknown(int fd, const char *at, size_t len);

static struct {
    ssize_t (*put)(int fd, const char *at, size_t len);
    int fd;
    bool torn; /* the last line has no end */
} err = {.put = put_unknown, .fd = STDERR_FILENO};

static ssize_t put_socket(int fd, const char *at, size_t len)
{
    return send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A file of our own disk, or a description of our own that does not wait. */
static ssize_t put_plain(int fd, const char *at, size_t len)
{
    return write(fd, at, len);
}

/*
 * Shared with others, and it could not be opened once more. A pipe that takes anything takes as
 * much as PIPE_BUF; where somebody else may fill it meanwhile, the kernel can be told not to
 * wait. */
static ssize_t put_unknown(int fd, const char *at, size_t len)
{
#if HAVE_PWRITEV2 && defined RWF_NOWAIT
    struct iovec piece = {(void *)(uintptr_t)at, len};
    ssize_t n = pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
    if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
        return n;
#endif
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) == 1 && !(ready.revents & POLLOUT)) {
        errno = EPIPE;
        return -1;
    }
    if (!(ready.revents & POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    return write(fd, at, len);
}

/* A description that only we have, with the flags we like; -1 where the system has no such way. */
static int open_again(void)
{
#if defined(__linux__)
    return open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
#else
    return -1; /* elsewhere it would be the same description */
#endif
}

void outlet_stderr_open(void)
{
    struct stat st;
    outlet_stderr_close();
    if (fstat(STDERR_FILENO, &st) < 0)
        return;
    if (S_ISSOCK(st.st_mode)) {
        err.put = put_socket;
    } else if (S_ISREG(st.st_mode)) {
        err.put = put_plain;
    } else {
        int own = open_again();
        if (own >= 0) {
            err.fd = own;
            err.put = put_plain;
        }
    }
}

void outlet_stderr_close(void)
{
    if (err.fd != STDERR_FILENO)
        (void)close(err.fd); /* a line that is lost is lost */
    err.fd = STDERR_FILENO;
    err.put = put_unknown;
}

static bool put_whole(const char *at, size_t len)
{
    ssize_t n;
    while ((n = err.put(err.fd, at, len)) < 0 && errno == EINTR)
        ;
    if (n > 0)
        err.torn = at[n - 1] != '\n';
    return n == (ssize_t)len;
}

bool outlet_stderr(const char *line, size_t len)
{
    return (!err.torn || put_whole("\n", 1)) && put_whole(line, len);
}

/* --- the socket of a log's reader ------------------------------------------------------------ */

static int sys = -1;
static const char *reader; /* its path */

static bool connect_reader(void)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    size_t len = strlen(reader);
    if (len >= sizeof there.sun_path)
        return false; /* they are short */
    memcpy(there.sun_path, reader, len);
    return connect(sys, (const struct sockaddr *)&there, sizeof there) == 0;
}

bool outlet_socket_open(const char *path)
{
    reader = path;
    if (sys < 0)
        sys = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (sys < 0 || fcntl(sys, F_SETFD, FD_CLOEXEC) < 0 || fcntl(sys, F_SETFL, O_NONBLOCK) < 0)
        return false;
    return connect_reader(); /* else the first record tries again */
}

void outlet_socket_close(void)
{
    if (sys >= 0)
        (void)close(sys); /* sent is sent */
    sys = -1;
}

static bool send_record(const char *record, size_t len)
{
    ssize_t n;
    while ((n = send(sys, record, len, MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return n == (ssize_t)len;
}

bool outlet_socket(const char *record, size_t len)
{
    if (send_record(record, len))
        return true;
    /* Full is full; for all else there may be another reader by now, for the same socket. */
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EMSGSIZE)
        return false;
    bool connected = sys < 0 ? outlet_socket_open(reader) : connect_reader();
    return connected && send_record(record, len);
}

size_t outlet_descriptors(int fds[2])
{
    size_t n = 0;
    if (err.fd != STDERR_FILENO)
        fds[n++] = err.fd;
    if (sys >= 0)
        fds[n++] = sys;
    return n;
}
