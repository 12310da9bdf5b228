/* serve/conn.c -- a readable listener: accept in batches and pass on */
#include "config.h"

#include "serve/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admit/hold.h"
#include "listen/listen.h"
#include "os/fd.h"
#include "serve/answer.h"
#include "serve/balancer.h"
#include "serve/handover.h"
#include "serve/lend.h"
#include "serve/mux.h"
#include "serve/peers.h"
#include "serve/start.h"
#include "serve/waiting.h"

enum {
    BATCH = 16 /* connections in one go; then the other services have their turn */
};

static struct master *master;

static bool listed(int error, const int *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == error)
            return true;
    return false;
}

/* accept(2): errors of the connection, which it has taken off the queue. EPERM and EOPNOTSUPP are
 * not among them: they may be the listener's, and who goes on at once goes on for ever. */
static bool of_the_client(int error)
{
    static const int list[] = {
        EINTR,  ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH,
#ifdef ENONET
        ENONET,
#endif
    };
    return listed(error, list, sizeof list / sizeof list[0]);
}

/* Descriptors or memory have run out, or a security module says no: not for long, one hopes. */
static bool of_the_system(int error)
{
    static const int list[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EOPNOTSUPP};
    return listed(error, list, sizeof list / sizeof list[0]);
}

static void accept_failed(struct master *m, struct service *s, int error)
{
    if (of_the_system(error))
        hold_fault(m, s, FAULT_ACCEPT_FULL, NULL, error);
    else
        hold_fault(m, s, FAULT_ACCEPT, NULL, error);
}

/* The address that the client asked: the listener's own, unless that is all of them. */
static bool local_address(const struct listener *l, int fd, struct addr *local)
{
    struct addr asked;
    if (l->mode == MODE_UNIX)
        return false;
    if (!addr_is_any(&l->at) && addr_port(&l->at)) {
        *local = l->at;
        return true;
    }
    if (!fd_local(fd, &asked))
        return false;
    *local = addr_unmap(&asked);
    return true;
}

static void pass_on(struct master *m, struct listener *l, int fd, const struct addr *peer)
{
    struct start client = {
        .service = l->service, .fd = fd, .err = -1, .has_peer = true, .peer = *peer};
    client.has_local = local_address(l, fd, &client.local);
    balancer_client(m, &client);
}

/* Has the client reset what was in the backlog? Then no handler can do anything for him. */
static bool was_reset(int fd)
{
    int error;
    socklen_t len = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error != 0;
}

/* A client, of whom accept(2) said this much. */
static void accepted(struct listener *l, int fd, const struct sockaddr_storage *ss, socklen_t len)
{
    if (was_reset(fd)) {
        (void)close(fd); /* nobody is there */
        return;
    }
    struct addr raw = addr_from((const struct sockaddr *)ss, len);
    struct addr peer = l->mode == MODE_UNIX ? unixfile_peer(fd) : addr_unmap(&raw);
    listen_accepted(l, fd);
    pass_on(master, l, fd, &peer);
}

static void refused(struct service *s, int error)
{
    if (error != EAGAIN && error != EWOULDBLOCK)
        accept_failed(master, s, error);
}

/* By a helper. */
static void handed(void *arg, struct listener *l, const struct found *f)
{
    struct service *s = l->service;
    (void)arg;
    if (f && f->fd >= 0 && s->entry->wait)
        (void)close(f->fd); /* a reload came between: he may come again */
    else if (f && f->fd >= 0)
        accepted(l, f->fd, &f->from, f->len);
    else if (f && !of_the_client(f->error))
        refused(s, f->error);
    hold_arm(master, s);
}

static void accept_ready(struct watch *w)
{
    struct listener *l = loop_owner(w, struct listener, watch);
    struct service *s = l->service;
    if (listen_lent(l)) { /* wait handlers once had it: it is not ours alone */
        if (admit_ready(master, s))
            listen_ask(master->listening, l, LOOK_CLIENT, handed, NULL);
        return;
    }
    for (int i = 0; i < BATCH && w->armed && admit_ready(master, s); i++) {
        struct sockaddr_storage ss;
        socklen_t len = sizeof ss;
        int fd = fd_accept(l->watch.fd, &ss, &len);
        if (fd >= 0) {
            accepted(l, fd, &ss, len);
        } else if (!of_the_client(errno)) {
            refused(s, errno);
            return;
        }
    }
}

static void wait_ready(struct watch *w)
{
    start_wait(master, loop_owner(w, struct listener, watch));
}

static void answer_watch(struct watch *w)
{
    struct listener *l = loop_owner(w, struct listener, watch);
    if (!listen_own(master->listening, l))
        answer_ready(master, l);
}

static void handover_watch(struct watch *w)
{
    struct listener *l = loop_owner(w, struct listener, watch);
    if (!listen_own(master->listening, l))
        handover_ready(master, l);
}

static void (*way(const struct service *s))(struct watch *)
{
    if (s->entry->socktype == SOCK_DGRAM && s->entry->program->builtin)
        return answer_watch;
    if (s->entry->wait)
        return wait_ready;
    return s->entry->socktype == SOCK_DGRAM ? handover_watch : accept_ready;
}

/* Whoever was accepted for a handler that there is none of any more. */
static bool keeps_nobody(const struct service *s)
{
    const struct builtin *b = s->entry->program->builtin;
    return way(s) == wait_ready || way(s) == answer_watch || (b && b->how == BUILTIN_MUX);
}

void conn_prepare(struct master *m, struct service *s)
{
    master = m;
    if (keeps_nobody(s))
        waiting_close(s);
    if (way(s) != handover_watch)
        peers_forget(s); /* it may have been one before the reload */
    if (way(s) != accept_ready)
        balancer_forget(s); /* likewise */
    for (size_t i = 0; i < s->nlisteners; i++) {
        service_listeners(s)[i]->watch.ready = way(s);
        lend_join(m,
                  service_listeners(s)[i]); /* the others may come from an entry with a handler */
    }
}

void conn_changed(struct master *m, struct service *s)
{
    if (!s->held)
        start_waiting(m, s);
    if (s->entry->proto == PROTO_UDP && !s->entry->wait)
        peers_arm(m, s);
}

/* Who was kept is served by conn_changed(); then the sockets have their turn. */
void conn_serve_one(struct master *m, struct service *s)
{
    static size_t turn; /* so that no socket is always the first */
    if (s->entry->proto == PROTO_UDP && !s->entry->wait)
        peers_serve_one(s);
    turn++;
    for (size_t i = 0; i < s->nlisteners && !s->held && !m->share.taken; i++) {
        struct watch *w = &service_listeners(s)[(turn + i) % s->nlisteners]->watch;
        if (w->armed && fd_readable(w->fd))
            w->ready(w);
    }
}

void conn_drop(struct master *m, struct service *s)
{
    peers_forget(s);
    balancer_forget(s);
    mux_forget(s);
    start_withdraw(m, s);
    waiting_close(s);
    start_fewer(m, s); /* whoever resumes it later finds none under way */
}

void conn_forget(struct master *m, struct service *s)
{
    peers_forget(s);
    balancer_forget(s);
    mux_forget(s);
    start_forget(m, s);
}
