/* listen/listen.c -- open, adopt and close the sockets of a service; retry until it works */
#include "config.h"

#include "listen/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "listen/adopt.h"
#include "listen/health.h"
#include "listen/options.h"
#include "listen/private.h"
#include "listen/store.h"
#include "os/fd.h"

enum {
    FIRST_PAUSE_S = 1,
    LAST_PAUSE_S = 60,
    /* Who lost his socket while he served is back as soon as what took it has gone. */
    ANEW_PAUSE_S = 1,
    GONE_MS = 20, /* it takes a helper less to close the old one */
    LOOK_S = 1,
    LOOK_MOST = 256, /* listeners in one go, of which each costs some system calls */
    LOOK_ON_MS = 100
};

static int listener_domain(const struct listener *l)
{
    return l->mode == MODE_UNIX ? AF_UNIX : addr_family(&l->at);
}

struct extras *extras_of(struct listener *l)
{
    if (!l->extras)
        l->extras = calloc(1, sizeof *l->extras);
    return l->extras;
}

static void drop_extras(struct loop *loop, struct listener *l)
{
    if (!l->extras)
        return;
    loop_timer_stop(loop, &l->extras->retry);
    free(l->extras);
    l->extras = NULL;
}

int listen_error(const struct listener *l)
{
    return l->watch.fd < 0 && l->extras ? l->extras->error : 0;
}

/* --- opening -------------------------------------------------------------------------------- */

static bool listens(const struct listener *l)
{
    return l->socktype != SOCK_DGRAM;
}

/* 0, or errno. */
static int bind_to(int fd, const struct addr *at)
{
    struct addr now;
    if (!addr_settle(at, &now))
        return ENODEV; /* its interface may come */
    return bind(fd, &now.u.sa, addr_len(&now)) < 0 ? errno : 0;
}

/* Bind and listen. 0, or errno. */
static int bring_up(struct listener *l, int fd)
{
    const char *option = options_before_bind(l, fd);
    if (!option && options_hands_over(l) && listen_share(l, fd, true) < 0)
        option = "SO_REUSEPORT";
    if (!option)
        option = options_apply(l, fd);
    if (option) {
        int error = errno;
        if (!l->extras || l->extras->error != error)
            log_warn("%s: %s", l->service->entry->name, option);
        return error;
    }
    int error = l->mode == MODE_UNIX ? unix_bind(l, fd) : bind_to(fd, &l->at);
    if (error)
        return error;
    if (options_hands_over(l) && listen_share(l, fd, false) < 0)
        return errno;
    return listens(l) && listen(fd, options_backlog(l)) < 0 ? errno : 0;
}

static int open_socket(struct listener *l)
{
    int flags = SOCK_CLOEXEC | (l->service->entry->wait ? 0 : SOCK_NONBLOCK);
    int fd = socket(listener_domain(l), l->socktype | flags, 0);
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

/* An address of a host's that is not up yet is another matter. */
static bool no_such_family(const struct listener *l, int error)
{
    return l->soft && l->mode == MODE_V6ONLY &&
           (error == EAFNOSUPPORT || (error == EADDRNOTAVAIL && addr_is_any(&l->at)));
}

/* One that was adopted by name has an address of its own, one of RPC a port. */
bool listen_bound(const struct listener *l, struct addr *at)
{
    const struct lent *lent = listen_lent(l);
    if (l->watch.fd < 0 || l->mode == MODE_UNIX)
        return false;
    if (!lent)
        return fd_local(l->watch.fd, at);
    *at = lent->at;
    return true;
}

const char *listen_address(const struct listener *l, char text[static ADDR_TEXT])
{
    struct addr at;
    bool own = l->adopted || l->service->entry->rpc_prog;
    if (own && listen_bound(l, &at))
        return addr_format_port(&at, text);
    return listener_address(l, text);
}

static void say(const struct listener *l, int error)
{
    char text[ADDR_TEXT];
    event_listen(l->service->entry->name, listen_address(l, text), listener_proto_name(l), error);
}

static void retry(struct timer *t)
{
    struct extras *x = loop_owner(t, struct extras, retry);
    listen_start(x->ctx, x->listener);
}

static bool wait_for_retry(struct listening *ctx, struct listener *l, uint64_t pause)
{
    struct extras *x = l->extras;
    x->retry.fire = retry;
    x->ctx = ctx;
    x->listener = l;
    return loop_timer(ctx->loop, &x->retry, loop_now() + pause) == 0;
}

static void try_later(struct listening *ctx, struct listener *l, int error)
{
    struct extras *x = extras_of(l);
    if (!x) {
        log_warn("%s: no retry", l->service->entry->name);
        return;
    }
    if (x->error != error)
        say(l, error);
    x->error = error;
    if (!x->most)
        x->most = LAST_PAUSE_S * NS_PER_S;
    x->pause = x->pause ? x->pause * 2 : FIRST_PAUSE_S * NS_PER_S;
    if (x->pause > x->most)
        x->pause = x->most;
    if (!wait_for_retry(ctx, l, x->pause))
        log_warn("%s: no retry", l->service->entry->name);
}

void listen_start(struct listening *ctx, struct listener *l)
{
    if (cage_is_closed(&l->service->entry->settings->cage))
        return;
    enum adopted adopted = listen_adopt(l);
    if (adopted == ADOPT_SERVED)
        return;
    int error = adopted == ADOPT_TAKEN ? 0 : open_socket(l);
    if (no_such_family(l, error)) {
        drop_extras(ctx->loop, l);
        return;
    }
    if (error) {
        try_later(ctx, l, error);
        return;
    }
    drop_extras(ctx->loop, l);
    if (adopted == ADOPT_TAKEN)
        listen_update(l);
    say(l, 0);
    ctx->opened(ctx->arg, l);
}

void listen_retry_now(struct listening *ctx, struct listener *l)
{
    if (l->watch.fd < 0 && l->extras)
        listen_start(ctx, l);
}

static const char *update_socket(const struct listener *l)
{
    const char *failed = options_apply(l, l->watch.fd);
    if (!failed && !l->adopted) /* systemd's socket has what its unit says */
        failed = options_reset(l, l->watch.fd);
    if (!failed && !l->waiter && fd_blocking(l->watch.fd, l->service->entry->wait) < 0)
        failed = "fcntl";
    if (!failed && listens(l) && listen(l->watch.fd, options_backlog(l)) < 0)
        failed = "listen";
    return failed;
}

void listen_update(struct listener *l)
{
    if (l->watch.fd < 0)
        return;
    const char *failed = listen_lent(l) ? NULL : update_socket(l);
    if (!failed && l->mode == MODE_UNIX && !l->adopted) {
        errno = unix_own(l);
        failed = errno && errno != ESTALE ? "owner and mode" : NULL; /* listen_check() mends that */
    }
    if (failed)
        log_warn("%s: %s", l->service->entry->name, failed);
}

/* Whoever closes last what handlers share waits for as long as they said by SO_LINGER. */
static void close_lent(struct listening *ctx, const struct listener *l)
{
    const struct holder whose = {l->service, l->service->entry->settings->who->uid};
    helpers_let_go(ctx->helpers, l->watch.fd, &whose);
}

static void close_own(struct listening *ctx, const struct listener *l)
{
    if (!ctx->ends || !listen_lent(l))
        (void)close(l->watch.fd); /* a listener has nothing to lose */
}

static void close_by(struct listening *ctx, struct listener *l,
                     void (*closes)(struct listening *ctx, const struct listener *l))
{
    struct loop *loop = ctx->loop;
    if (listen_lent(l))
        helpers_forget(ctx->helpers, &listen_lent(l)->look.question);
    if (l->waiter == LISTENER_LOOKS)
        l->waiter = 0;
    if (l->watch.fd < 0) {
        drop_extras(loop, l);
        return;
    }
    loop_unwatch(loop, &l->watch);
    store_forget(l);
    if (l->adopted) {
        listen_give_back(l);
    } else {
        if (l->mode == MODE_UNIX)
            unix_remove(l);
        closes(ctx, l);
    }
    drop_extras(loop, l);
    l->watch.fd = -1;
}

void listen_close(struct listening *ctx, struct listener *l)
{
    close_by(ctx, l, close_own);
}

/* --- looking after -------------------------------------------------------------------------- */

struct lent *listen_lent(const struct listener *l)
{
    return l->watch.fd >= 0 && l->extras ? &l->extras->lent : NULL;
}

void listen_anew(struct listening *ctx, struct listener *l, const char *why)
{
    char text[ADDR_TEXT];
    event_again(l->service->entry->name, listen_address(l, text), listener_proto_name(l), why);
    bool lent = listen_lent(l) && !l->adopted;
    close_by(ctx, l, lent ? close_lent : close_own);
    struct extras *x = extras_of(l);
    if (x)
        x->most = ANEW_PAUSE_S * NS_PER_S;
    if (!lent || !x || !wait_for_retry(ctx, l, GONE_MS * NS_PER_MS))
        listen_start(ctx, l);
}

bool listen_own(struct listening *ctx, struct listener *l)
{
    const struct entry *e = l->service->entry;
    bool lends = e->wait && !e->program->builtin;
    if (listens(l) || lends || !listen_lent(l) || l->adopted || l->waiter)
        return false;
    listen_anew(ctx, l, "shared");
    return true;
}

void listen_ask(struct listening *ctx, struct listener *l, unsigned what,
                void (*then)(void *arg, struct listener *l, const struct found *f), void *arg)
{
    struct look *k = &listen_lent(l)->look;
    k->then = then;
    k->arg = arg;
    l->waiter = LISTENER_LOOKS;
    loop_unwatch(ctx->loop, &l->watch);
    look_ask(ctx->helpers, k, l, what);
}

static void looked(void *arg, struct listener *l, const struct found *f)
{
    struct listening *ctx = arg;
    if (f && f->why)
        listen_anew(ctx, l, f->why);
    ctx->looked(ctx->arg, l);
}

void listen_check(struct listening *ctx, struct listener *l)
{
    if (l->watch.fd < 0 || l->waiter || listen_own(ctx, l))
        return;
    if (listen_lent(l)) {
        listen_ask(ctx, l, LOOK_HEALTH, looked, ctx);
        return;
    }
    const char *why = health_look(l, false);
    if (why)
        listen_anew(ctx, l, why);
}

static bool can_change(const struct listener *l)
{
    return listen_lent(l) || health_can_fade(l);
}

/* How many of the service's listeners were looked at. */
static size_t check_service(struct listening *ctx, struct service *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->nlisteners; i++)
        if (can_change(service_listeners(s)[i])) {
            listen_check(ctx, service_listeners(s)[i]);
            n++;
        }
    return n;
}

static void look_after(struct timer *t)
{
    struct listening *ctx = loop_owner(t, struct listening, look);
    const struct table *table = ctx->table;
    size_t n = 0;
    for (; ctx->next < table->count && n < LOOK_MOST; ctx->next++)
        n += check_service(ctx, table->services[ctx->next]);
    uint64_t pause = LOOK_ON_MS * NS_PER_MS;
    if (ctx->next >= table->count) {
        ctx->next = 0;
        pause = LOOK_S * NS_PER_S;
    }
    (void)loop_timer(ctx->loop, t, loop_now() + pause); /* from its own fire: does not fail */
}

static void arm_look(struct listening *ctx)
{
    ctx->look.fire = look_after;
    if (!ctx->look.slot && loop_timer(ctx->loop, &ctx->look, loop_now() + LOOK_S * NS_PER_S) < 0)
        log_warn("no look after sockets"); /* the next that is lent, or a reload, arms it */
}

void listen_look_after(struct listening *ctx, const struct table *t)
{
    bool some = false;
    ctx->table = t;
    ctx->next = 0;
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            some |= can_change(service_listeners(t->services[i])[j]);
    if (some)
        arm_look(ctx);
    else
        loop_timer_stop(ctx->loop, &ctx->look);
}

struct lent *listen_lend(struct listening *ctx, struct listener *l)
{
    struct addr at = {.u.sa.sa_family = AF_UNSPEC};
    if (listen_lent(l))
        return listen_lent(l);
    (void)listen_bound(l, &at); /* while nobody else has it */
    if (!extras_of(l))
        return NULL;
    if (ctx->table)
        arm_look(ctx);
    listen_lent(l)->at = at;
    return listen_lent(l);
}

/* --- for the hand-over of udp nowait -------------------------------------------------------- */

int listen_share(const struct listener *l, int fd, bool on)
{
    int value = on, option = SO_REUSEPORT;
    struct stat st;
    /* With a socket that another user made, systemd's, only SO_REUSEADDR can share. */
    if (l->adopted && fstat(l->watch.fd, &st) == 0 && st.st_uid != geteuid())
        option = SO_REUSEADDR;
    if (!on && l->service->entry->settings->sock.reuseport && option == SO_REUSEPORT)
        return 0;
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

/* As the listener's own socket, which may be systemd's and have more families than the entry. */
static int same_families(const struct listener *l, int fd, int family)
{
    int only = 0;
    socklen_t len = sizeof only;
    if (family != AF_INET6)
        return 0;
    if (getsockopt(l->watch.fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) < 0)
        return -1;
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
}

int listen_twin(const struct listener *l, const struct addr *local)
{
    int mine = l->watch.fd, family = addr_family(local);
    int fd = socket(family, l->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool good = !options_before_bind(l, fd) && same_families(l, fd, family) == 0 &&
                !options_apply(l, fd) && listen_share(l, mine, true) == 0 &&
                listen_share(l, fd, true) == 0;
    int error = good ? bind_to(fd, local) : errno;
    (void)listen_share(l, mine, false); /* it was off before */
    if (!error)
        return fd;
    (void)close(fd); /* never used */
    errno = error;
    return -1;
}
