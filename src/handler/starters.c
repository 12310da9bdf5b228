/* handler/starters.c -- the master's side of starting: who is next, and who is passed over */
#include "config.h"

#include "handler/starters.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "handler/crew.h"
#include "handler/queue.h"

enum {
    QUEUE = 32,     /* starts that wait behind those that are passed over: more shall not come */
    MOMENT_MS = 20, /* a start that takes longer is passed over */
    LOOK_MS = 50,   /* how often those are looked at */
    DEADLINE_S = 10
};

struct starters {
    struct loop *loop;
    struct timer look;
    struct crew crew;
    struct queue queue; /* who wait for a starter */
    uint32_t turn;      /* of the last start */
    bool rests;         /* an upgrade is about to come */
    bool forks;         /* this kernel makes no child for its parent */
    void (*done)(void *arg, struct start *st, pid_t pid, const struct spawn_error *e);
    void *arg;
};

static void dispatch(struct starters *set);
static void answered(struct watch *w);
static void look(struct timer *t);

struct starters *starters_new(struct loop *loop,
                              void (*done)(void *arg, struct start *st, pid_t pid,
                                           const struct spawn_error *e),
                              void *arg)
{
    struct starters *set = calloc(1, sizeof *set);
    if (!set || !crew_init(&set->crew, set, loop, answered)) {
        free(set);
        return NULL;
    }
    set->loop = loop;
    set->look.fire = look;
    queue_init(&set->queue);
    set->forks = !spawn_has_parent;
    set->done = done;
    set->arg = arg;
    return set;
}

bool starters_renew(struct starters *set)
{
    return crew_renew(&set->crew, !set->forks) || set->forks;
}

/* --- the beginning and the end of a start --------------------------------------------------- */

/* Look at `w` when its first start takes long. */
static void mind(struct worker *w)
{
    struct starters *set = w->set;
    uint64_t due = w->since + MOMENT_MS * NS_PER_MS;
    if ((!set->look.slot || set->look.due > due) && loop_timer(set->loop, &set->look, due) < 0)
        log_warn("starter: no timer"); /* only who holds his own start gains by it */
}

/* `w` has an order more. */
static void begun(struct worker *w)
{
    if (w->count > 1)
        return;
    w->set->crew.busy++;
    mind(w);
}

/* `w` has no orders any more. */
static void rest(struct worker *w)
{
    if (--w->set->crew.busy == 0)
        loop_timer_stop(w->set->loop, &w->set->look);
}

/* The first order of `w` is done. */
static struct start *over(struct worker *w)
{
    w->set->crew.passed -= w->passed;
    w->passed = false;
    struct start *st = worker_shift(w);
    if (w->count > 0)
        mind(w);
    else
        rest(w);
    return st;
}

static void fail(struct starters *set, struct start *st, const char *step, int error)
{
    set->done(set->arg, st, -1, &(const struct spawn_error){step, error, NULL});
}

/* --- who is next ---------------------------------------------------------------------------- */

bool starters_held(const struct starters *set, const struct service *s)
{
    size_t queued = 0;
    if (!crew_capped(&set->crew, s))
        return false;
    for (const struct start *st = set->queue.first; st; st = st->next)
        queued += st->service == s;
    return queued >= QUEUE;
}

static bool may_go(const void *arg, const struct start *st)
{
    return !crew_capped(arg, st->service);
}

/* What `w` has not begun waits in the queue again. */
static void take_back(struct worker *w)
{
    bool busy = w->count > 0;
    queue_put_back_all(&w->set->queue, worker_take_back(w));
    if (busy && w->count == 0)
        rest(w);
}

void starters_recall(struct starters *set)
{
    for (size_t i = 0; i < CREW_PLACES; i++)
        if (set->crew.workers[i].count > 0)
            take_back(&set->crew.workers[i]);
}

struct start *starters_withdraw(struct starters *set, const struct service *s)
{
    for (size_t i = 0; i < CREW_PLACES; i++)
        if (set->crew.workers[i].count > 1)
            take_back(&set->crew.workers[i]);
    return queue_withdraw(&set->queue, s);
}

/* A child of our own does it. */
static bool fork_handler(struct starters *set, struct start *st)
{
    struct worker *w = crew_place(&set->crew);
    if (!w || !worker_fork(w, set->loop, st))
        return false;
    begun(w);
    return true;
}

/* Does it tell of what is in this process now? A starter has what was there at the load. */
static bool tells(const struct start *st)
{
    const struct builtin *b = st->service->entry->program->builtin;
    return b && b->how == BUILTIN_TABLES;
}

/* False: the start waits for somebody who is at work. */
static bool give(struct starters *set, struct start *st)
{
    if (set->forks && set->crew.busy > set->crew.passed)
        return false; /* one at a time: what fails for one fails for the next */
    bool ours = set->forks || tells(st);
    struct worker *w = ours ? NULL : crew_idle(&set->crew);
    if (!w && !ours && errno == 0)
        return false;
    st->service->turn = ++set->turn;
    if (w && worker_order(w, st))
        begun(w);
    else if (!(ours || errno == EBUSY) || !fork_handler(set, st))
        fail(set, st, "fork", errno);
    return true;
}

static void dispatch(struct starters *set)
{
    struct start *st;
    while (!set->rests && (st = queue_next(&set->queue, may_go, &set->crew))) {
        if (!give(set, st)) {
            queue_put_back(&set->queue, st);
            return;
        }
    }
}

void starters_begin(struct starters *set, struct start *st)
{
    queue_add(&set->queue, st);
    dispatch(set);
}

/* --- answers -------------------------------------------------------------------------------- */

/* No such child on this kernel, or in this emulator? */
static bool refuses(const struct spawn_error *e)
{
    return e->step && spawn_lacks_process(e) && (e->error == EINVAL || e->error == ENOSYS);
}

/* `a` has come of the first order of `w`, and with it the connection, or -1. */
static void conclude(struct worker *w, const struct outcome *a, int fd, bool gone)
{
    struct starters *set = w->set;
    bool was_starter = w->pid > 0;
    w->old |=
        w->passed && crew_count(&set->crew) > set->crew.wanted; /* others have taken its place */
    struct start *st = w->count > 0 ? over(w) : NULL;
    if (gone || (w->old && w->count == 0))
        worker_dismiss(w, set->loop);
    if (fd >= 0 && (!st || st->lent))
        (void)close(fd); /* nobody wants it back */
    else if (fd >= 0)
        st->fd = fd;
    if (st && was_starter && refuses(&a->e)) {
        set->forks = true;
        queue_put_back(&set->queue, st);
    } else if (st) {
        st->handler = a->handler;
        set->done(set->arg, st, a->pid, &a->e);
    }
}

/* One answer, if there is one. */
static bool settle(struct worker *w)
{
    struct outcome a;
    int fd;
    bool gone;
    if (w->watch.fd < 0 || !worker_answer(w, &a, &fd, &gone))
        return false;
    conclude(w, &a, fd, gone);
    return true;
}

static void settle_all(struct worker *w)
{
    while (w->count > 0 && settle(w))
        ;
}

static void answered(struct watch *watch)
{
    struct worker *w = loop_owner(watch, struct worker, watch);
    struct starters *set = w->set;
    settle_all(w);
    dispatch(set);
}

/* A starter has ended; a child of its may hold its socket open. */
static void died(struct worker *w)
{
    struct outcome a;
    pid_t pid = w->pid;
    settle_all(w);
    if (w->pid != pid)
        return; /* dismissed with the last answer */
    take_back(w);
    worker_last_words(w, &a);
    conclude(w, &a, -1, w->count <= 1);
    a.e = (struct spawn_error){"start", EMFILE, NULL}; /* no descriptors to take them back with */
    a.pid = -1;
    while (w->pid == pid)
        conclude(w, &a, -1, w->count <= 1);
}

/* Its child has ended, so nobody holds the starter now; until it has run it has a copy of the
 * handler's stderr, and the handler's last words would be missed. True: it has answered. */
static bool hurry(struct worker *w)
{
    bool spoke = worker_await(w, MOMENT_MS);
    settle_all(w);
    return spoke;
}

/* The answers that there are, and what is known then of the first order that has none. A starter
 * goes on as soon as it has answered, so only what was seen before no answer came is of that
 * one. */
static struct birth settle_and_look(struct worker *w)
{
    struct birth b;
    uint32_t answers;
    do {
        answers = w->answered;
        b = worker_birth(w);
        settle_all(w);
    } while (w->answered != answers);
    return b;
}

/* Is `pid` the child of the first order of `w` that has no answer, and did it end before it? */
static bool ended_early(struct worker *w, pid_t pid)
{
    struct birth b = settle_and_look(w);
    if (w->count == 0 || b.pid != pid || !w->jobs[0] || b.e.step)
        return false; /* a failed one's end means nothing; its answer comes */
    struct start *st = w->jobs[0];
    if (st->err >= 0 && hurry(w))
        return true;
    w->jobs[0] = NULL; /* the answer comes too late */
    st->handler = b.handler;
    w->set->done(w->set->arg, st, pid, &b.e);
    return true;
}

bool starters_reaped(struct starters *set, pid_t pid)
{
    for (size_t i = 0; i < CREW_PLACES; i++) {
        struct worker *w = &set->crew.workers[i];
        if (w->watch.fd < 0)
            continue;
        if (w->pid == pid) {
            died(w);
            dispatch(set);
            return false;
        }
        if (w->count > 0 && ended_early(w, pid))
            break;
    }
    dispatch(set);
    return true; /* perhaps: an answer may have told of it */
}

/* --- those that take long ------------------------------------------------------------------- */

/* Whose child it is can have stopped it, and will not do it again for ever. */
static void urge(struct worker *w, const struct birth *b, uint64_t age)
{
    struct starters *set = w->set;
    take_back(w); /* they need not wait for it */
    if (w->count == 0)
        return; /* it had not even begun: the machine is busy */
    struct start *st = w->jobs[0];
    pid_t pid = st ? b->pid : 0;
    set->crew.passed += !w->passed;
    w->passed = true;
    if (pid > 0)
        (void)kill(pid, SIGCONT); /* it may just have ended: it is not reaped */
    if (age < DEADLINE_S * NS_PER_S)
        return;
    if (pid > 0)
        (void)kill(pid, SIGKILL); /* likewise */
    if (w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* likewise */
    w->jobs[0] = NULL;               /* its place is free once it has been reaped */
    if (st)
        fail(set, st, "start", ETIMEDOUT);
}

static void look(struct timer *t)
{
    struct starters *set = loop_owner(t, struct starters, look);
    for (size_t i = 0; i < CREW_PLACES; i++) {
        struct worker *w = &set->crew.workers[i];
        struct birth b = settle_and_look(w); /* we may be late ourselves */
        uint64_t age = w->count > 0 ? loop_now() - w->since : 0;
        if (age >= MOMENT_MS * NS_PER_MS)
            urge(w, &b, age);
    }
    if (set->crew.busy)
        (void)loop_timer(set->loop, t,
                         loop_now() + LOOK_MS * NS_PER_MS); /* from its own fire: does not fail */
    dispatch(set);
}

/* --- an upgrade ----------------------------------------------------------------------------- */

void starters_rest(struct starters *set, bool on)
{
    set->rests = on;
    dispatch(set);
}

/* Its start has a process, though nobody has said so for a while. */
static void take_as_born(struct worker *w, struct birth b)
{
    struct start *st = w->jobs[0];
    if (w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* nobody would wait for it any more */
    w->jobs[0] = NULL;               /* the answer comes too late */
    st->handler = b.handler;
    w->set->done(w->set->arg, st, b.pid, &(const struct spawn_error){NULL, 0, NULL});
}

/* One that is passed over, and whose process is known. */
static bool is_born(const struct worker *w)
{
    struct birth b = worker_birth(w);
    return w->passed && b.pid > 0 && !b.e.step;
}

/* Nothing of `w` is halfway, but for what is_born(). */
static bool settle_one(struct worker *w)
{
    (void)settle_and_look(w);
    if (w->count > 0)
        take_back(w);
    return w->count == 0 || (w->count == 1 && (!w->jobs[0] || is_born(w)));
}

bool starters_settle(struct starters *set)
{
    bool settled = true;
    for (struct worker *w = set->crew.workers; w < set->crew.workers + CREW_PLACES; w++)
        settled &= settle_one(w);
    for (struct worker *w = set->crew.workers; settled && w < set->crew.workers + CREW_PLACES; w++)
        if (w->count > 0 && w->jobs[0])
            take_as_born(w, worker_birth(w)); /* nobody has a further order */
    return settled;
}

/* --- all of them ---------------------------------------------------------------------------- */

void starters_each(struct starters *set, void (*fn)(void *arg, struct start *st), void *arg)
{
    for (size_t i = 0; i < CREW_PLACES; i++)
        for (size_t k = 0; k < set->crew.workers[i].count; k++)
            if (set->crew.workers[i].jobs[k])
                fn(arg, set->crew.workers[i].jobs[k]);
    for (struct start *st = set->queue.first; st; st = st->next)
        fn(arg, st);
}

void starters_free(struct starters *set, void (*drop)(void *arg, struct start *st))
{
    if (!set)
        return;
    for (size_t i = 0; i < CREW_PLACES; i++) {
        struct worker *w = &set->crew.workers[i];
        if (w->passed && w->pid > 0)
            (void)kill(w->pid, SIGKILL); /* it would not see that we are gone */
        for (size_t k = 0; k < w->count; k++)
            if (w->jobs[k])
                drop(set->arg, w->jobs[k]);
    }
    struct start *st;
    while ((st = queue_next(&set->queue, NULL, NULL)))
        drop(set->arg, st);
    loop_timer_stop(set->loop, &set->look);
    crew_free(&set->crew);
    free(set);
}
