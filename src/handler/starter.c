/* handler/starter.c -- the process that starts handlers */
#include "config.h"

#include "handler/starter.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "os/closefds.h"
#include "os/message.h"
#include "os/title.h"

/* --- the process ---------------------------------------------------------------------------- */

static void close_if(int fd)
{
    if (fd >= 0)
        (void)close(fd); /* a copy: what is in it is the handler's */
}

static void start(const struct full_order *whole, const int *fds, struct birth *birth,
                  struct outcome *a)
{
    const struct order *o = &whole->order;
    const struct spawn_plan plan = {.entry = o->entry,
                                    .fd = fds[0],
                                    .fds = fds,
                                    .nfds = o->sockets,
                                    .places = o->places,
                                    .err = fds[o->sockets],
                                    .peer = o->has_peer ? &o->peer : NULL,
                                    .local = o->has_local ? &o->local : NULL,
                                    .via = whole->via,
                                    .via_len = o->via};
    a->pid = spawn_for_parent(&plan, birth);
    a->e.step = birth->e.step;
    a->e.error = birth->e.error;
    a->handler = birth->handler;
    if (!a->e.step)
        return;
    birth->pid = 0; /* it has ended, and may be reaped while we look */
    spawn_explain(&plan, o->entry->settings->handler.chroot, &a->e, a->why);
}

/* The last start that failed, and how many answers there were with it. */
static struct {
    const struct entry *entry;
    uint32_t answers;
} failed;
static uint32_t answers;

/* What fails for one fails for the next: those that were ordered before the master knew wait. */
static bool waits(const struct order *o)
{
    return o->entry == failed.entry && (int32_t)(o->seen - failed.answers) < 0;
}

/* True: nobody has the connection now, it is to go back. */
static bool carry_out(const struct full_order *whole, const int *fds, struct birth *birth,
                      struct outcome *a)
{
    const struct order *o = &whole->order;
    a->pid = -1;
    if (waits(o))
        return true;
    start(whole, fds, birth, a);
    if (a->e.step) {
        failed.entry = o->entry;
        failed.answers = answers + 1;
    }
    return spawn_lacks_process(&a->e);
}

static void serve(const struct full_order *whole, const int *fds, int sock, struct birth *birth)
{
    struct outcome a;
    int back[2] = {-1, -1};
    memset(&a, 0, sizeof a);                   /* what is between its members is sent, too */
    *birth = (struct birth){.pid = 0};         /* the answer to the one before is on its way */
    atomic_thread_fence(memory_order_release); /* whoever sees the number sees no other pid */
    birth->order = answers;
    if (carry_out(whole, fds, birth, &a))
        back[0] = fds[0];
    answers++;
    for (size_t i = 1; i < MESSAGE_FDS && fds[i] >= 0; i++)
        close_if(fds[i]); /* first: who reads a handler's stderr sees whether it lives */
    if (outcome_send(sock, &a, back) < 0)
        _exit(1); /* the master has gone */
    close_if(fds[0]);
}

static void settle_in(int sock)
{
    int keep[SPAWN_KEEPS + 1] = {sock};
#if HAVE_SYS_PRCTL_H
    (void)prctl(PR_SET_NAME, "doorward-start"); /* for ps and top */
#endif
    title_set("doorward: starter");
    close_fds(3, keep, 1 + spawn_keeps(keep + 1));
}

_Noreturn void starter_run(int sock, struct birth *birth, uint32_t seen)
{
    struct full_order whole;
    int fds[MESSAGE_FDS];
    answers = seen;
    failed.entry = NULL;
    settle_in(sock);
    while (message_receive_all(sock, &whole, sizeof whole.order, sizeof whole, fds, MESSAGE_FDS,
                               0) > 0)
        serve(&whole, fds, sock, birth);
    _exit(0);
}
