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

struct sum {
    const struct service *service;
    const struct addr *source; /* NULL: whoever it is */
    uint32_t running, starting;
};

static bool counts_for(const struct sum *n, const struct service *s, const struct addr *peer)
{
    return s == n->service &&
           (!n->source || (addr_family(peer) == AF_INET &&
                           peer->u.in.sin_addr.s_addr == n->source->u.in.sin_addr.s_addr));
}

static void add_child(void *arg, struct child *c)
{
    struct sum *n = arg;
    n->running += counts_for(n, c->service, &c->peer);
}

static void add_start(void *arg, struct start *st)
{
    struct sum *n = arg;
    n->starting += counts_for(n, st->service, &st->peer);
}

static struct sum sum_of(const struct service *s, const struct addr *source)
{
    struct sum n = {.service = s, .source = source};
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
        struct sum n = sum_of(s, &a);
        uint32_t counted = sources_running(world.master->sources, s->id, &p);
        uint32_t want = counts_sources(s) && !s->entry->wait ? n.running + n.starting : 0;
        if (counted != want)
            kernel_wrong("%s: %u of source %u are counted, %u are there", s->entry->name, counted,
                         source, want);
    }
}

static void check_counts(const struct service *s)
{
    struct sum n = sum_of(s, NULL);
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

/* --- limits ---------------------------------------------------------------------------------- */

enum { STARTS_KEPT = 64 };

/* The starts of a service, or of one of its sources. */
struct history {
    uint32_t id;      /* of the service: one that comes back is another one */
    struct rate rate; /* under which they were */
    size_t count;
    struct {
        uint64_t at;
        unsigned who;
    } starts[STARTS_KEPT];
};
static struct history services[PORTS], sources[PORTS][SOURCES + 1];

static unsigned who_is(const struct addr *peer)
{
    return addr_port(peer);
}

static unsigned source_of(const struct addr *peer)
{
    return ntohl(peer->u.in.sin_addr.s_addr) & 0xff;
}

static size_t port_of(const struct service *s)
{
    return s->nlisteners ? (size_t)addr_port(&service_listeners(s)[0]->at) - PORT_FIRST : PORTS;
}

/* Of `m` starts behind another one the last comes no earlier than the bucket has given them. */
static void note_start(struct history *h, const struct start *st, const struct rate *rate,
                       const char *what)
{
    unsigned who = who_is(&st->peer);
    if (h->id != st->service->id || memcmp(&h->rate, rate, sizeof *rate) != 0)
        *h = (struct history){.id = st->service->id, .rate = *rate};
    for (size_t m = rate->burst; rate->interval && m <= h->count; m++)
        if (kernel.now - h->starts[h->count - m].at < (m - rate->burst + 1) * rate->interval)
            kernel_wrong("client %u: %zu starts of its %s in %.3f s, at most %u at once and then "
                         "each %.3f s",
                         who, m + 1, what,
                         (double)(kernel.now - h->starts[h->count - m].at) / NS_PER_S, rate->burst,
                         (double)rate->interval / NS_PER_S);
    if (h->count == STARTS_KEPT)
        memmove(h->starts, h->starts + 1, --h->count * sizeof h->starts[0]);
    h->starts[h->count].at = kernel.now;
    h->starts[h->count++].who = who;
}

static void forget_start(struct history *h, unsigned who)
{
    size_t i = h->count;
    while (i > 0 && h->starts[i - 1].who != who)
        i--;
    if (i > 0)
        memmove(&h->starts[i - 1], &h->starts[i], (h->count-- - i) * sizeof h->starts[0]);
}

/* What a bucket owes over its new burst is forgotten. */
PLAYED(void, admit_refresh, struct master *m, struct service *s)
{
    size_t port = kernel.plays ? port_of(s) : PORTS;
    const struct rate *now = &s->entry->settings->limits.service_max;
    if (port < PORTS && memcmp(now, &services[port].rate, sizeof *now) != 0)
        services[port] = (struct history){.rate = *now};
    __real_admit_refresh(m, s);
}

static void check_limits(const struct service *s, const struct addr *peer)
{
    const struct settings *set = s->entry->settings;
    const char *name = s->entry->name;
    if (s->held & HOLD_ADMIN)
        kernel_wrong("%s: starts one while it is paused", name);
    if (!s->entry->wait && set->limits.accept_max && s->running > set->limits.accept_max)
        kernel_wrong("%s: %u run, of %u", name, s->running, set->limits.accept_max);
    if (world.master->table->handlers_max &&
        world.master->share.running > world.master->table->handlers_max)
        kernel_wrong("%u run, of %u", world.master->share.running,
                     world.master->table->handlers_max);
    struct sum n = sum_of(s, peer);
    if (set->limits.source.max && n.running + n.starting + 1 > set->limits.source.max)
        kernel_wrong("%s: source %u has %u, of %u", name, source_of(peer),
                     n.running + n.starting + 1, set->limits.source.max);
}

PLAYED(void, starters_begin, struct starters *set, struct start *st)
{
    const struct service *s = st->service;
    const struct settings *say = s->entry->settings;
    size_t port = port_of(s);
    if (kernel.plays && port < PORTS && st->has_peer) {
        check_limits(s, &st->peer);
        note_start(&services[port], st, &say->limits.service_max, "service");
        note_start(&sources[port][source_of(&st->peer)], st, &say->limits.source.rate, "source");
    }
    __real_starters_begin(set, st);
}

/* --- who is not served ----------------------------------------------------------------------- */

enum { IDS = 1 << 16, LOST = 256 };

static bool excused[IDS];
static struct {
    unsigned id;
    uint16_t port;
} lost[LOST];
static size_t nlost;

static void note_gone(struct object *client)
{
    world.served += client->handler != 0;
    if (client->handler || !client->accepted || client->reset || client->excused || world.ends)
        return;
    if (nlost == LOST)
        kernel_wrong("many clients are closed, and nobody says why");
    lost[nlost].id = client->id;
    lost[nlost++].port = client->port;
}

static void check_lost(void)
{
    for (size_t i = 0; i < nlost; i++)
        if (!excused[lost[i].id])
            kernel_wrong("client %u of port %u is closed unserved, and nobody says why", lost[i].id,
                         lost[i].port);
    nlost = 0;
}

void checks_new_client(unsigned id)
{
    excused[id] = false;
}

void checks_excuse(unsigned id)
{
    excused[id] = true;
}

/* Is he over the limit that is said to be? He is not counted. */
static void check_reject(const struct service *s, const struct addr *peer, enum reject why)
{
    struct sum n = sum_of(s, peer);
    const struct source_limits *limits = &s->entry->settings->limits.source;
    if (why == REJECT_SOURCE_MAX && n.running + n.starting < limits->max)
        kernel_wrong("%s: source %u is refused with %u of %u", s->entry->name, source_of(peer),
                     n.running + n.starting, limits->max);
}

PLAYED(void, tally_reject, struct loop *loop, struct service *s, const struct addr *peer,
       enum reject why)
{
    if (kernel.plays && peer && addr_family(peer) == AF_INET) {
        check_reject(s, peer, why);
        excused[who_is(peer)] = true;
        world.refused++;
    }
    __real_tally_reject(loop, s, peer, why);
}

/* His token is given back. */
static void start_is_undone(const struct start *st)
{
    size_t port = port_of(st->service);
    if (port == PORTS || !st->has_peer)
        return;
    forget_start(&services[port], who_is(&st->peer));
    forget_start(&sources[port][source_of(&st->peer)], who_is(&st->peer));
}

PLAYED(void, waiting_add, struct service *s, const struct start *st)
{
    if (kernel.plays)
        start_is_undone(st);
    __real_waiting_add(s, st);
}

/* A start that has failed; whom the program fails is closed. */
PLAYED(void, start_done, void *arg, struct start *st, pid_t pid, const struct spawn_error *e)
{
    if (kernel.plays && pid <= 0 && st->has_peer) {
        unsigned who = who_is(&st->peer);
        start_is_undone(st);
        if (st->fd < 0 || !(spawn_lacks_process(e) || !e->step))
            excused[who] = true;
        world.failures++;
    }
    __real_start_done(arg, st, pid, e);
}

/* The service goes. */
PLAYED(void, waiting_close, struct service *s)
{
    for (const struct start *st = s->waiting; kernel.plays && st; st = st->next)
        excused[who_is(&st->peer)] = true;
    __real_waiting_close(s);
}

/* --- all of it ------------------------------------------------------------------------------- */

void checks_reset(void)
{
    memset(services, 0, sizeof services);
    memset(sources, 0, sizeof sources);
    memset(excused, 0, sizeof excused);
    nlost = 0;
    kernel.gone = note_gone;
}

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
    check_lost();
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
