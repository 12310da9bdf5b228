/* handler/child.c -- the handlers that run */
#include "config.h"

#include "handler/child_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "handler/keeper.h"

enum {
    FIRST_BITS = 6, /* 64 buckets at first */
    FEW = 256,      /* children that waitpid(2) may walk over each time */
    BATCH = 64      /* reaped in one go; then the listeners have their turn */
};

/* From an end to the sweep, ns for each child: many times what the walk takes. */
static const uint64_t pause_each = 5000;
static const uint64_t kill_after = 5 * NS_PER_S; /* from TERM to KILL */

struct children {
    struct child **buckets; /* 1 << bits of them */
    unsigned bits;
    size_t count;
    size_t terming; /* handlers in PHASE_TERM */
    struct loop *loop;
    struct timer sweep;
    void (*ended)(void *arg, const struct child *c, const struct child_end *end);
    bool (*stranger)(void *arg, pid_t pid);
    void (*reports)(void *arg);
    void *arg;
};

static void sweep(struct timer *t);

/* --- the set --------------------------------------------------------------------------------- */

/* Multiplied, because a fork for each handler and one by the handler leave only even pids. No two
 * pids have the same. */
static uint32_t mix(pid_t pid)
{
    return (uint32_t)pid * UINT32_C(2654435769);
}

static size_t hash(pid_t pid, unsigned bits)
{
    return mix(pid) >> (32 - bits);
}

/* The link that points to the child `pid`, or the NULL at the end of its bucket. */
static struct child **find_link(const struct children *set, pid_t pid)
{
    struct child **at = &set->buckets[hash(pid, set->bits)];
    while (*at && (*at)->pid != pid)
        at = &(*at)->next;
    return at;
}

/* Double the buckets. Without memory the chains get longer, which is no reason to fail. */
static void grow(struct children *set)
{
    unsigned bits = set->bits + 1;
    struct child **wide = bits < 31 ? calloc((size_t)1 << bits, sizeof *wide) : NULL;
    if (!wide)
        return;
    for (size_t i = 0; i < (size_t)1 << set->bits; i++) {
        struct child *next;
        for (struct child *c = set->buckets[i]; c; c = next) {
            next = c->next;
            struct child **head = &wide[hash(c->pid, bits)];
            c->next = *head;
            *head = c;
        }
    }
    free(set->buckets);
    set->buckets = wide;
    set->bits = bits;
}

struct children *children_new(struct loop *loop,
                              void (*ended)(void *arg, const struct child *c,
                                            const struct child_end *end),
                              void *arg)
{
    struct children *set = malloc(sizeof *set);
    if (!set)
        return NULL;
    *set = (struct children){
        .bits = FIRST_BITS, .loop = loop, .sweep.fire = sweep, .ended = ended, .arg = arg};
    set->buckets = calloc((size_t)1 << FIRST_BITS, sizeof(struct child *));
    if (set->buckets)
        return set;
    free(set);
    return NULL;
}

/* Call fn for each child; it may free the child. */
static void for_each(struct children *set, void (*fn)(struct children *, struct child *, void *),
                     void *arg)
{
    for (size_t i = 0; i < (size_t)1 << set->bits; i++) {
        struct child *next;
        for (struct child *c = set->buckets[i]; c; c = next) {
            next = c->next;
            fn(set, c, arg);
        }
    }
}

static void discard(struct children *set, struct child *c, void *arg)
{
    (void)arg;
    child_discard(set, c);
}

void children_hooks(struct children *set, bool (*stranger)(void *arg, pid_t pid),
                    void (*reports)(void *arg))
{
    set->stranger = stranger;
    set->reports = reports;
}

void children_free(struct children *set)
{
    if (!set)
        return;
    for_each(set, discard, NULL);
    loop_timer_stop(set->loop, &set->sweep);
    free(set->buckets);
    free(set);
}

struct child *child_find(const struct children *set, pid_t pid)
{
    return *find_link(set, pid);
}

/* By mix(): the buckets have that order however many there are. */
struct child *children_after(const struct children *set, pid_t pid)
{
    struct child *next = NULL;
    for (size_t i = hash(pid, set->bits); !next && i < (size_t)1 << set->bits; i++)
        for (struct child *c = set->buckets[i]; c; c = c->next)
            if (mix(c->pid) > mix(pid) && (!next || mix(c->pid) < mix(next->pid)))
                next = c;
    return next;
}

size_t children_count(const struct children *set)
{
    return set->count;
}

void children_update(struct children *set, void (*fn)(void *arg, struct child *c), void *arg)
{
    for (size_t i = 0; i < (size_t)1 << set->bits; i++) {
        for (struct child *c = set->buckets[i]; c; c = c->next)
            fn(arg, c);
    }
}

static void forget_listener(struct children *set, struct child *c, void *arg)
{
    (void)set;
    if (c->extras)
        listener_leave(&c->extras->listener, arg);
}

void children_forget_listener(struct children *set, struct listener *l)
{
    for_each(set, forget_listener, l);
}

/* --- signals and timeouts -------------------------------------------------------------------- */

/* To the handler's group; to itself as long as it has not made its session. It is not reaped, so
 * neither number can belong to anybody else. */
static void signal_group(const struct child *c, int signo)
{
    if (c->pid == 0)
        return; /* it is still being started, which has a deadline of its own */
    if (c->extras && c->extras->handler) {
        keeper_tell(c->pid, signo);
        return;
    }
    if (kill(-c->pid, signo) < 0 && errno == ESRCH)
        (void)kill(c->pid, signo); /* a zombie may have no group left: that is fine */
}

static bool is_alone(const struct child_timeout *t)
{
    return t->child->alone && t->why <= CHILD_HANGUP; /* a drain, a kick means the group */
}

static void signal_due(const struct child_timeout *t, int signo)
{
    if (is_alone(t))
        (void)kill(t->child->pid, signo); /* it is not reaped */
    else
        signal_group(t->child, signo);
}

static void signal_one(struct children *set, struct child *c, void *arg)
{
    (void)set;
    signal_group(c, *(int *)arg);
}

void children_signal(struct children *set, int signo)
{
    for_each(set, signal_one, &signo);
}

void child_set_phase(struct child_timeout *t, enum phase phase)
{
    if (t->phase == PHASE_TERM)
        t->set->terming--;
    if (phase == PHASE_TERM)
        t->set->terming++;
    t->phase = phase;
}

static void on_timeout(struct timer *timer)
{
    struct child_timeout *t = loop_owner(timer, struct child_timeout, timer);
    if (t->child->pid == 0) { /* its start takes long: child_started() moves this on */
        (void)loop_timer(t->set->loop, timer, loop_now() + NS_PER_S); /* as below */
        return;
    }
    if (t->phase == PHASE_RUNNING) {
        child_set_phase(t, PHASE_TERM);
        signal_due(t, t->first);
        if (loop_timer(t->set->loop, timer, loop_now() + kill_after) == 0)
            return; /* always: the place it just left is free */
    }
    child_set_phase(t, PHASE_KILL);
    signal_due(t, SIGKILL);
}

struct child_timeout *child_timeout_of(const struct child *c)
{
    return c->extras ? c->extras->timeout : NULL;
}

struct child_extras *child_extras(struct child *c)
{
    if (!c->extras)
        c->extras = calloc(1, sizeof *c->extras);
    return c->extras;
}

static uint64_t due_at(const struct child *c, uint64_t timeout)
{
    return timeout < UINT64_MAX - c->started ? c->started + timeout : UINT64_MAX;
}

bool child_arm(struct children *set, struct child *c, uint64_t timeout, int first)
{
    struct child_timeout *t = malloc(sizeof *t);
    if (!t)
        return false;
    *t = (struct child_timeout){.timer = {.fire = on_timeout},
                                .child = c,
                                .set = set,
                                .first = first,
                                .why = CHILD_TIMEOUT,
                                .limit = timeout};
    if (loop_timer(set->loop, &t->timer, due_at(c, timeout)) < 0) {
        free(t);
        return false;
    }
    c->extras->timeout = t;
    return true;
}

bool child_end(struct children *set, struct child *c, int signo, enum child_why why)
{
    struct child_timeout *t = child_timeout_of(c);
    if (t && t->phase != PHASE_RUNNING)
        return true;
    if (!t && !(child_extras(c) && child_arm(set, c, 0, signo)))
        return false;
    t = child_timeout_of(c);
    t->first = signo;
    t->why = why;
    (void)loop_timer(set->loop, &t->timer, loop_now()); /* armed: it is only moved */
    return true;
}

static void end_one(struct children *set, struct child *c, void *of)
{
    if ((!of || c->service == of) && !child_end(set, c, SIGTERM, CHILD_DRAINED))
        signal_group(c, SIGKILL); /* no memory for two steps */
}

void children_end(struct children *set, struct service *s)
{
    for_each(set, end_one, s);
}

/* --- start and end --------------------------------------------------------------------------- */

struct child *child_prepare(struct children *set, struct service *s, struct listener *l,
                            uint32_t source, uint64_t timeout, int signo)
{
    struct child *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    *c = (struct child){.service = s, .source = source, .started = loop_now()};
    bool plain = !l && timeout == 0;
    if (plain || (child_extras(c) && (timeout == 0 || child_arm(set, c, timeout, signo)))) {
        if (l)
            c->extras->listener = l;
        return c;
    }
    free(c->extras);
    free(c);
    return NULL;
}

void child_started(struct children *set, struct child *c, pid_t pid)
{
    if (set->count >> set->bits != 0)
        grow(set);
    struct child **head = &set->buckets[hash(pid, set->bits)];
    c->pid = pid;
    c->next = *head;
    *head = c;
    set->count++;
    /* Its time begins now. */
    c->started = loop_now();
    struct child_timeout *t = child_timeout_of(c);
    if (t)
        (void)loop_timer(set->loop, &t->timer, due_at(c, t->limit)); /* armed: it is only moved */
}

void child_discard(struct children *set, struct child *c)
{
    struct child_timeout *t = child_timeout_of(c);
    if (t) {
        child_set_phase(t, PHASE_RUNNING);
        loop_timer_stop(set->loop, &t->timer);
        free(t);
    }
    free(c->extras);
    free(c);
}

static uint64_t nanoseconds(struct timeval t)
{
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_usec * 1000;
}

static void end(struct children *set, pid_t pid, int status, const struct rusage *use)
{
    struct child **at = find_link(set, pid);
    if (!*at && set->stranger && set->stranger(set->arg, pid))
        at = find_link(set, pid); /* now it may be there */
    struct child *c = *at;
    if (!c)
        return;
    if (c->later && set->reports) {
        set->reports(set->arg);
        at = find_link(set, pid); /* others may have come into the set */
    }
    /* Out of the set first: `ended` may start the next handler. */
    *at = c->next;
    set->count--;
    const struct child_timeout *t = child_timeout_of(c);
    const struct child_end how = {.status = c->signal ? c->signal : status,
                                  .why = t && t->phase != PHASE_RUNNING ? t->why : CHILD_ITSELF,
                                  .cpu = nanoseconds(use->ru_utime) + nanoseconds(use->ru_stime),
                                  .rss = (uint64_t)use->ru_maxrss};
    set->ended(set->arg, c, &how);
    child_discard(set, c);
}

/*
 * A leader that ends after TERM may leave members of its group that ignore it; they get their KILL
 * now, while its zombie still keeps the number. Who has ended of `which`; 0 for nobody. */
static pid_t kill_left_over(const struct children *set, pid_t which)
{
    siginfo_t info = {.si_pid = 0};
    idtype_t type = which > 0 ? P_PID : P_ALL;
    if (waitid(type, which > 0 ? (id_t)which : 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return 0;
    if (info.si_pid > 0 && info.si_code == CLD_TRAPPED)
        return info.si_pid; /* reap() sees to it */
    const struct child *c = info.si_pid > 0 ? child_find(set, info.si_pid) : NULL;
    const struct child_timeout *t = c ? child_timeout_of(c) : NULL;
    if (t && t->phase == PHASE_TERM && !is_alone(t))
        (void)kill(-c->pid, SIGKILL); /* fails when nobody is left, as it should be */
    return info.si_pid;
}

/* Reap `which`, or with -1 the first there is. False when there is none. */
static bool reap(struct children *set, pid_t which)
{
    if (set->terming > 0 && (which = kill_left_over(set, which)) == 0)
        return false;
    int status;
    struct rusage use;
    pid_t pid = wait4(which, &status, WNOHANG, &use);
    if (pid <= 0)
        return false;
    /* It made us its tracer (PTRACE_TRACEME), to stop where an end is looked for. */
    if (WIFSTOPPED(status))
        (void)kill(pid, SIGKILL); /* it is not reaped */
    else
        end(set, pid, status, &use);
    return true;
}

static bool sweep_later(struct children *set, uint64_t pause)
{
    return set->sweep.slot != 0 || loop_timer(set->loop, &set->sweep, loop_now() + pause) == 0;
}

static void sweep(struct timer *t)
{
    struct children *set = loop_owner(t, struct children, sweep);
    for (int i = 0; i < BATCH; i++) {
        if (!reap(set, -1))
            return;
    }
    while (!sweep_later(set, 0) && reap(set, -1))
        ; /* no memory for a timer: all of them now */
}

/*
 * waitpid(-1) walks over every child that lives, so with thousands of them each end would cost as
 * much as a start. SIGCHLD names one that ended, which is found at once; it may stand for more, and
 * for these there is a sweep, not more often than the walk is worth. */
void children_reap(struct children *set, pid_t ended)
{
    if (set->count <= FEW || !sweep_later(set, set->count * pause_each))
        sweep(&set->sweep);
    else if (ended > 0)
        (void)reap(set, ended); /* may be gone by an earlier sweep */
}
