/* os/loop.c -- the pselect loop */
#include "config.h"

#include "os/loop.h"

#include "os/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 64,       /* watches dispatched between two looks at signals and timers */
    MAX_ACTIONS = 16, /* signals */
    SIGNAL_END = 128  /* over the highest signal number of any system */
};

struct action {
    int signo;
    void (*act)(void *arg);
    void *arg;
};

struct loop {
    struct fdset *set;
    struct timer **heap; /* heap[1] is due first; heap[0] is not used */
    size_t timers, room;
    void *batch[BATCH]; /* the watches found readable; NULL once unwatched */
    size_t at, end;     /* the part of the batch that is still to be called */
    uint64_t now;       /* while firing timers: those due up to it are fired, else 0 */
    struct action actions[MAX_ACTIONS];
    size_t nactions;
    sigset_t caught; /* the signals of `actions` */
    bool stop;
};

/* Handlers have no argument, so these are of the process; a process has one loop. */
static volatile sig_atomic_t came[SIGNAL_END];
static volatile sig_atomic_t any_came;
static volatile pid_t from[SIGNAL_END];
static volatile pid_t master;

/* In a child: at once, when the handler that calls this returns. */
static void take_default(int signo)
{
    int saved = errno;
    struct sigaction sa = {.sa_handler = SIG_DFL};
    (void)sigemptyset(&sa.sa_mask);    /* cannot fail */
    (void)sigaction(signo, &sa, NULL); /* nor can this: it was set before */
    (void)kill(getpid(), signo);
    errno = saved;
}

/* --- life ------------------------------------------------------------------------------------ */

/* As SIG_IGN would, which exec leaves as it is; this it puts back to the default. */
static void ignore(int signo)
{
    /* A builtin, which never execs, is told by EPIPE, and ends in order. */
    if (getpid() != master && signo != SIGPIPE)
        take_default(signo);
}

/*
 * libc keeps signals 32 and 33 for its threads and refuses to change them, but a parent may have
 * left them ignored (GNU make does), and a handler would inherit that: ask the kernel itself. */
static void default_reserved_signals(void)
{
#if defined(__linux__) && defined(SYS_rt_sigaction)
    const long default_action[20] = {0}; /* struct sigaction as any architecture's kernel has it */
    for (int signo = 32; signo <= 33; signo++)
        (void)syscall(SYS_rt_sigaction, signo, default_action, NULL, (size_t)(_NSIG / 8));
#endif
}

/* Ignoring nothing that whoever started us ignored. */
static int clean_signals(void)
{
    struct sigaction sa;
    for (int signo = 1; signo < SIGNAL_END; signo++) {
        if (sigaction(signo, NULL, &sa) < 0 || sa.sa_handler != SIG_IGN)
            continue; /* not a signal, or the C library's own */
        sa.sa_handler = SIG_DFL;
        sa.sa_flags = 0;
        if (sigaction(signo, &sa, NULL) < 0)
            return -1;
    }
    default_reserved_signals();
    return 0;
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    master = getpid();
    (void)sigemptyset(&l->caught); /* cannot fail */
    l->set = fdset_new();
    if (l->set && clean_signals() == 0)
        return l;
    int why = errno;
    loop_free(l);
    errno = why;
    return NULL;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    fdset_free(l->set);
    free(l->heap);
    free(l);
}

uint64_t loop_now(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* the clock exists and ts is good */
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* --- descriptors ----------------------------------------------------------------------------- */

int loop_watch(struct loop *l, struct watch *w)
{
    if (w->armed)
        return 0;
    if (fdset_add(l->set, w->fd, w) < 0)
        return -1;
    w->armed = true;
    return 0;
}

void loop_unwatch(struct loop *l, struct watch *w)
{
    if (!w->armed)
        return;
    fdset_remove(l->set, w->fd);
    w->armed = false;
    for (size_t i = l->at; i < l->end; i++) {
        if (l->batch[i] == w)
            l->batch[i] = NULL;
    }
}

static void dispatch(struct loop *l, size_t n)
{
    l->at = 0;
    l->end = n;
    while (l->at < l->end && !l->stop) {
        struct watch *w = l->batch[l->at++];
        if (w)
            w->ready(w);
    }
    l->at = l->end = 0;
}

/* --- timers: a binary heap, each timer knows its place ---------------------------------------- */

static void put(struct loop *l, size_t slot, struct timer *t)
{
    l->heap[slot] = t;
    t->slot = (uint32_t)slot;
}

/* Put `t` where it belongs, starting at the free place `slot`. */
static void sift(struct loop *l, size_t slot, struct timer *t)
{
    while (slot > 1 && t->due < l->heap[slot / 2]->due) {
        put(l, slot, l->heap[slot / 2]);
        slot /= 2;
    }
    for (size_t child; (child = slot * 2) <= l->timers; slot = child) {
        if (child < l->timers && l->heap[child + 1]->due < l->heap[child]->due)
            child++;
        if (t->due <= l->heap[child]->due)
            break;
        put(l, slot, l->heap[child]);
    }
    put(l, slot, t);
}

static int heap_grow(struct loop *l)
{
    if (l->timers + 1 < l->room)
        return 0;
    size_t room = l->room == 0 ? 16 : l->room * 2;
    struct timer **heap = room > UINT32_MAX ? NULL : realloc(l->heap, room * sizeof(void *));
    if (!heap) {
        errno = ENOMEM;
        return -1;
    }
    l->heap = heap;
    l->room = room;
    return 0;
}

int loop_timer(struct loop *l, struct timer *t, uint64_t due)
{
    if (t->slot == 0 && heap_grow(l) < 0)
        return -1;
    /* Armed by a timer that fires: not before the next round, or the round would never end. */
    t->due = due > l->now ? due : l->now + 1;
    sift(l, t->slot != 0 ? t->slot : ++l->timers, t);
    return 0;
}

void loop_timer_stop(struct loop *l, struct timer *t)
{
    size_t slot = t->slot;
    if (slot == 0)
        return;
    t->slot = 0;
    struct timer *last = l->heap[l->timers--];
    if (last != t)
        sift(l, slot, last);
}

static void fire_timers(struct loop *l)
{
    if (l->timers == 0)
        return;
    l->now = loop_now();
    while (!l->stop && l->timers > 0 && l->heap[1]->due <= l->now) {
        struct timer *t = l->heap[1];
        loop_timer_stop(l, t);
        t->fire(t);
    }
    l->now = 0;
}

/* The time to the next timer; NULL when there is none. */
static const struct timespec *time_left(const struct loop *l, struct timespec *ts)
{
    if (l->timers == 0)
        return NULL;
    uint64_t now = loop_now(), due = l->heap[1]->due;
    uint64_t left = due > now ? due - now : 0;
    const uint64_t day = NS_PER_DAY; /* a wait that every system accepts */
    if (left > day)
        left = day;
    ts->tv_sec = (time_t)(left / NS_PER_S);
    ts->tv_nsec = (long)(left % NS_PER_S);
    return ts;
}

/* --- signals --------------------------------------------------------------------------------- */

static void note_signal(int signo, pid_t sender)
{
    from[signo] = sender;
    came[signo] = 1;
    any_came = 1;
}

/*
 * In the master, set flags. In a child that has not (or, a builtin, never) exec'ed, take the
 * default action instead: after vfork the flags are the master's memory, the dispositions are
 * not. */
static void on_signal(int signo, siginfo_t *info, void *context)
{
    (void)context;
    if (getpid() == master)
        note_signal(signo, info->si_pid);
    else
        take_default(signo);
}

static struct action *find_action(struct loop *l, int signo)
{
    for (size_t i = 0; i < l->nactions; i++) {
        if (l->actions[i].signo == signo)
            return &l->actions[i];
    }
    return NULL;
}

int loop_signal(struct loop *l, int signo, void (*act)(void *arg), void *arg)
{
    struct action *a = find_action(l, signo);
    if (signo <= 0 || signo >= SIGNAL_END) {
        errno = EINVAL;
        return -1;
    }
    if (!a && l->nactions == MAX_ACTIONS) {
        errno = ENOSPC;
        return -1;
    }
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_NOCLDSTOP | SA_SIGINFO};
    sigset_t one;
    (void)sigemptyset(&one); /* cannot fail */
    if (sigaddset(&one, signo) < 0 || sigfillset(&sa.sa_mask) < 0 ||
        sigprocmask(SIG_BLOCK, &one, NULL) < 0 || sigaction(signo, &sa, NULL) < 0)
        return -1;
    (void)sigaddset(&l->caught, signo); /* it was good above */
    if (!a)
        a = &l->actions[l->nactions++];
    *a = (struct action){.signo = signo, .act = act, .arg = arg};
    return 0;
}

int loop_ignore(int signo)
{
    struct sigaction sa = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    return sigemptyset(&sa.sa_mask) < 0 ? -1 : sigaction(signo, &sa, NULL);
}

void loop_child_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);                    /* cannot fail */
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* nor can this with these arguments */
}

/* Returns at once: it is pending. */
static void take_pending(int signo, const sigset_t *one)
{
#if HAVE_SIGWAITINFO
    siginfo_t info;
    if (sigwaitinfo(one, &info) == signo)
        note_signal(signo, info.si_pid);
#else
    int got;
    if (sigwait(one, &got) == 0)
        note_signal(signo, 0);
#endif
}

/*
 * pselect that finds a descriptor ready at once restores the mask without delivering what is
 * pending (Linux), so under load signals would never be seen: ask for them. */
static void collect_signals(struct loop *l)
{
    sigset_t pending;
    if (sigpending(&pending) < 0)
        return; /* they stay pending; pselect delivers them when it has to wait */
    for (size_t i = 0; i < l->nactions; i++) {
        int signo = l->actions[i].signo;
        if (sigismember(&pending, signo) != 1)
            continue;
        sigset_t one;
        (void)sigemptyset(&one);      /* cannot fail */
        (void)sigaddset(&one, signo); /* good: loop_signal took it */
        take_pending(signo, &one);
    }
}

pid_t loop_signal_from(int signo)
{
    return from[signo];
}

static void act_on_signals(struct loop *l)
{
    if (!any_came)
        return;
    any_came = 0; /* before the flags are read, so that none is missed */
    for (size_t i = 0; i < l->nactions && !l->stop; i++) {
        struct action *a = &l->actions[i];
        if (came[a->signo]) {
            came[a->signo] = 0;
            a->act(a->arg);
        }
    }
}

/* --- the loop -------------------------------------------------------------------------------- */

/* Wait once and dispatch what is readable. 0, or -1 with errno. */
static int wait_once(struct loop *l, const sigset_t *open)
{
    struct timespec ts;
    int n = fdset_wait(l->set, time_left(l, &ts), open, l->batch, BATCH);
    if (n > 0) {
        dispatch(l, (size_t)n);
        collect_signals(l);
        return 0;
    }
    if (n == 0 || errno == EINTR)
        return 0;
    if (errno != ENOMEM && errno != EAGAIN)
        return -1;
    /* The kernel is short of memory: give it time, with a call that needs none. */
    const struct timespec pause = {.tv_nsec = 50 * (long)NS_PER_MS};
    (void)pselect(0, NULL, NULL, NULL, &pause, open); /* time-out or a signal: both are good */
    return 0;
}

int loop_run(struct loop *l)
{
    sigset_t open;
    int result = 0;
    (void)sigemptyset(&open); /* cannot fail */
    master = getpid();
    /* Deaf to nothing that whoever started us blocked. Not before all of them are caught: what an
     * upgrade has kept pending would have its default. */
    (void)sigprocmask(SIG_SETMASK, &l->caught, NULL); /* cannot fail */
    while (result == 0 && !l->stop) {
        act_on_signals(l);
        fire_timers(l);
        if (!l->stop)
            result = wait_once(l, &open);
    }
    l->stop = false;
    return result;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
}
