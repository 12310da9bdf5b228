/* model/checks.c -- what must be true of the master whenever it waits */
#include "config.h"

#include "model/world.h"

#include <stdio.h>
#include <string.h>

#include "admit/admit.h"
#include "admit/hold.h"
#include "handler/child.h"
#include "handler/starters.h"
#include "model/calls.h"
#include "os/fdset.h"

/* --- counts ---------------------------------------------------------------------------------- */

static bool counts_for(const struct world_count *n, const struct service *s,
                       const struct addr *peer)
{
    return s == n->service &&
           (!n->source || (addr_family(peer) == AF_INET &&
                           peer->u.in.sin_addr.s_addr == n->source->u.in.sin_addr.s_addr));
}

static void add_child(void *arg, struct child *c)
{
    struct world_count *n = arg;
    n->running += counts_for(n, c->service, &c->peer);
}

static void add_start(void *arg, struct start *st)
{
    struct world_count *n = arg;
    n->starting += counts_for(n, st->service, &st->peer);
}

struct world_count world_count(const struct service *s, const struct addr *source)
{
    struct world_count n = {.service = s, .source = source};
    children_update(world.master->children, add_child, &n);
    starters_each(world.master->starters, add_start, &n);
    return n;
}

static struct addr address_of(unsigned source)
{
    struct addr a = {.u.in = {.sin_family = AF_INET}};
    a.u.in.sin_addr.s_addr = htonl(UINT32_C(0x0a000000) | source);
    return a;
}

static bool counts_sources(const struct service *s)
{
    return s->entry->settings->limits.source.max != 0 ||
           s->entry->settings->limits.source.rate.interval != 0;
}

static void check_sources(const struct service *s)
{
    const struct settings *set = s->entry->settings;
    for (unsigned source = 1; source <= SOURCES && world.master->sources; source++) {
        const struct addr a = address_of(source);
        struct prefix p = prefix_of(&a, set->limits.source_prefix.v4, set->limits.source_prefix.v6);
        struct world_count n = world_count(s, &a);
        uint32_t counted = sources_running(world.master->sources, s->id, &p);
        uint32_t want = counts_sources(s) && !s->entry->wait ? n.running + n.starting : 0;
        if (counted != want)
            kernel_wrong("%s: %u of source %u are counted, %u are there", s->entry->name, counted,
                         source, want);
    }
}

static void check_counts(const struct service *s)
{
    struct world_count n = world_count(s, NULL);
    if (s->starting != n.starting)
        kernel_wrong("%s: %u starts are counted, %u are under way", s->entry->name, s->starting,
                     n.starting);
    if (s->running != n.running + n.starting)
        kernel_wrong("%s: running=%u, but there are %u handlers and %u starts", s->entry->name,
                     s->running, n.running, n.starting);
    check_sources(s);
}

/* --- who runs is known ----------------------------------------------------------------------- */

static void check_child(void *arg, struct child *c)
{
    const struct process *p = process_find(c->pid);
    (void)arg;
    if (!p || p->failed)
        kernel_wrong("handler %d of %s is on record, and %s", (int)c->pid, c->service->entry->name,
                     p ? "is none" : "was waited for");
}

static void check_processes(void)
{
    children_update(world.master->children, check_child, NULL);
    for (size_t i = 0; i < PROCESSES; i++) {
        const struct process *p = &kernel.processes[i];
        if (p->life == LIFE_RUNS && p->role == ROLE_HANDLER && !p->failed &&
            !child_find(world.master->children, p->pid) && !player_tells(p->pid))
            kernel_wrong("handler %d runs, and nobody knows", (int)p->pid);
    }
}

/* --- holds and listeners --------------------------------------------------------------------- */

static bool in_line(const struct service *s)
{
    const struct ring *line = hold_line(s);
    return line && line->after;
}

/* Each hold has a reason that ends. Those of time are ended by time: how long they last is looked
 * at by whoever plays. */
static void check_holds(const struct service *s)
{
    uint32_t most = s->entry->settings->limits.accept_max;
    const char *name = s->entry->name;
    if (s->held & HOLD_FULL && (!most || s->running < most))
        kernel_wrong("%s: full with %u of %u", name, s->running, most);
    if (s->held & HOLD_STARTS && !s->starting)
        kernel_wrong("%s: waits for starts, and none is under way", name);
    if (s->held & HOLD_SHARE && !in_line(s))
        kernel_wrong("%s: waits for its turn, and stands in no line", name);
    if (!s->held && s->waiting && !world.master->rests)
        kernel_wrong("%s: nothing holds it, and clients wait", name);
}

static void check_paused(size_t port)
{
    const struct service *s = world_service(port);
    if (s && !(s->held & HOLD_ADMIN) != (world.paused[port] != s->id))
        kernel_wrong("%s: paused is %u, asked was %u", s->entry->name, s->held & HOLD_ADMIN,
                     world.paused[port]);
}

static void check_listeners(const struct service *s)
{
    for (size_t i = 0; i < s->nlisteners; i++) {
        const struct listener *l = service_listeners(s)[i];
        if (l->watch.armed != listener_wanted(l))
            kernel_wrong("%s: its listener is %s the set, held=%u waiter=%d", s->entry->name,
                         l->watch.armed ? "in" : "out of", s->held, (int)l->waiter);
        if (l->watch.fd >= 0 && strcmp(fdset_kind, "epoll") == 0 &&
            (fd_object(l->watch.fd)->watched == l->watch.fd) != l->watch.armed)
            kernel_wrong("%s: the set is not what the listener says", s->entry->name);
    }
}

/* --- all of it ------------------------------------------------------------------------------- */

void world_check(void)
{
    const struct table *t = world.master ? world.master->table : NULL;
    uint32_t all = 0;
    for (size_t i = 0; t && i < t->count; i++) {
        check_counts(t->services[i]);
        check_holds(t->services[i]);
        check_listeners(t->services[i]);
        all += t->services[i]->running;
    }
    for (size_t port = 0; t && port < PORTS; port++)
        check_paused(port);
    if (t && world.master->share.running != all)
        kernel_wrong("%u handlers of all are counted, %u are there", world.master->share.running,
                     all);
    if (t)
        check_processes();
    checks_lost();
}

/* Of what is played the master has what it had at its start: each listener, and so on. */
void world_check_quiet(void)
{
    const struct table *t = world.master->table;
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        if (s->running || s->starting || s->waiting || s->held)
            kernel_wrong("%s: running=%u starting=%u held=%u waiting=%d when all is over",
                         s->entry->name, s->running, s->starting, s->held, s->waiting ? 1 : 0);
        if (s->mark == MARK_GONE)
            kernel_wrong("%s: has gone, and is still there when all is over", s->entry->name);
    }
    for (int fd = FD_FIRST; fd < kernel.top; fd++) {
        const struct object *o = kernel.fds[fd].object;
        if (o && o->kind == OBJ_CLIENT)
            kernel_wrong("descriptor %d of client %u is left when all is over", fd, o->id);
        if (o && o->kind == OBJ_LISTENER && o->queued)
            kernel_wrong("port %u: %zu clients are left when all is over", ntohs(o->at.sin_port),
                         o->queued);
    }
    for (size_t i = 0; i < PROCESSES; i++)
        if (kernel.processes[i].life == LIFE_ZOMBIE)
            kernel_wrong("nobody waits for process %d", (int)kernel.processes[i].pid);
}
