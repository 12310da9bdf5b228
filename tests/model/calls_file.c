/* model/calls_file.c -- played calls on descriptors: sockets, pipes, what is sent and read */
#include "config.h"

#include "model/calls.h"
#include "model/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

PLAYED(int, close, int fd)
{
    if (!fd_is_played(fd))
        return __real_close(fd);
    fd_close(fd);
    return 0;
}

PLAYED(int, fcntl, int fd, int op, ...)
{
    va_list ap;
    va_start(ap, op);
    int value = va_arg(ap, int); /* no other kind is used */
    va_end(ap);
    if (!fd_is_played(fd))
        return __real_fcntl(fd, op, value);
    struct object *o = fd_object(fd);
    switch (op) {
    case F_GETFD:
        return kernel.fds[fd].cloexec ? FD_CLOEXEC : 0;
    case F_SETFD:
        kernel.fds[fd].cloexec = value & FD_CLOEXEC;
        return 0;
    case F_GETFL:
        return kernel.fds[fd].flags;
    case F_SETFL:
        kernel.fds[fd].flags = value;
        return 0;
    case F_DUPFD_CLOEXEC:
        return fd_give(object_take(o), true);
    default:
        kernel_wrong("fcntl %d", op);
    }
}

/* --- sockets --------------------------------------------------------------------------------- */

PLAYED(int, socket, int domain, int type, int protocol)
{
    if (!kernel.plays)
        return __real_socket(domain, type, protocol);
    if (domain != AF_INET) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return fd_give(object_new(OBJ_LISTENER), true);
}

PLAYED(int, bind, int fd, const struct sockaddr *at, socklen_t len)
{
    if (!fd_is_played(fd))
        return __real_bind(fd, at, len);
    struct object *o = fd_object(fd);
    memcpy(&o->at, at, sizeof o->at);
    for (int i = FD_FIRST; i < kernel.top; i++) {
        const struct object *other = kernel.fds[i].object;
        if (other && other != o && other->listens && other->at.sin_port == o->at.sin_port)
            kernel_wrong("a port is bound twice: %d", ntohs(o->at.sin_port));
    }
    return 0;
}

PLAYED(int, listen, int fd, int backlog)
{
    if (!fd_is_played(fd))
        return __real_listen(fd, backlog);
    fd_object(fd)->listens = true;
    return 0;
}

PLAYED(int, accept4, int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    if (!fd_is_played(fd))
        return __real_accept4(fd, from, len, flags);
    struct object *l = fd_object(fd);
    if (l->queued == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (FAILS(kernel.fail.accept))
        return -1;
    struct object *client = l->queue[0];
    memmove(l->queue, l->queue + 1, --l->queued * sizeof l->queue[0]);
    client->accepted = true;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)client->id)};
    in.sin_addr.s_addr = htonl(UINT32_C(0x0a000000) | client->source);
    memcpy(from, &in, sizeof in);
    *len = sizeof in;
    return fd_give(client, flags & SOCK_CLOEXEC);
}

PLAYED(int, setsockopt, int fd, int level, int name, const void *value, socklen_t len)
{
    if (!fd_is_played(fd))
        return __real_setsockopt(fd, level, name, value, len);
    (void)fd_object(fd); /* it is open */
    return 0;
}

PLAYED(int, getsockopt, int fd, int level, int name, void *value, socklen_t *len)
{
    if (!fd_is_played(fd))
        return __real_getsockopt(fd, level, name, value, len);
    const struct object *o = fd_object(fd);
    int answer = name == SO_ERROR        ? (o->reset ? ECONNRESET : 0)
                 : name == SO_ACCEPTCONN ? o->listens
                 : name == SO_TYPE       ? SOCK_STREAM
                                         : 0;
    memset(value, 0, *len);
    memcpy(value, &answer, *len < sizeof answer ? *len : sizeof answer);
    return 0;
}

PLAYED(int, getsockname, int fd, struct sockaddr *at, socklen_t *len)
{
    if (!fd_is_played(fd))
        return __real_getsockname(fd, at, len);
    struct sockaddr_in in = fd_object(fd)->at;
    memcpy(at, &in, sizeof in);
    *len = sizeof in;
    return 0;
}

/* --- pairs ----------------------------------------------------------------------------------- */

static void make_pair(enum object_kind kind, int ends[2])
{
    for (size_t i = 0; i < 2; i++) {
        kernel.pair[i] = object_new(kind);
        ends[i] = fd_give(kernel.pair[i], true);
    }
    kernel.pair[0]->peer = kernel.pair[1];
    kernel.pair[1]->peer = kernel.pair[0];
}

PLAYED(int, socketpair, int domain, int type, int protocol, int ends[2])
{
    if (!kernel.plays)
        return __real_socketpair(domain, type, protocol, ends);
    if (FAILS(kernel.fail.socketpair))
        return -1;
    make_pair(OBJ_SOCKET, ends);
    return 0;
}

PLAYED(int, pipe2, int ends[2], int flags)
{
    if (!kernel.plays)
        return __real_pipe2(ends, flags);
    if (FAILS(kernel.fail.socketpair))
        return -1;
    make_pair(OBJ_PIPE, ends);
    return 0;
}

static ssize_t nothing(const struct object *o)
{
    if (!o->peer)
        return 0;
    errno = EAGAIN;
    return -1;
}

PLAYED(ssize_t, read, int fd, void *to, size_t room)
{
    if (!fd_is_played(fd))
        return __real_read(fd, to, room);
    struct object *o = fd_object(fd);
    struct message *m = o->first;
    if (!m)
        return nothing(o);
    size_t n = m->len < room ? m->len : room;
    memcpy(to, m->bytes, n);
    m->len -= n;
    memmove(m->bytes, m->bytes + n, m->len);
    if (m->len == 0)
        message_free(object_read(o));
    return (ssize_t)n;
}

PLAYED(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
    if (!fd_is_played(fd))
        return __real_sendmsg(fd, msg, flags);
    struct object *o = fd_object(fd), *objects[MESSAGE_OBJECTS];
    size_t n = 0;
    if (FAILS(kernel.fail.send))
        return -1;
    const struct cmsghdr *c = msg->msg_controllen ? CMSG_FIRSTHDR(msg) : NULL;
    if (c)
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
        int passed;
        memcpy(&passed, CMSG_DATA(c) + i * sizeof passed, sizeof passed);
        /* What is no played one, such as /dev/null, is nobody's business. */
        objects[i] = fd_object(passed);
    }
    if (object_send(o, msg->msg_iov->iov_base, msg->msg_iov->iov_len, objects, n))
        return (ssize_t)msg->msg_iov->iov_len;
    errno = EPIPE;
    return -1;
}

PLAYED(ssize_t, recvmsg, int fd, struct msghdr *msg, int flags)
{
    if (!fd_is_played(fd))
        return __real_recvmsg(fd, msg, flags);
    struct object *o = fd_object(fd);
    struct message *m = object_read(o);
    size_t n = 0;
    if (!m) {
        msg->msg_controllen = 0;
        return nothing(o);
    }
    size_t room = msg->msg_iov->iov_len < m->len ? msg->msg_iov->iov_len : m->len;
    memcpy(msg->msg_iov->iov_base, m->bytes, room);
    struct cmsghdr *c = m->nobjects ? CMSG_FIRSTHDR(msg) : NULL;
    for (; c && n < m->nobjects; n++) {
        int given = fd_give(object_take(m->objects[n]), true);
        memcpy(CMSG_DATA(c) + n * sizeof given, &given, sizeof given);
    }
    if (c) {
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
    }
    msg->msg_controllen = c ? CMSG_SPACE(n * sizeof(int)) : 0;
    message_free(m);
    return (ssize_t)room;
}
