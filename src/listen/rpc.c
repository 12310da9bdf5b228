/* listen/rpc.c -- tell rpcbind which ports Sun RPC services have; only in a forked child */
#include "config.h"

#include "listen/rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outlet.h"
#include "listen/listen.h"
#include "listen/rpc_told.h"
#include "os/closefds.h"

#if HAVE_TIRPC

#include <dlfcn.h>
#include <netconfig.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_clnt.h>

enum {
    PATIENCE_S = 10,
    GRACE_MS = 200 /* at the end: whoever starts us again finds rpcbind as we left it */
};

/* One registration to make or to take back. */
struct note {
    struct note *next;
    uint32_t program;
    uint16_t lo, hi;
    const char *netid; /* RFC 5665: "tcp", "udp6", ... */
    struct sockaddr_storage at;
    socklen_t len;
    bool on;
};

static struct note *notes, **last = &notes;

/* The library's functions, looked up by name: the master never loads it. */
struct library {
    struct netconfig *(*netconfig)(const char *);
    void (*free_netconfig)(struct netconfig *);
    bool_t (*set)(rpcprog_t, rpcvers_t, const struct netconfig *, const struct netbuf *);
    bool_t (*unset)(rpcprog_t, rpcvers_t, const struct netconfig *);
};

void rpc_note(const struct listener *l, bool on)
{
    static const char *const netids[2][2] = {{"tcp", "tcp6"}, {"udp", "udp6"}};
    const struct service *s = l->service;
    if (!s->entry->rpc_prog || l->watch.fd < 0)
        return;
    struct note *n = calloc(1, sizeof *n);
    if (!n) {
        log_warnx("%s: out of memory for rpcbind", s->entry->name);
        return;
    }
    *n = (struct note){.program = s->entry->rpc_prog,
                       .lo = s->entry->rpc_lo,
                       .hi = s->entry->rpc_hi,
                       .netid = netids[l->proto == PROTO_UDP][l->mode != MODE_V4],
                       .on = on};
    struct addr at;
    if (listen_bound(l, &at))
        memcpy(&n->at, &at.u, n->len = addr_len(&at));
    else
        n->on = false; /* no port to tell */
    *last = n;
    last = &n->next;
}

static bool load(struct library *lib)
{
    static const char *const names[] = {"getnetconfigent", "freenetconfigent", "rpcb_set",
                                        "rpcb_unset"};
    void *at[4], *handle = dlopen(LIBTIRPC_SONAME, RTLD_NOW);
    for (size_t i = 0; i < 4; i++) {
        at[i] = handle ? dlsym(handle, names[i]) : NULL;
        if (!at[i]) {
            log_warnx("RPC: %s", dlerror());
            return false;
        }
    }
    /* POSIX dlsym(3): a pointer to a function fits a void *. */
    *(void **)&lib->netconfig = at[0];
    *(void **)&lib->free_netconfig = at[1];
    *(void **)&lib->set = at[2];
    *(void **)&lib->unset = at[3];
    return true;
}

/* Not taken: told to the master, and to the log where that is news. */
static void failed(const struct note *n, unsigned version, int report)
{
    bool known = rpc_told_refused(n->program);
    rpc_told_report(report, n->program);
    if (known)
        return;
    if (version > 0)
        log_warnx("rpcbind did not register program %lu version %u for %s",
                  (unsigned long)n->program, version, n->netid);
    else
        log_warnx("RPC: netconfig has no %s", n->netid);
}

static void carry_out(const struct library *lib, struct note *n, int report)
{
    struct netconfig *net = lib->netconfig(n->netid);
    struct netbuf at = {.maxlen = n->len, .len = n->len, .buf = &n->at};
    for (unsigned version = n->lo; net && version <= n->hi; version++) {
        if (n->on && lib->set(n->program, version, net, &at))
            continue; /* new, or there already with this address */
        /* Ours that ends, or what a crashed predecessor left there. */
        (void)lib->unset(n->program, version, net);
        if (n->on && !lib->set(n->program, version, net, &at))
            failed(n, version, report);
    }
    if (net)
        lib->free_netconfig(net);
    else if (n->on)
        failed(n, 0, report);
}

/* Should the log be what it hangs in, the second alarm's default ends us. */
static void too_late(int signo)
{
    (void)signal(signo, SIG_DFL); /* good a moment ago */
    (void)alarm(1);
    if (!rpc_told_refused(0)) /* it is news */
        log_warnx("RPC: rpcbind does not answer");
    _exit(1);
}

/*
 * At the end of `before` the child that was made before us has ended: what it set is not to be
 * unset by us too early. We hold the other end of the next one's. */
static _Noreturn void child(int before, int mine, int report)
{
    struct library lib;
    char byte;
    int keep[5] = {before, mine, report};
    size_t kept = 3 + outlet_descriptors(keep + 3);
    (void)signal(SIGALRM, too_late); /* it is a good one */
    (void)alarm(PATIENCE_S);
    loop_child_signals();
    close_fds(3, keep, kept); /* no listener shall outlive the master in us */
    while (before >= 0 && read(before, &byte, 1) < 0 && errno == EINTR)
        ;
    if (load(&lib)) {
        for (struct note *n = notes; n; n = n->next)
            carry_out(&lib, n, report);
        rpc_told_report(report, 0);
    }
    _exit(0);
}

static void forget_notes(void)
{
    while (notes) {
        struct note *n = notes;
        notes = n->next;
        free(n);
    }
    last = &notes;
}

/* Readable, as its end, once the last child has ended; -1: there was none. */
static int last_child = -1;

static void start_child(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        log_warn("RPC: pipe");
        return;
    }
    int report = rpc_told_begin();
    pid_t pid = fork();
    if (pid == 0)
        child(last_child, ends[1], report);
    if (pid < 0)
        log_warn("RPC: fork");
    (void)close(ends[1]); /* the child's, as the next */
    if (report >= 0)
        (void)close(report);
    if (last_child >= 0)
        (void)close(last_child); /* the new one waits for it */
    last_child = ends[0];
}

void rpc_flush(bool at_end)
{
    if (at_end)
        rpc_told_stop();
    if (notes)
        start_child();
    forget_notes();
    struct pollfd end = {.fd = last_child, .events = POLLIN};
    if (at_end && last_child >= 0)
        (void)poll(&end, 1, GRACE_MS); /* if it takes longer it goes on alone */
}

#else

void rpc_note(const struct listener *l, bool on)
{
    (void)l;
    (void)on;
}

void rpc_flush(bool at_end)
{
    (void)at_end;
}

#endif
