/* serve/start.c -- the one path on which every handler starts, and on which it ends */
#include "config.h"

#include "serve/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/event.h"
#include "base/log.h"
#include "handler/drain.h"
#include "handler/errlog.h"
#include "handler/spawn.h"
#include "listen/listen.h"
#include "serve/unread.h"

/* A client on its way to a handler. In the service's list, he was admitted once and not started:
 * the system had no process to spare. */
struct arrival {
    struct arrival *next;
    int fd;
    struct addr peer, local;
    bool has_local;
};

static void keep_waiting(struct service *s, const struct arrival *c)
{
    struct arrival *copy = malloc(sizeof *copy);
    if (!copy) {
        log_warnx("%s: no memory to keep a client waiting", s->entry->name);
        (void)close(c->fd); /* he sees the end of the connection and may come again */
        return;
    }
    *copy = *c;
    struct arrival **last = &s->waiting;
    while (*last)
        last = &(*last)->next;
    *last = copy;
}

/* The one who has waited longest; the caller frees him. */
static struct arrival *first_waiting(struct service *s)
{
    struct arrival *first = s->waiting;
    if (first) {
        s->waiting = first->next;
        first->next = NULL;
    }
    return first;
}

/* No process now, but maybe soon; execve(2) says EAGAIN when its user has too many. */
static bool lacks_process(const struct spawn_error *e)
{
    return strcmp(e->step, "fork") == 0 || (strcmp(e->step, "execve") == 0 && e->error == EAGAIN);
}

/* The plan did not become a process. What came of it for the service? */
static void start_failed(struct master *m, struct service *s, const struct spawn_error *e)
{
    if (lacks_process(e)) {
        hold_fault(m, s, FAULT_FORK, e->error);
        return;
    }
    const struct program *p = s->entry->program;
    if (hold_error(s) != e->error)
        event_exec_failed(s->entry->name, p->path ? p->path : p->argv[0], e->step, e->error);
    hold_fault(m, s, FAULT_EXEC, e->error);
}

/* What few services want besides, kept with the record. False with errno. */
static bool prepare_rare(struct master *m, const struct service *s, bool lingers,
                         struct spawn_plan *plan, struct child *c)
{
    const struct settings *set = s->entry->settings;
    bool logs = set->handler.stderr_to == STDERR_LOG;
    if (!lingers && !logs)
        return true;
    struct child_rare *rare = child_rare(c);
    if (!rare || (lingers && !(rare->drain = drain_new(m->loop, plan->fd, set->handler.linger))))
        return false;
    return !logs || (rare->errlog = errlog_new(m->loop, s->entry->name, &plan->err));
}

static void discard(struct master *m, struct child *c)
{
    if (child_errlog(c))
        errlog_discard(child_errlog(c));
    drain_discard(child_drain(c));
    child_discard(m->children, c);
}

/* Run the handler for an admitted start. The pid, or -1 with `*e`; nothing is given back here. */
static pid_t launch(struct master *m, struct service *s, struct listener *l,
                    struct spawn_plan *plan, uint32_t slot, struct spawn_error *e)
{
    const struct settings *set = s->entry->settings;
    bool lingers = !l && set->handler.linger && s->entry->proto == PROTO_TCP;
    *e = (struct spawn_error){"fork", ENOMEM};
    struct child *c = child_prepare(m->children, s, l, slot, set->handler.timeout);
    if (!c)
        return -1;
    pid_t pid = -1;
    if (!prepare_rare(m, s, lingers, plan, c))
        e->error = errno;
    else
        pid = spawn_run(plan, e);
    if (pid < 0) {
        discard(m, c);
        return -1;
    }
    if (child_errlog(c))
        errlog_started(child_errlog(c), pid);
    if (plan->peer)
        c->peer = *plan->peer;
    c->asks = spawn_asks(plan);
    child_started(m->children, c, pid);
    s->started++;
    return pid;
}

static void log_accept(const struct master *m, const struct service *s, const struct addr *peer,
                       pid_t pid)
{
    char from[ADDR_TEXT];
    if (m->log_connections)
        event_accept(s->entry->name, peer ? addr_format_port(peer, from) : NULL, pid, s->running,
                     s->entry->wait ? 0 : s->entry->settings->limits.accept_max);
}

/* A builtin that answers at once needs no process. */
static bool answer_inline(struct master *m, struct service *s, const struct arrival *c,
                          uint32_t slot)
{
    const struct builtin *b = s->entry->program->builtin;
    if (!b || b->how != BUILTIN_INLINE || s->entry->settings->access.hosts_access)
        return false;
    b->stream(c->fd);
    s->started++;
    hold_success(s);
    log_accept(m, s, &c->peer, 0);
    (void)close(c->fd); /* what was not taken is lost with the connection */
    admit_release(m, s, slot);
    return true;
}

static void refuse(struct master *m, struct service *s, const struct arrival *c, enum reject why)
{
    (void)close(c->fd); /* nothing was written */
    tally_reject(m->loop, s, &c->peer, why);
}

static void start_one(struct master *m, struct service *s, const struct arrival *c)
{
    uint32_t slot;
    enum reject why;
    if (!admit_peer(m, s, &c->peer, &slot, &why)) {
        refuse(m, s, c, why);
        return;
    }
    if (answer_inline(m, s, c, slot))
        return;
    struct spawn_error e;
    struct spawn_plan plan = {.service = s,
                              .fd = c->fd,
                              .err = -1,
                              .peer = &c->peer,
                              .local = c->has_local ? &c->local : NULL};
    pid_t pid = launch(m, s, NULL, &plan, slot, &e);
    if (pid > 0) {
        if (!spawn_asks(&plan))
            hold_success(s);
        log_accept(m, s, &c->peer, pid);
        (void)close(c->fd); /* the handler has it */
        return;
    }
    start_failed(m, s, &e); /* held from here on, so that giving back starts nobody */
    admit_undo(m, s, slot);
    if (lacks_process(&e))
        keep_waiting(s, c);
    else
        (void)close(c->fd); /* nobody will serve it */
}

void start_client(struct master *m, struct service *s, int fd, const struct addr *peer,
                  const struct addr *local)
{
    struct arrival c = {.fd = fd, .peer = *peer, .has_local = local != NULL};
    if (local)
        c.local = *local;
    start_one(m, s, &c);
}

void start_waiting(struct master *m, struct service *s)
{
    while (s->waiting && admit_ready(m, s)) {
        struct arrival *c = first_waiting(s);
        start_one(m, s, c);
        free(c);
    }
}

void start_forget(struct master *m, struct service *s)
{
    struct arrival *c;
    while ((c = first_waiting(s)) != NULL) {
        (void)close(c->fd); /* its service is gone */
        free(c);
    }
    hold_forget(m, s);
    tally_forget(m->loop, s);
}

/* --- wait ----------------------------------------------------------------------------------- */

void start_wait(struct master *m, struct listener *l)
{
    struct service *s = l->service;
    uint32_t slot;
    enum reject why;
    if (!admit_ready(m, s) || !admit_peer(m, s, NULL, &slot, &why))
        return;
    struct spawn_error e = {"fcntl", 0};
    struct spawn_plan plan = {
        .service = s, .fd = l->watch.fd, .err = -1, .local = l->mode == MODE_UNIX ? NULL : &l->at};
    unread_note(l);
    pid_t pid = listen_blocking(l->watch.fd, true) < 0 ? -1 : launch(m, s, l, &plan, slot, &e);
    if (pid > 0) {
        l->waiter = pid;
        hold_arm(m, s);
        log_accept(m, s, NULL, pid);
        return;
    }
    if (!e.error)
        e.error = errno;
    (void)listen_blocking(l->watch.fd, false); /* as it was; if that failed, so did the other */
    start_failed(m, s, &e);
    admit_undo(m, s, slot);
}

/* The socket is ours again. */
static void wait_ended(struct master *m, struct listener *l, uint64_t lasted)
{
    struct service *s = l->service;
    l->waiter = 0;
    if (listen_blocking(l->watch.fd, false) < 0)
        log_warn("%s: fcntl", s->entry->name);
    if (unread_still(l, lasted))
        hold_fault(m, s, FAULT_UNREAD, EAGAIN);
    else
        hold_success(s);
    hold_arm(m, s);
}

/* --- reload --------------------------------------------------------------------------------- */

static void recount(void *arg, struct child *c)
{
    c->source = admit_recount(arg, c->service, &c->peer, c->source);
}

void start_recount(struct master *m)
{
    children_update(m->children, recount, m);
}

/* --- the end -------------------------------------------------------------------------------- */

static bool clean(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A child's answer from the name services: it did not become the handler. */
static void take_report(struct master *m, const struct child *c, const struct spawn_report *r)
{
    if (r->refused)
        tally_reject(m->loop, c->service, &c->peer, REJECT_HOSTS_ACCESS);
    else
        start_failed(m, c->service, &r->error);
}

/* All reports there are; has there been one of `ended`, who is no longer in the set? */
static bool take_reports(struct master *m, const struct child *ended)
{
    struct spawn_report r;
    bool its = false;
    while (spawn_reported(&r)) {
        struct child *other = child_find(m->children, r.pid);
        its |= r.pid == ended->pid;
        if (other)
            other->told = true;
        if (other || r.pid == ended->pid)
            take_report(m, other ? other : ended, &r);
    }
    return its || ended->told;
}

void start_ended(void *arg, const struct child *c, int status, bool timed_out)
{
    struct master *m = arg;
    struct service *s = c->service;
    uint64_t lasted = loop_now() - c->started;
    bool told = c->asks && take_reports(m, c);
    if (c->asks && !told)
        hold_success(s);
    if (m->log_connections || (!told && !clean(status)) || timed_out)
        event_exit(s->entry->name, c->pid, status, lasted, timed_out);
    s->last_status = status;
    if (child_drain(c))
        drain_begin(child_drain(c));
    if (child_errlog(c))
        errlog_left(child_errlog(c));
    if (child_listener(c))
        wait_ended(m, child_listener(c), lasted);
    admit_release(m, s, c->source);
    if (s->mark == MARK_GONE && s->running == 0) {
        start_forget(m, s);
        table_forget(m->table, s);
    }
}
