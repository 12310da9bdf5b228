/* os/message.c -- one datagram with descriptors, between the master and who starts for it */
#include "config.h"

#include "os/message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
};

int message_send(int sock, const void *data, size_t len, const int fds[2])
{
    union control control = {.bytes = {0}};
    struct iovec part = {(void *)(uintptr_t)data, len}; /* sendmsg(2) does not write there */
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    int given[2];
    size_t n = 0;
    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0)
            given[n++] = fds[i];
    if (n > 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), given, n * sizeof(int));
    }
    return sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int message_receive(int sock, void *data, size_t len, int fds[2], int flags)
{
    return message_receive_long(sock, data, len, len, fds, flags);
}

int message_receive_long(int sock, void *data, size_t least, size_t most, int fds[2], int flags)
{
    union control control;
    struct iovec part = {data, most};
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t got;
    fds[0] = fds[1] = -1;
    while ((got = recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    if (got <= 0)
        return (int)got;
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    if ((size_t)got >= least)
        return 1;
    errno = EPROTO;
    return -1;
}
