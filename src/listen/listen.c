/* listen/listen.c -- open, adopt and close the sockets of a service; retry until it works */
#include "config.h"

#include "listen/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "listen/adopt.h"
#include "listen/options.h"
#include "os/fd.h"

/* What a listener has while its socket cannot be opened. */
struct trouble {
    struct timer retry;
    const struct listening *ctx;
    struct listener *listener;
    uint64_t pause; /* ns, of the wait under way */
    int error;      /* the last one logged */
};

enum { FIRST_PAUSE_S = 1, LAST_PAUSE_S = 60 };

static int listener_domain(const struct listener *l)
{
    return l->mode == MODE_UNIX ? AF_UNIX : addr_family(&l->at);
}

/* --- opening -------------------------------------------------------------------------------- */

static bool listens(const struct listener *l)
{
    return l->service->entry->socktype != SOCK_DGRAM;
}

/* Bind and listen. 0, or errno. */
static int bring_up(struct listener *l, int fd)
{
    const char *option = options_before_bind(l, fd);
    if (!option && options_hands_over(l) && listen_share(fd, true) < 0)
        option = "SO_REUSEADDR";
    if (!option)
        option = options_apply(l, fd);
    if (option) {
        int error = errno;
        log_warn("%s: %s", l->service->entry->name, option);
        return error;
    }
    if (l->mode == MODE_UNIX) {
        int error = unix_bind(l, fd);
        if (error)
            return error;
    } else if (bind(fd, &l->at.u.sa, addr_len(&l->at)) < 0) {
        return errno;
    }
    if (options_hands_over(l) && listen_share(fd, false) < 0)
        return errno;
    return listens(l) && listen(fd, options_backlog(l)) < 0 ? errno : 0;
}

static int open_socket(struct listener *l)
{
    int fd =
        socket(listener_domain(l), l->service->entry->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int error = bring_up(l, fd);
    if (error) {
        if (l->mode == MODE_UNIX)
            unix_remove(l);
        (void)close(fd); /* never used */
        return error;
    }
    l->watch.fd = fd;
    return 0;
}

static bool no_such_family(const struct listener *l, int error)
{
    return l->soft && l->mode == MODE_V6ONLY && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
}

/* A socket that was adopted by name has an address of its own. */
static void say(const struct listener *l, int error)
{
    char text[ADDR_TEXT];
    struct addr at;
    const char *address = listener_address(l, text);
    if (l->adopted && l->mode != MODE_UNIX && fd_local(l->watch.fd, &at))
        address = addr_format_port(&at, text);
    event_listen(l->service->entry->name, address, service_proto_name(l->service), error);
}

static void forget_trouble(struct loop *loop, struct listener *l)
{
    if (!l->trouble)
        return;
    loop_timer_stop(loop, &l->trouble->retry);
    free(l->trouble);
    l->trouble = NULL;
}

static void retry(struct timer *t)
{
    struct trouble *trouble = loop_owner(t, struct trouble, retry);
    listen_start(trouble->ctx, trouble->listener);
}

static void try_later(const struct listening *ctx, struct listener *l, int error)
{
    struct trouble *t = l->trouble;
    if (!t) {
        t = l->trouble = calloc(1, sizeof *t);
        if (!t) {
            log_warn("%s: no retry", l->service->entry->name);
            return;
        }
        *t = (struct trouble){.retry.fire = retry, .ctx = ctx, .listener = l};
    }
    if (t->error != error)
        say(l, error);
    t->error = error;
    t->pause = t->pause ? t->pause * 2 : FIRST_PAUSE_S * NS_PER_S;
    if (t->pause > LAST_PAUSE_S * NS_PER_S)
        t->pause = LAST_PAUSE_S * NS_PER_S;
    if (loop_timer(ctx->loop, &t->retry, loop_now() + t->pause) < 0)
        log_warn("%s: no retry", l->service->entry->name);
}

void listen_start(const struct listening *ctx, struct listener *l)
{
    enum adopted adopted = listen_adopt(l);
    if (adopted == ADOPT_SERVED)
        return;
    int error = adopted == ADOPT_TAKEN ? 0 : open_socket(l);
    if (no_such_family(l, error)) {
        forget_trouble(ctx->loop, l);
        return;
    }
    if (error) {
        try_later(ctx, l, error);
        return;
    }
    forget_trouble(ctx->loop, l);
    if (adopted == ADOPT_TAKEN && fd_blocking(l->watch.fd, false) < 0)
        log_warn("%s: fcntl", l->service->entry->name);
    if (adopted == ADOPT_TAKEN)
        listen_update(l);
    say(l, 0);
    ctx->opened(ctx->arg, l);
}

void listen_update(struct listener *l)
{
    if (l->watch.fd < 0)
        return;
    const char *failed = options_apply(l, l->watch.fd);
    if (!failed && !l->adopted) /* systemd's socket has what its unit says */
        failed = options_reset(l, l->watch.fd);
    if (!failed && listens(l) && listen(l->watch.fd, options_backlog(l)) < 0)
        failed = "listen";
    if (!failed && l->mode == MODE_UNIX && !l->adopted) {
        errno = unix_own(l);
        failed = errno ? "owner and mode" : NULL;
    }
    if (failed)
        log_warn("%s: %s", l->service->entry->name, failed);
}

void listen_close(struct loop *loop, struct listener *l)
{
    forget_trouble(loop, l);
    if (l->watch.fd < 0)
        return;
    loop_unwatch(loop, &l->watch);
    if (l->adopted) {
        listen_give_back(l);
    } else {
        if (l->mode == MODE_UNIX)
            unix_remove(l);
        (void)close(l->watch.fd); /* a listener has nothing to lose */
    }
    l->watch.fd = -1;
}

int listen_share(int fd, bool on)
{
    int value = on;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

int listen_twin(const struct listener *l, const struct addr *local)
{
    int mine = l->watch.fd;
    int fd =
        socket(addr_family(local), l->service->entry->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool good = !options_before_bind(l, fd) && !options_apply(l, fd) &&
                listen_share(mine, true) == 0 && listen_share(fd, true) == 0 &&
                bind(fd, &local->u.sa, addr_len(local)) == 0;
    int error = errno;
    (void)listen_share(mine, false); /* it was off before */
    if (good)
        return fd;
    (void)close(fd); /* never used */
    errno = error;
    return -1;
}
