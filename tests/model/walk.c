/* model/walk.c -- a walk through the played world: histories that nobody has written down */
#include "config.h"

#include "model/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/world.h"

/* --- what is configured ---------------------------------------------------------------------- */

#define SERVICE(port, limits)                                                                      \
    "127.0.0.1:" port " on protocol = tcp4, wait = no, user = -, exec = /bin/true" limits ";\n"

/* The walk goes from any to any. The last one has an error. */
static const char *const texts[] = {
    SERVICE("7001", ", accept_max = 2")
        SERVICE("7002", ", service_max = 3/m burst 2, source_max = 1"),
    SERVICE("7001", ", accept_max = 1, ip_max = 6/m burst 2")
        SERVICE("7002", ", accept_max = 3, service_max = 60/s"),
    SERVICE("7001", ", accept_max = 40, timeout = 30s") SERVICE("7003", ", source_max = 2"),
    SERVICE("7002", ", accept_max = 20, ip_max = 2/s, timeout = 1s")
        SERVICE("7003", ", accept_max = 1, service_max = 30/m burst 1"),
    ".limits handlers_max = 3;\n" SERVICE("7001", ", accept_max = 2, source_max = 2")
        SERVICE("7002", ", service_max = 20/m burst 3") SERVICE("7003", ""),
    SERVICE("7001", ", accept_max = 2") "127.0.0.1:7002 on no such thing;\n",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

/* --- the walk -------------------------------------------------------------------------------- */

static walk_choice *choose;
size_t (*walk_left)(void);
static struct {
    uint64_t steps, left;
    uint64_t deadline; /* of the master's wait */
    bool quiet;        /* nothing new begins */
    uint64_t still, still_since;
    unsigned faults; /* how likely calls fail, of 100 */
} at;

static bool chance(uint32_t percent)
{
    return choose(100) < percent;
}

/* Any process for which `can` holds; NULL: none. */
static struct process *any(bool (*can)(const struct process *p))
{
    uint32_t first = choose(PROCESSES);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        struct process *p = &kernel.processes[(first + i) % PROCESSES];
        if (p->life != LIFE_NONE && can(p))
            return p;
    }
    return NULL;
}

static bool runs_as(const struct process *p, enum role role)
{
    return p->life == LIFE_RUNS && p->role == role;
}

static bool is_handler(const struct process *p)
{
    return runs_as(p, ROLE_HANDLER);
}

static bool is_starter(const struct process *p)
{
    return runs_as(p, ROLE_STARTER);
}

static bool is_probe(const struct process *p)
{
    return runs_as(p, ROLE_PROBE);
}

/* --- steps: each says whether it could ------------------------------------------------------- */

static bool come(void)
{
    return !at.quiet && world_client(choose(PORTS), 1 + choose(SOURCES));
}

static bool come_many(void)
{
    size_t port = choose(PORTS);
    bool any_came = false;
    for (uint32_t n = at.quiet ? 0 : 1 + choose(24); n > 0; n--)
        any_came |= world_client(port, 1 + choose(SOURCES));
    return any_came;
}

static bool reset(void)
{
    struct object *l = world_listener(choose(PORTS));
    if (!l || l->queued == 0)
        return false;
    l->queue[choose((uint32_t)l->queued)]->reset = true;
    return true;
}

static enum fate fate(void)
{
    static const enum fate fates[] = {FATE_NO_PROCESS, FATE_NO_PROGRAM, FATE_TOO_MANY,
                                      FATE_NO_USER};
    return at.quiet || !chance(at.faults) ? FATE_RUNS : fates[choose(4)];
}

static bool start(void)
{
    struct process *p = any(starter_can);
    if (p)
        starter_step(p, fate());
    return p;
}

static bool end(void)
{
    static const int statuses[] = {0, 0, 0, 1 << 8, 9, 11};
    struct process *p = any(is_handler);
    if (p)
        process_exit(p, statuses[choose(6)]);
    return p;
}

static bool deafen(void)
{
    struct process *p = at.quiet ? NULL : any(is_handler);
    if (p)
        p->deaf = !p->deaf;
    return p;
}

static bool kill_starter(void)
{
    struct process *p = at.quiet || !chance(10) ? NULL : any(is_starter);
    if (p)
        process_exit(p, 9);
    return p;
}

static bool read_it(void)
{
    struct process *p = any(reader_can);
    if (p)
        reader_step(p, !at.quiet && world.master->since && chance(at.faults / 4) ? 9 : 0);
    return p;
}

static bool help(void)
{
    struct process *p = any(helper_can);
    if (p)
        helper_step(p);
    return p;
}

static bool prove(void)
{
    struct process *p = any(is_probe);
    if (p)
        probe_step(p, !chance(at.faults));
    return p;
}

static bool reload(void)
{
    if (at.quiet || !chance(20))
        return false;
    if (world.master && world.master->since) /* the first one is to be good */
        world_text(texts[choose(TEXTS)]);
    world.reloads++;
    kernel_signal(SIGHUP, 1);
    return true;
}

static bool upgrade(void)
{
    if (at.quiet || !chance(3))
        return false;
    kernel_signal(SIGUSR2, 1);
    return true;
}

static bool pause_one(void)
{
    if (at.quiet || !chance(20))
        return false;
    world_pause(choose(PORTS), choose(2));
    return true;
}

static bool fail(void)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EPERM, EINVAL};
    bool serves = world.master && world.master->since; /* a start may fail */
    if (at.quiet || !serves || !chance(at.faults))
        return false;
    switch (choose(4)) {
    case 0:
        kernel.fail.accept = errors[choose(7)];
        break;
    case 1:
        kernel.fail.fork = EAGAIN;
        break;
    case 2:
        kernel.fail.socketpair = EMFILE;
        break;
    default:
        kernel.fail.watch = choose(2) ? ENOSPC : ENOMEM;
        break;
    }
    return true;
}

static bool time_passes(void)
{
    static const uint64_t spans[] = {NS_PER_MS, 21 * NS_PER_MS, 50 * NS_PER_MS, 400 * NS_PER_MS,
                                     NS_PER_S,  5 * NS_PER_S,   11 * NS_PER_S,  61 * NS_PER_S};
    uint64_t span = spans[choose(8)];
    if (choose(2) && at.deadline != UINT64_MAX && at.deadline > kernel.now)
        kernel.now = at.deadline;
    else if (at.deadline == UINT64_MAX || kernel.now + span < at.deadline || chance(10))
        kernel.now += span;
    else
        kernel.now = at.deadline;
    return true;
}

static const struct {
    const char *name;
    bool (*act)(void);
    unsigned weight;
} steps[] = {
    {"a client comes", come, 20},
    {"clients come", come_many, 2},
    {"a client resets", reset, 2},
    {"a start goes on", start, 50},
    {"a handler ends", end, 16},
    {"a handler is deaf", deafen, 1},
    {"a starter dies", kill_starter, 1},
    {"the reader answers", read_it, 6},
    {"a helper answers", help, 10},
    {"the new binary answers", prove, 6},
    {"reload", reload, 4},
    {"upgrade", upgrade, 4},
    {"paused, or resumed", pause_one, 3},
    {"a call will fail", fail, 3},
    {"time passes", time_passes, 12},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

/* --- what has happened ----------------------------------------------------------------------- */

enum { TOLD = 400 };
static char told[TOLD][160];
static uint64_t ntold;

static void tell(const char *what, size_t len)
{
    (void)snprintf(told[ntold++ % TOLD], sizeof told[0], "%.3f %.*s", (double)kernel.now / NS_PER_S,
                   (int)(len < 140 ? len : 140), what);
}

static void hear(const char *line, size_t len)
{
    tell(line, len > 0 ? len - 1 : 0);
}

void walk_say(void)
{
    uint64_t from = ntold > TOLD ? ntold - TOLD : 0;
    for (uint64_t i = from; i < ntold; i++)
        (void)printf("#   %s\n", told[i % TOLD]);
    (void)printf("# at step %" PRIu64 "\n", at.steps);
}

/* --- turns ----------------------------------------------------------------------------------- */

static unsigned total(void)
{
    unsigned sum = 0;
    for (size_t i = 0; i < STEPS; i++)
        sum += steps[i].weight;
    return sum;
}

static void step(void)
{
    uint32_t n = choose(total());
    size_t i = 0;
    for (; n >= steps[i].weight; i++)
        n -= steps[i].weight;
    uint64_t place = ntold;
    tell(steps[i].name, strlen(steps[i].name));
    if (!steps[i].act())
        ntold = place;
    at.steps++;
}

/* What still goes on goes on, to its end. */
static void wind_down(void)
{
    static bool (*const ends[])(void) = {help, read_it, prove, start, end};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i]())
            return;
    if (at.deadline != UINT64_MAX)
        kernel.now = at.deadline > kernel.now ? at.deadline : kernel.now;
    else
        at.still++;
}

static void begin_quiet(void)
{
    at.quiet = true;
    at.still_since = kernel.now;
    memset(&kernel.fail, 0, sizeof kernel.fail);
    for (size_t port = 0; port < PORTS; port++)
        world_pause(port, false);
}

/* Nothing goes on: the master is told to end. */
static void say_stop(void)
{
    world_check_quiet();
    world.ends = true;
    kernel_signal(SIGTERM, 1);
}

static bool is_idle(void)
{
    for (int fd = FD_FIRST; fd < kernel.top; fd++) {
        const struct object *o = kernel.fds[fd].object;
        if (o && o->watched == fd && object_ready(o))
            return false;
    }
    return !kernel.pending;
}

static void turn(uint64_t deadline)
{
    at.deadline = deadline;
    world_check();
    if (world.ends)
        return;
    if (!at.quiet && (at.steps >= at.left || (walk_left && !walk_left())))
        begin_quiet();
    if (!world.master->since && read_it()) /* the first load is a good one */
        return;
    if (!at.quiet) {
        do
            step();
        while (choose(3) == 0 || (is_idle() && kernel.now < deadline && choose(4)));
        return;
    }
    if (kernel.now - at.still_since > 3600 * NS_PER_S)
        kernel_wrong("it does not come to rest");
    if (is_idle())
        wind_down();
    if (at.still > 2)
        say_stop();
}

void walk(walk_choice *chosen, uint64_t length)
{
    choose = chosen;
    world_start();
    kernel.choose = chosen;
    kernel.turn = turn;
    kernel.heard = hear;
    kernel_say = walk_say;
    memset(&at, 0, sizeof at);
    at.left = length;
    at.faults = choose(3) * 15;
    int status = world_run(texts[choose(2)]);
    if (status != 0)
        kernel_wrong("the master's status is %d", status);
}

int walk_learn(void)
{
    return world_learn(texts, TEXTS);
}
