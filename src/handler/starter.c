/* handler/starter.c -- the process that starts handlers */
#include "config.h"

#include "handler/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <signal.h>
#include <sys/prctl.h>
#endif

#include "os/closefds.h"

bool starter_lacks_process(const struct spawn_error *e)
{
    if (!e->step)
        return false;
    return strcmp(e->step, "fork") == 0 || e->error == EBUSY ||
           (strcmp(e->step, "execve") == 0 && e->error == EAGAIN);
}

/* --- one datagram --------------------------------------------------------------------------- */

union control {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
};

int starter_send(int sock, const void *data, size_t len, const int fds[2])
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

int starter_receive(int sock, void *data, size_t len, int fds[2], int flags)
{
    union control control;
    struct iovec part = {data, len};
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
    if ((size_t)got == len)
        return 1;
    errno = EPROTO;
    return -1;
}

/* --- the process ---------------------------------------------------------------------------- */

static void close_if(int fd)
{
    if (fd >= 0)
        (void)close(fd); /* a copy: what is in it is the handler's */
}

/* Nobody has it any more: no handler's SO_LINGER makes us wait. */
static void let_go(int fd)
{
    const struct linger off = {.l_onoff = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off); /* for sockets that have it */
    close_if(fd);
}

static void start(const struct order *o, const int fds[2], struct birth *birth, struct outcome *a)
{
    const struct spawn_plan plan = {.entry = o->entry,
                                    .fd = fds[0],
                                    .err = fds[1],
                                    .peer = o->has_peer ? &o->peer : NULL,
                                    .local = o->has_local ? &o->local : NULL};
#if USE_VFORK
    a->pid = spawn_for_parent(&plan, birth);
#else
    a->pid = -1;
    birth->e = (struct spawn_error){"fork", ENOSYS};
    (void)plan;
#endif
    a->e.step = birth->e.step;
    a->e.error = birth->e.error;
}

static void serve(const struct order *o, int fds[2], int sock, struct birth *birth)
{
    struct outcome a;
    int back[2] = {-1, -1};
    memset(&a, 0, sizeof a); /* what is between its members is sent, too */
    if (o->entry)
        start(o, fds, birth, &a);
    else
        let_go(fds[0]);
    if (starter_lacks_process(&a.e))
        back[0] = fds[0];
    if (starter_send(sock, &a, sizeof a, back) < 0)
        _exit(1); /* the master has gone */
    if (o->entry) {
        close_if(fds[0]);
        close_if(fds[1]);
    }
}

static void settle_in(int sock)
{
    int keep[SPAWN_KEEPS + 1] = {sock};
#if HAVE_SYS_PRCTL_H
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);     /* else the end of the socket has to do */
    (void)prctl(PR_SET_NAME, "doorward-start"); /* for ps and top */
#endif
    close_fds(3, keep, 1 + spawn_keeps(keep + 1));
}

_Noreturn void starter_run(int sock, struct birth *birth)
{
    struct order o;
    int fds[2];
    settle_in(sock);
    while (starter_receive(sock, &o, sizeof o, fds, 0) > 0)
        serve(&o, fds, sock, birth);
    _exit(0);
}
