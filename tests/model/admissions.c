/* model/admissions.c -- what must be true when somebody is admitted, started, refused or closed */
#include "config.h"

#include "model/world.h"

#include <string.h>

#include "admit/admit.h"
#include "handler/starters.h"
#include "model/calls.h"

/* --- whose turn it is ------------------------------------------------------------------------ */

enum { IDS = 1 << 16 };

/* When they were admitted, or put where they wait: each later than the one before. */
static uint64_t admitted[IDS], kept[IDS], turns;

static unsigned who_is(const struct addr *peer)
{
    return addr_port(peer);
}

/* Who waits longer comes first; but while an upgrade is about to come, nobody is started. */
static void check_turn(const struct start *st)
{
    unsigned who = who_is(&st->peer);
    const struct start *other = world.master->rests ? NULL : st->service->waiting;
    for (; other; other = other->next)
        if (!kept[who] || kept[who] > kept[who_is(&other->peer)])
            kernel_wrong("client %u is served before %u, who waits longer", who,
                         who_is(&other->peer));
    admitted[who] = ++turns;
    kept[who] = 0;
}

static void compare_turn(void *arg, struct start *other)
{
    const struct start *st = arg;
    bool waits = other->fd >= 0 && other != st && other->service == st->service;
    if (waits && admitted[who_is(&other->peer)] < admitted[who_is(&st->peer)])
        kernel_wrong("client %u is started before %u, who came first", who_is(&st->peer),
                     who_is(&other->peer));
}

PLAYED(bool, worker_order, struct worker *w, struct start *st)
{
    if (kernel.plays && st->has_peer)
        kernel_tell("order: client %u", who_is(&st->peer));
    if (kernel.plays && st->has_peer)
        starters_each(world.master->starters, compare_turn, st);
    return __real_worker_order(w, st);
}

/* --- rates ----------------------------------------------------------------------------------- */

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
    struct world_count n = world_count(s, peer);
    if (set->limits.source.max && n.running + n.starting + 1 > set->limits.source.max)
        kernel_wrong("%s: source %u has %u, of %u", name, source_of(peer),
                     n.running + n.starting + 1, set->limits.source.max);
}

PLAYED(void, starters_begin, struct starters *set, struct start *st)
{
    const struct service *s = st->service;
    const struct settings *say = s->entry->settings;
    size_t port = port_of(s);
    if (kernel.plays && st->has_peer)
        check_turn(st);
    if (kernel.plays && port < PORTS && st->has_peer) {
        check_limits(s, &st->peer);
        note_start(&services[port], st, &say->limits.service_max, "service");
        note_start(&sources[port][source_of(&st->peer)], st, &say->limits.source.rate, "source");
    }
    __real_starters_begin(set, st);
}

/* --- who is not served ----------------------------------------------------------------------- */

enum { LOST = 256 };

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

void checks_lost(void)
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
    admitted[id] = kept[id] = 0;
}

void checks_excuse(unsigned id)
{
    excused[id] = true;
}

/* Is he over the limit that is said to be? He is not counted. */
static void check_reject(const struct service *s, const struct addr *peer, enum reject why)
{
    struct world_count n = world_count(s, peer);
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
    if (kernel.plays) {
        start_is_undone(st);
        kept[who_is(&st->peer)] = ++turns;
        kernel_tell("client %u waits", who_is(&st->peer));
    }
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

/* --- anew ------------------------------------------------------------------------------------ */

void checks_reset(void)
{
    memset(services, 0, sizeof services);
    memset(sources, 0, sizeof sources);
    memset(excused, 0, sizeof excused);
    memset(admitted, 0, sizeof admitted);
    memset(kept, 0, sizeof kept);
    nlost = 0;
    kernel.gone = note_gone;
}
