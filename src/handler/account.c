/* handler/account.c -- how many bytes went over a handler's connection */
#include "config.h"

#include "handler/account.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#if HAVE_STRUCT_TCP_INFO_TCPI_BYTES_RETRANS
#include <linux/tcp.h> /* the C library's has not got that far */
#include <netinet/in.h>
#endif

#include "base/ring.h"

enum { PATIENCE_S = 1 };

struct account {
    struct ring link; /* among those that were asked about; in none before */
    struct timer timer;
    struct question question;
    struct loop *loop;
    struct helpers *helpers;
    void (*done)(void *arg, const struct traffic *t);
    void *arg;
};

static struct ring asked = RING_EMPTY(asked);

/* --- what the kernel says ------------------------------------------------------------------- */

#if HAVE_STRUCT_TCP_INFO_TCPI_BYTES_RETRANS
/* The client's FIN has a number like a byte, and counts as one. */
static bool had_end(uint8_t state)
{
    enum { CLOSE = 7, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11 }; /* as the kernel counts them */
    return state == CLOSE || state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING;
}

static int ask_kernel(int fd, const void *ask, void *answer)
{
    struct traffic *t = answer;
    struct tcp_info info;
    socklen_t len = sizeof info;
    (void)ask;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans)
        return -1; /* an older kernel */
    uint64_t in = info.tcpi_bytes_received;
    *t = (struct traffic){.known = true,
                          .in = in - (in > 0 && had_end(info.tcpi_state)),
                          .out = info.tcpi_bytes_sent - info.tcpi_bytes_retrans +
                                 info.tcpi_notsent_bytes};
    return -1;
}
#else
static int ask_kernel(int fd, const void *ask, void *answer)
{
    struct traffic *t = answer;
    (void)fd;
    (void)ask;
    t->known = false;
    return -1;
}
#endif

/* --- life ----------------------------------------------------------------------------------- */

/* Whoever wants to know is told, NULL: nothing. */
static void finish(struct account *a, const struct traffic *t)
{
    static const struct traffic unknown = {.known = false};
    ring_leave(&a->link);
    loop_timer_stop(a->loop, &a->timer);
    helpers_forget(a->helpers, &a->question);
    helpers_let_go(a->helpers, a->question.fd, &a->question.whose);
    a->done(a->arg, t ? t : &unknown);
    free(a);
}

static void answered(struct question *q, const void *answer, int fd)
{
    (void)fd; /* none */
    finish(loop_owner(q, struct account, question), answer);
}

static void too_late(struct timer *t)
{
    finish(loop_owner(t, struct account, timer), NULL);
}

/* `copy` is its own. */
static struct account *make(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                            int copy)
{
    struct account *a = malloc(sizeof *a);
    if (!a) {
        (void)close(copy); /* not the last */
        return NULL;
    }
    *a = (struct account){
        .timer = {.fire = too_late},
        .question = {.act = ask_kernel, .done = answered, .fd = copy, .whose = *whose},
        .loop = loop,
        .helpers = helpers};
    return a;
}

struct account *account_new(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                            int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return copy < 0 ? NULL : make(loop, helpers, whose, copy);
}

void account_discard(struct account *a, bool ran)
{
    if (!a)
        return;
    if (ran)
        helpers_let_go(a->helpers, a->question.fd, &a->question.whose);
    else
        (void)close(a->question.fd); /* no handler had it */
    free(a);
}

void account_ask(struct account *a, void (*done)(void *arg, const struct traffic *t), void *arg)
{
    a->done = done;
    a->arg = arg;
    ring_enter(&asked, &a->link);
    if (loop_timer(a->loop, &a->timer, loop_now() + PATIENCE_S * NS_PER_S) < 0)
        finish(a, NULL); /* no memory to wait */
    else
        helpers_ask(a->helpers, &a->question);
}

void accounts_end(void)
{
    while (asked.after != &asked)
        finish(loop_owner(asked.after, struct account, link), NULL);
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void account_save(const struct account *a, struct state_out *o)
{
    state_put_fd(o, a ? a->question.fd : -1);
    state_put(o, a ? a->question.whose.user : 0);
}

struct account *account_restore(struct loop *loop, struct helpers *helpers, const void *service,
                                struct state_in *r)
{
    int fd = state_get_fd(r);
    const struct holder whose = {service, (uid_t)state_get_upto(r, UINT32_MAX)};
    struct account *a = fd < 0 ? NULL : make(loop, helpers, &whose, fd);
    *r->bad |= fd >= 0 && !a;
    return a;
}
