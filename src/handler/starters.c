/* handler/starters.c -- the master's side of starting: who starts next, and who is waited for no
 * longer */
#include "config.h"

#include "handler/starters.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "handler/queue.h"

enum {
    MOST = 8,        /* starters of one load */
    PLACES = 64,     /* starters of earlier loads that are not done, and children of our own, too */
    PER_SERVICE = 2, /* starts that are passed over, of one service */
    PER_USER = 4,    /* and of one user; one, when many users have some */
    QUEUE = 32,      /* starts that wait behind those: more shall not come */
    MOMENT_MS = 20,  /* a start that takes longer is passed over */
    LOOK_MS = 50,    /* how often those are looked at */
    DEADLINE_S = 10
};

struct starters {
    struct loop *loop;
    struct timer look;
    struct worker workers[PLACES];
    struct birth *births; /* PLACES of them, in memory shared with starters and children */
    struct queue queue;   /* who wait for a starter */
    size_t busy, passed;
    uint32_t turn; /* of the last start */
    bool forks;    /* this kernel makes no child for its parent */
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
    void *shared = set ? mmap(NULL, PLACES * sizeof(struct birth), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0)
                       : MAP_FAILED;
    if (shared == MAP_FAILED) {
        free(set);
        return NULL;
    }
    set->loop = loop;
    set->look.fire = look;
    set->births = shared;
    queue_init(&set->queue);
    set->forks = !spawn_has_parent;
    set->done = done;
    set->arg = arg;
    for (size_t i = 0; i < PLACES; i++)
        set->workers[i] = (struct worker){
            .watch = {.ready = answered, .fd = -1}, .set = set, .birth = &set->births[i]};
    return set;
}

/* --- workers -------------------------------------------------------------------------------- */

static struct worker *free_place(struct starters *set)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set->workers[i].watch.fd < 0)
            return &set->workers[i];
    errno = EAGAIN;
    return NULL;
}

/* Starters of this load. */
static size_t starters_count(const struct starters *set)
{
    size_t n = 0;
    for (size_t i = 0; i < PLACES; i++) {
        const struct worker *w = &set->workers[i];
        n += w->watch.fd >= 0 && w->pid > 0 && !w->old;
    }
    return n;
}

static struct worker *hire(struct starters *set)
{
    struct worker *w = free_place(set);
    return w && worker_hire(w, set->loop) ? w : NULL;
}

bool starters_renew(struct starters *set)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        w->old = true;
        if (w->watch.fd >= 0 && !w->busy)
            worker_dismiss(w, set->loop);
    }
    return set->forks || hire(set);
}

/* --- the beginning and the end of a start --------------------------------------------------- */

/* `w` has a job now. */
static void begun(struct worker *w)
{
    struct starters *set = w->set;
    set->busy++;
    uint64_t due = w->since + MOMENT_MS * NS_PER_MS;
    if ((!set->look.slot || set->look.due > due) && loop_timer(set->loop, &set->look, due) < 0)
        log_warn("starter: no timer"); /* only who holds his own start gains by it */
}

static void over(struct worker *w)
{
    struct starters *set = w->set;
    set->passed -= w->passed;
    set->busy--;
    w->busy = w->passed = false;
    w->job = NULL;
    if (!set->busy)
        loop_timer_stop(set->loop, &set->look);
}

/* A start without a service was a connection to close. */
static void finish_letting_go(void *arg, struct start *st)
{
    (void)arg;
    if (st->fd >= 0)
        worker_let_go(st->fd); /* no starter to be had */
    free(st);
}

/* Tell the caller. */
static void finish(struct starters *set, struct start *st, pid_t pid, const struct spawn_error *e)
{
    if (st->service) {
        set->done(set->arg, st, pid, e);
        return;
    }
    finish_letting_go(NULL, st);
}

static void fail(struct starters *set, struct start *st, const char *step, int error)
{
    const struct spawn_error e = {step, error};
    finish(set, st, -1, &e);
}

/* --- who is next ---------------------------------------------------------------------------- */

static uid_t user_of(const struct start *st)
{
    return st->service->entry->settings->who->uid;
}

/* Has his service, or his user, too many starts that do not end? */
static bool capped(const struct starters *set, const struct service *s, uid_t user)
{
    size_t of_service = 0, of_user = 0;
    for (size_t i = 0; set->passed > 0 && i < PLACES; i++) {
        const struct worker *w = &set->workers[i];
        if (!w->passed || !w->job || !w->job->service)
            continue;
        of_service += w->job->service == s;
        of_user += user_of(w->job) == user;
    }
    return of_service >= PER_SERVICE || of_user >= (set->passed < PLACES / 2 ? PER_USER : 1);
}

bool starters_held(const struct starters *set, const struct service *s)
{
    size_t queued = 0;
    if (!capped(set, s, s->entry->settings->who->uid))
        return false;
    for (const struct start *st = set->queue.first; st; st = st->next)
        queued += st->service == s;
    return queued >= QUEUE;
}

static bool may_go(const void *arg, const struct start *st)
{
    return !st->service || !capped(arg, st->service, user_of(st));
}

struct start *starters_withdraw(struct starters *set, const struct service *s)
{
    return queue_withdraw(&set->queue, s);
}

/* An idle starter, or a new one; NULL with errno, 0: all are at work, and one will be idle soon. */
static struct worker *idle(struct starters *set)
{
    size_t count = 0, passed = 0;
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        if (w->watch.fd < 0 || w->pid == 0 || w->old)
            continue;
        if (!w->busy)
            return w;
        count++;
        passed += w->passed;
    }
    errno = 0;
    if (passed < count)
        return NULL;
    if (count < MOST)
        return hire(set);
    errno = EBUSY;
    return NULL;
}

/* A child of our own does it. */
static bool fork_handler(struct starters *set, struct start *st)
{
    struct worker *w = free_place(set);
    if (!w || !worker_fork(w, set->loop, st))
        return false;
    begun(w);
    return true;
}

/* False: the start waits for somebody who is at work. */
static bool give(struct starters *set, struct start *st)
{
    if (set->forks && set->busy > set->passed)
        return false; /* one at a time: what fails for one fails for the next */
    struct worker *w = set->forks ? NULL : idle(set);
    if (!w && !set->forks && errno == 0)
        return false;
    if (st->service)
        st->service->turn = ++set->turn;
    if (w && worker_order(w, st))
        begun(w);
    else if (!(set->forks || errno == EBUSY) || !st->service || !fork_handler(set, st))
        fail(set, st, "fork", errno);
    return true;
}

static void dispatch(struct starters *set)
{
    struct start *st;
    while ((st = queue_next(&set->queue, may_go, set))) {
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

void starters_let_go(struct starters *set, int fd)
{
    struct start *st = calloc(1, sizeof *st);
    if (!st) {
        worker_let_go(fd);
        return;
    }
    *st = (struct start){.fd = fd, .err = -1};
    starters_begin(set, st);
}

/* --- answers -------------------------------------------------------------------------------- */

/* No such child on this kernel, or in this emulator? */
static bool refuses(const struct spawn_error *e)
{
    return e->step && spawn_lacks_process(e) && (e->error == EINVAL || e->error == ENOSYS);
}

/* Who has answered; `ended`: it has been reaped, though a child of its may hold its socket open. */
static void settle(struct worker *w, bool ended)
{
    struct starters *set = w->set;
    struct start *st = w->job;
    struct outcome a;
    int fd;
    bool gone, was_starter = w->pid > 0;
    if (!worker_answer(w, &a, &fd, &gone)) {
        if (!ended)
            return;
        worker_last_words(w, &a);
        gone = true;
    }
    bool spare = w->passed && starters_count(set) > 1; /* somebody else has taken its place */
    if (w->busy)
        over(w);
    if (gone || w->old || spare)
        worker_dismiss(w, set->loop);
    if (fd >= 0 && (!st || st->lent))
        (void)close(fd); /* nobody wants it back */
    else if (fd >= 0)
        st->fd = fd;
    if (st && st->service && was_starter && refuses(&a.e)) {
        set->forks = true;
        queue_put_back(&set->queue, st);
    } else if (st) {
        finish(set, st, a.pid, &a.e);
    }
}

static void answered(struct watch *watch)
{
    struct worker *w = loop_owner(watch, struct worker, watch);
    struct starters *set = w->set;
    settle(w, false);
    dispatch(set);
}

bool starters_reaped(struct starters *set, pid_t pid)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        if (w->watch.fd < 0)
            continue;
        if (w->pid == pid) {
            for (int last = 0; last < 2 && w->pid == pid; last++)
                settle(w, true); /* perhaps an answer, then its end */
            dispatch(set);
            return false;
        }
        if (!w->job || w->birth->pid != pid)
            continue;
        if (w->pid == 0) {
            settle(w, false);
            dispatch(set); /* nothing else will come of it */
        } else if (!w->birth->e.step) {
            struct start *st = w->job;
            w->job = NULL; /* the answer comes too late */
            finish(set, st, pid, &w->birth->e);
        }
        return true; /* a failed one's end means nothing; its answer comes */
    }
    return false;
}

/* --- those that take long ------------------------------------------------------------------- */

/* Whose child it is can have stopped it, and will not do it again for ever. */
static void urge(struct worker *w, uint64_t age)
{
    struct starters *set = w->set;
    pid_t pid = w->birth->pid;
    set->passed += !w->passed;
    w->passed = true;
    if (pid > 0 && w->job)
        (void)kill(pid, SIGCONT); /* it may just have ended: it is not reaped */
    if (age < DEADLINE_S * NS_PER_S)
        return;
    if (pid > 0 && w->job)
        (void)kill(pid, SIGKILL); /* likewise */
    if (w->pid > 0)
        (void)kill(w->pid, SIGKILL); /* likewise */
    struct start *st = w->job;
    w->job = NULL; /* its place is free once it has been reaped */
    if (st)
        fail(set, st, "start", ETIMEDOUT);
}

static void look(struct timer *t)
{
    struct starters *set = loop_owner(t, struct starters, look);
    uint64_t now = loop_now();
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        if (w->busy && now - w->since >= MOMENT_MS * NS_PER_MS)
            urge(w, now - w->since);
    }
    if (set->busy)
        (void)loop_timer(set->loop, t,
                         now + LOOK_MS * NS_PER_MS); /* from its own fire: does not fail */
    dispatch(set);
}

/* --- all of them ---------------------------------------------------------------------------- */

void starters_each(struct starters *set, void (*fn)(void *arg, struct start *st), void *arg)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set->workers[i].job && set->workers[i].job->service)
            fn(arg, set->workers[i].job);
    for (struct start *st = set->queue.first; st; st = st->next)
        if (st->service)
            fn(arg, st);
}

void starters_free(struct starters *set, void (*drop)(void *arg, struct start *st))
{
    if (!set)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        if (w->passed && w->pid > 0)
            (void)kill(w->pid, SIGKILL); /* it would not see that we are gone */
        if (w->job)
            (w->job->service ? drop : finish_letting_go)(set->arg, w->job);
        if (w->watch.fd >= 0)
            worker_dismiss(w, set->loop);
    }
    struct start *st;
    while ((st = queue_next(&set->queue, NULL, NULL)))
        (st->service ? drop : finish_letting_go)(set->arg, st);
    loop_timer_stop(set->loop, &set->look);
    (void)munmap(set->births, PLACES * sizeof(struct birth)); /* it is ours */
    free(set);
}
