/* os/message.c -- one datagram with descriptors, between the master and who starts for it */
#include "config.h"

#include "os/message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
    char bytes[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
    struct cmsghdr align;
};

int message_send_all(int sock, const void *data, size_t len, const int *fds, size_t count)
{
    union control control;
    struct iovec part = {(void *)(uintptr_t)data, len}; /* sendmsg(2) does not write there */
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    int given[MESSAGE_FDS];
    size_t n = 0;
    for (size_t i = 0; i < count && n < MESSAGE_FDS; i++)
        if (fds[i] >= 0)
            given[n++] = fds[i];
    if (n > 0) {
        memset(control.bytes, 0, CMSG_SPACE(n * sizeof(int)));
        msg.msg_control = control.bytes;
        msg.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int)); /* POSIX's type of it */
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), given, n * sizeof(int));
    }
    return sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int message_send(int sock, const void *data, size_t len, const int fds[2])
{
    return message_send_all(sock, data, len, fds, 2);
}

/* What has no room cannot come; CMSG_SPACE may have room for one more than was asked for. */
static void take(struct cmsghdr *c, int *fds, size_t room)
{
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(c), (n < room ? n : room) * sizeof(int));
    for (size_t i = room; i < n; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        (void)close(fd); /* nobody sends so many */
    }
}

int message_receive(int sock, void *data, size_t len, int fds[2], int flags)
{
    return message_receive_all(sock, data, len, len, fds, 2, flags);
}

int message_receive_all(int sock, void *data, size_t least, size_t most, int *fds, size_t room,
                        int flags)
{
    union control control;
    struct iovec part = {data, most};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = (socklen_t)CMSG_SPACE(room * sizeof(int))};
    ssize_t got;
    for (size_t i = 0; i < room; i++)
        fds[i] = -1;
    while ((got = recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    if (got <= 0)
        return (int)got;
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        take(c, fds, room);
    if ((size_t)got >= least)
        return 1;
    errno = EPROTO;
    return -1;
}
