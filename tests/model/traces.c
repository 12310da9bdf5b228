/* model/traces.c -- the model's traces: the master does step by step what doorward.pml has done
 *
 * Reads what a simulation of the model has printed (spin -T) from standard input. Each line is a
 * step and the state behind it: of each of two services the holds, the handlers, the starts under
 * way, who is in the backlog and who waits at the master. */
#include "config.h"

#include "admit/hold.h"
#include "handler/starters.h"
#include "model/calls.h"
#include "model/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVICES = 2, CLIENTS = 3, SHOWN = 5 };

#define SERVICE(port, limits)                                                                      \
    "127.0.0.1:" port " on protocol = tcp4, wait = no, user = -, exec = /bin/true" limits ";\n"

static const char *const texts[] = {
    SERVICE("7001", ", accept_max = 2, source_max = 1")
        SERVICE("7002", ", service_max = 1/m burst 1"),
    SERVICE("7001", ", accept_max = 1")
        SERVICE("7002", ", service_max = 1/m burst 1, accept_max = 1"),
};

static struct {
    char line[200], name[16];
    unsigned a, b, c;
    unsigned state[SERVICES][SHOWN];
    uint64_t count;
    bool pending; /* the master is at it */
} step;

/* --- timers are over when the model says so -------------------------------------------------- */

enum { RATE_TIMER, FAULT_TIMER, TIMERS };
static struct timer *timers[SERVICES][TIMERS];
static struct timer **arming;

static struct timer **timer_of(const struct service *s, size_t kind)
{
    return &timers[addr_port(&service_listeners(s)[0]->at) - PORT_FIRST][kind];
}

PLAYED(void, hold_until, struct master *m, struct service *s, uint64_t at)
{
    arming = timer_of(s, RATE_TIMER);
    __real_hold_until(m, s, at);
}

PLAYED(void, hold_fault, struct master *m, struct service *s, enum fault why, const char *what,
       int error)
{
    arming = timer_of(s, FAULT_TIMER);
    __real_hold_fault(m, s, why, what, error);
}

PLAYED(int, loop_timer, struct loop *l, struct timer *t, uint64_t due)
{
    if (arming)
        *arming = t;
    arming = NULL;
    return __real_loop_timer(l, t, due > kernel.now ? UINT64_C(1) << 62 : due);
}

/* --- who is who ------------------------------------------------------------------------------- */

static unsigned ids[CLIENTS]; /* of the model's clients, the last time each came */

static unsigned model_client(unsigned id)
{
    unsigned x = 0;
    while (x < CLIENTS && ids[x] != id)
        x++;
    return x;
}

/* Those that were no handler come first, as in the model. */
static int rank(const struct process *p)
{
    return p->status == EXIT_NOT_STARTED << 8 ? 0 : 1 + (int)model_client(p->who);
}

static struct process *starter(bool dismissed)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        struct process *p = &kernel.processes[i];
        if (p->life == LIFE_RUNS && p->role == ROLE_STARTER && !p->socket->peer == dismissed)
            return p;
    }
    return NULL;
}

static struct process *find(enum role role, unsigned who)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        struct process *p = &kernel.processes[i];
        if (p->life == LIFE_RUNS && p->role == role && (!who || p->who == who))
            return p;
    }
    return NULL;
}

/* --- states ----------------------------------------------------------------------------------- */

static void look(size_t port, unsigned is[SHOWN])
{
    const struct service *s = world_service(port);
    unsigned waiting = 0;
    for (const struct start *st = s->waiting; st; st = st->next)
        waiting++;
    is[0] = s->held;
    is[1] = s->running;
    is[2] = s->starting;
    is[3] = (unsigned)world_listener(port)->queued;
    is[4] = waiting;
}

static void compare(void)
{
    static const char *const names[SHOWN] = {"held", "running", "starting", "backlog", "waiting"};
    step.pending = false;
    for (size_t port = 0; port < SERVICES; port++) {
        unsigned is[SHOWN];
        look(port, is);
        for (size_t i = 0; i < SHOWN; i++)
            if (is[i] != step.state[port][i])
                kernel_wrong("step %" PRIu64 ", %.*s: service %zu has %s=%u, in the model %u",
                             step.count, (int)strcspn(step.line, "="), step.line, port, names[i],
                             is[i], step.state[port][i]);
    }
}

/* --- steps ------------------------------------------------------------------------------------ */

static void come(void)
{
    (void)world_client(step.a, 1 + step.b);
    compare();
}

static void come_as(void)
{
    unsigned x = step.a;
    step.a = step.b;
    step.b = step.c;
    ids[x] = 1 + world.clients;
    come();
}

static void start(void)
{
    static const enum fate fates[] = {FATE_RUNS, FATE_TOO_MANY, FATE_NO_PROGRAM};
    bool bears = strcmp(step.name, "bear") == 0, becomes = strcmp(step.name, "exec") == 0;
    starter_step(starter(false), bears     ? (step.a ? FATE_RUNS : FATE_NO_PROCESS)
                                 : becomes ? fates[step.a]
                                           : FATE_RUNS);
    compare();
}

static void end(void)
{
    struct process *p = find(ROLE_HANDLER, ids[step.a]);
    if (!p)
        kernel_wrong("step %" PRIu64 ": client %u has no handler", step.count, step.a);
    process_exit(p, 0);
    compare();
}

static void pause_or_resume(void)
{
    world_pause(step.a, strcmp(step.name, "pause") == 0);
    compare();
}

static void accept_them(void)
{
    kernel.only = world_listener(step.a);
}

static void read_answers(void)
{
    kernel.only = starter(false)->socket->peer;
}

static void reap(void)
{
    kernel.mute = false;
}

static void time_is_over(void)
{
    bool rate = strcmp(step.name, "rate") == 0;
    if (rate)
        kernel.now += NS_PER_MIN;
    (void)__real_loop_timer(world.master->loop, timers[step.a][rate ? RATE_TIMER : FAULT_TIMER],
                            kernel.now); /* it is armed: it is only moved */
    kernel.wakes = true;
}

static uint64_t loads;

static void reload(void)
{
    loads = world.master->reloads + 1;
    world_text(texts[step.a]);
    kernel.mute = false;
    kernel_signal(SIGHUP, 1);
}

/* The reader answers, and the starters of before end. True: it is over. */
static bool has_reloaded(void)
{
    struct process *p = find(ROLE_READER, 0);
    if (p)
        reader_step(p, 0);
    else if ((p = starter(true)))
        starter_step(p, FATE_RUNS);
    else if (!kernel.pending && world.master->since && world.master->reloads == loads)
        return true;
    return false;
}

static const struct {
    const char *name;
    void (*act)(void);
    bool masters; /* it is done when the master waits again */
} acts[] = {
    {"come", come_as, false},
    {"take", start, false},
    {"bear", start, false},
    {"exec", start, false},
    {"answer", start, false},
    {"end", end, false},
    {"pause", pause_or_resume, false},
    {"resume", pause_or_resume, false},
    {"accept", accept_them, true},
    {"read", read_answers, true},
    {"reap", reap, true},
    {"fault", time_is_over, true},
    {"rate", time_is_over, true},
    {"reload", reload, true},
};

static bool next_step(void)
{
    unsigned *s = &step.state[0][0];
    do {
        if (!fgets(step.line, sizeof step.line, stdin))
            return false;
    } while (sscanf(step.line, "%15s %u %u %u = %u %u %u %u %u %u %u %u %u %u", step.name, &step.a,
                    &step.b, &step.c, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6], &s[7], &s[8],
                    &s[9]) != 14);
    step.count++;
    kernel.now++;
    return true;
}

static void say_over(void)
{
    printf("ok 1 - the master does what the model does\n1..1\n# %" PRIu64 " steps\n", step.count);
    (void)fflush(stdout);
    _exit(0);
}

static void act(void)
{
    static const struct object nothing;
    kernel.only = &nothing;
    kernel_tell("%.*s", (int)strcspn(step.line, "="), step.line);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(step.name, acts[i].name) == 0) {
            step.pending = acts[i].masters;
            acts[i].act();
            return;
        }
    kernel_wrong("the model has a step that is not known: %s", step.name);
}

static void turn(uint64_t deadline)
{
    bool reloads = step.pending && strcmp(step.name, "reload") == 0;
    (void)deadline;
    world_check();
    if ((reloads || !step.count) && !has_reloaded())
        return;
    kernel.mute = true;
    if (step.pending)
        compare();
    while (!step.pending)
        if (next_step())
            act();
        else
            say_over();
}

/* --- what has happened of late ---------------------------------------------------------------- */

enum { TOLD = 60 };
static char told[TOLD][160];
static uint64_t ntold;

static void hear(const char *line, size_t len)
{
    (void)snprintf(told[ntold++ % TOLD], sizeof told[0], "%.*s", (int)(len ? len - 1 : 0), line);
}

static void say(void)
{
    for (uint64_t i = ntold > TOLD ? ntold - TOLD : 0; i < ntold; i++)
        printf("#   %s\n", told[i % TOLD]);
}

int main(void)
{
    if (!world_learn(texts, SERVICES))
        return 1;
    world_start();
    kernel.turn = turn;
    kernel.heard = hear;
    kernel.rank = rank;
    kernel.processors = 1;
    kernel.tick = 1; /* nothing happens in the very moment of a reload */
    kernel_say = say;
    return world_run(texts[0]);
}
