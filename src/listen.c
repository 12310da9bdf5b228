/* listen.c -- open, adopt and close the sockets of a service; retry until it works */
#include "config.h"

#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event.h"
#include "listen_options.h"
#include "log.h"
#include "sd.h"

/* What a listener has while its socket cannot be opened. */
struct trouble {
    struct timer retry;
    const struct listening *ctx;
    struct listener *listener;
    uint64_t pause; /* ns, of the wait under way */
    int error;      /* the last one logged */
};

enum { FIRST_PAUSE_S = 1, LAST_PAUSE_S = 60 };

int listen_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return wanted == flags ? 0 : fcntl(fd, F_SETFL, wanted);
}

static int listener_domain(const struct listener *l)
{
    return l->mode == MODE_UNIX ? AF_UNIX : addr_family(&l->at);
}

/* --- systemd's sockets ---------------------------------------------------------------------- */

/* Which listener has the i-th inherited socket: as many as sd_sockets(), made at the first look. */
static struct listener **adopters;

static bool same_unix_path(const struct listener *l, int fd)
{
    struct {
        struct sockaddr_storage ss;
        char nul;
    } name = {0}; /* a path as long as sun_path has no NUL of its own */
    socklen_t len = sizeof name.ss;
    if (getsockname(fd, (struct sockaddr *)&name.ss, &len) < 0 || name.ss.ss_family != AF_UNIX)
        return false;
    return strcmp((const char *)&name.ss + offsetof(struct sockaddr, sa_data), l->service->path) ==
           0;
}

static bool same_address(const struct listener *l, int fd)
{
    struct addr at;
    if (l->mode == MODE_UNIX)
        return same_unix_path(l, fd);
    if (!listen_local(fd, &at))
        return false;
    if (addr_compare(&at, &l->at) == 0)
        return true;
    /* [::]:port without IPV6_V6ONLY is what ListenStream=port gives: it serves IPv4 as well. */
    int only = 1;
    socklen_t len = sizeof only;
    return addr_is_any(&l->at) && addr_is_any(&at) && addr_port(&at) == addr_port(&l->at) &&
           getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && !only;
}

static bool same_kind(const struct listener *l, int fd)
{
    int type = 0, domain = 0;
    socklen_t len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != l->service->socktype)
        return false;
    len = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
        return false;
    return (domain == AF_UNIX) == (l->mode == MODE_UNIX);
}

/* 1: adopted. 0: there is none. -1: the service has this socket already through its other family.
 */
static int adopt(struct listener *l)
{
    if (sd_sockets() > 0 && !adopters)
        adopters = calloc(sd_sockets(), sizeof(struct listener *));
    for (size_t i = 0; adopters && i < sd_sockets(); i++) {
        int fd = sd_socket_fd(i);
        bool named = strcmp(sd_socket_name(i), l->service->name) == 0;
        if (!same_kind(l, fd) || !(named || same_address(l, fd)))
            continue;
        if (adopters[i] && adopters[i]->service == l->service)
            return -1;
        if (adopters[i])
            continue;
        adopters[i] = l;
        l->watch.fd = fd;
        l->adopted = true;
        return 1;
    }
    return 0;
}

static void give_back(struct listener *l)
{
    for (size_t i = 0; adopters && i < sd_sockets(); i++)
        if (adopters[i] == l)
            adopters[i] = NULL;
    l->adopted = false;
}

/* --- opening -------------------------------------------------------------------------------- */

static bool listens(const struct listener *l)
{
    return l->service->socktype != SOCK_DGRAM;
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
        log_warn("%s: %s", l->service->name, option);
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
    int fd = socket(listener_domain(l), l->service->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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

static void say(const struct listener *l, int error)
{
    char at[ADDR_TEXT];
    event_listen(l->service->name, listener_address(l, at), service_proto_name(l->service), error);
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
            log_warn("%s: no retry", l->service->name);
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
        log_warn("%s: no retry", l->service->name);
}

void listen_start(const struct listening *ctx, struct listener *l)
{
    int adopted = adopt(l);
    if (adopted < 0)
        return;
    int error = adopted ? 0 : open_socket(l);
    if (no_such_family(l, error)) {
        forget_trouble(ctx->loop, l);
        return;
    }
    if (error) {
        try_later(ctx, l, error);
        return;
    }
    forget_trouble(ctx->loop, l);
    if (adopted && listen_blocking(l->watch.fd, false) < 0)
        log_warn("%s: fcntl", l->service->name);
    if (adopted)
        listen_update(l);
    say(l, 0);
    ctx->opened(ctx->arg, l);
}

void listen_update(struct listener *l)
{
    if (l->watch.fd < 0)
        return;
    /* systemd's socket has what its unit says. */
    const char *failed = l->adopted ? NULL : options_reset(l, l->watch.fd);
    if (!failed)
        failed = options_apply(l, l->watch.fd);
    if (!failed && listens(l) && listen(l->watch.fd, options_backlog(l)) < 0)
        failed = "listen";
    if (!failed && l->mode == MODE_UNIX && !l->adopted) {
        errno = unix_own(l);
        failed = errno ? "owner and mode" : NULL;
    }
    if (failed)
        log_warn("%s: %s", l->service->name, failed);
}

void listen_close(struct loop *loop, struct listener *l)
{
    forget_trouble(loop, l);
    if (l->watch.fd < 0)
        return;
    loop_unwatch(loop, &l->watch);
    if (l->adopted) {
        give_back(l);
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

bool listen_local(int fd, struct addr *at)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return false;
    *at = addr_from((const struct sockaddr *)&ss, len);
    return true;
}

int listen_twin(const struct listener *l, const struct addr *local)
{
    int mine = l->watch.fd;
    int fd = socket(addr_family(local), l->service->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
