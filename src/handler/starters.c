/* handler/starters.c -- the master's side of starting: who starts next, and who is waited for no
 * longer */
#include "config.h"

#include "handler/starters.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "handler/starter.h"

enum {
    MOST = 8,        /* starters of one load */
    PLACES = 24,     /* starters of earlier loads that are not done, and children of our own, too */
    PER_SERVICE = 2, /* starts that are passed over, of one service */
    PER_USER = 4,    /* and of one user */
    QUEUE = 32,      /* starts that wait behind those: more shall not come */
    MOMENT_MS = 20,  /* a start that takes longer is passed over */
    LOOK_MS = 50,    /* how often those are looked at */
    DEADLINE_S = 10
};

#if USE_VFORK
const char starters_kind[] = "starter";
#else
const char starters_kind[] = "fork";
#endif

/* Who is at work on a start: a starter or, with `pid` 0, a child of our own. */
struct worker {
    struct watch watch; /* the socket, or the pipe's end; fd -1: the place is free */
    struct starters *set;
    pid_t pid;
    struct birth *birth;
    struct start *job; /* NULL: idle, or its answer means nothing any more */
    bool busy;         /* an answer is to come */
    bool passed;       /* it takes long */
    bool old;          /* of an earlier load */
    uint64_t since;    /* ns, loop_now(): of the order */
};

struct starters {
    struct loop *loop;
    struct timer look;
    struct worker workers[PLACES];
    struct birth *births;        /* PLACES of them, in memory shared with starters and children */
    struct start *first, **last; /* who wait for a starter, the oldest first */
    size_t busy, passed;
    bool forks; /* this kernel makes no child for its parent */
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
    set->last = &set->first;
    set->forks = !USE_VFORK;
    set->done = done;
    set->arg = arg;
    for (size_t i = 0; i < PLACES; i++)
        set->workers[i] = (struct worker){
            .watch = {.ready = answered, .fd = -1}, .set = set, .birth = &set->births[i]};
    return set;
}

/* --- workers -------------------------------------------------------------------------------- */

static void dismiss(struct worker *w)
{
    loop_unwatch(w->set->loop, &w->watch);
    (void)close(w->watch.fd); /* a starter that is idle ends by this */
    w->watch.fd = -1;
    w->pid = 0;
    w->old = false;
}

void starters_free(struct starters *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        if (set->workers[i].passed && set->workers[i].pid > 0)
            (void)kill(set->workers[i].pid, SIGKILL); /* it would not see that we are gone */
        if (set->workers[i].watch.fd >= 0)
            dismiss(&set->workers[i]);
    }
    loop_timer_stop(set->loop, &set->look);
    (void)munmap(set->births, PLACES * sizeof(struct birth)); /* it is ours */
    free(set);
}

static struct worker *free_place(struct starters *set)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set->workers[i].watch.fd < 0)
            return &set->workers[i];
    errno = EAGAIN;
    return NULL;
}

/* Watch `fd`, the answers of `pid`. */
static bool employ(struct worker *w, int fd, pid_t pid)
{
    w->watch.fd = fd;
    w->pid = pid;
    w->old = false;
    if (loop_watch(w->set->loop, &w->watch) == 0)
        return true;
    dismiss(w);
    return false;
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

static struct worker *fork_starter(struct starters *set)
{
    int ends[2];
    struct worker *w = free_place(set);
    if (!w || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return NULL;
    pid_t pid = fork();
    if (pid == 0)
        starter_run(ends[1], w->birth);
    int error = errno;
    (void)close(ends[1]); /* the starter's */
    if (pid > 0)
        return employ(w, ends[0], pid) ? w : NULL;
    (void)close(ends[0]); /* never used */
    errno = error;
    return NULL;
}

bool starters_renew(struct starters *set)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        w->old = true;
        if (w->watch.fd >= 0 && !w->busy)
            dismiss(w);
    }
    return set->forks || fork_starter(set);
}

/* --- the beginning and the end of a start --------------------------------------------------- */

static void begin(struct worker *w, struct start *st)
{
    struct starters *set = w->set;
    w->job = st;
    w->busy = true;
    w->since = loop_now();
    set->busy++;
    if (!set->look.slot && loop_timer(set->loop, &set->look, w->since + MOMENT_MS * NS_PER_MS) < 0)
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

/* What was given away is not ours any more; the pipe's end is the caller's. */
static void hand_over(struct start *st)
{
    if (!st->lent) {
        (void)close(st->fd); /* not the last: the starter, or what is on its way there, has it */
        st->fd = -1;
    }
}

/* False with errno: the starter cannot take it. */
static bool order(struct worker *w, struct start *st)
{
    struct order o;
    memset(&o, 0, sizeof o); /* what is between its members is sent, too */
    o.entry = st->service ? st->service->entry : NULL;
    o.has_peer = st->has_peer;
    o.has_local = st->has_local;
    o.peer = st->peer;
    o.local = st->local;
    const int fds[2] = {st->fd, st->err};
    *w->birth = (struct birth){.pid = 0};
    if (starter_send(w->watch.fd, &o, sizeof o, fds) < 0)
        return false;
    begin(w, st);
    hand_over(st);
    return true;
}

/* Without a starter: a child of our own. False with errno. */
static bool fork_handler(struct starters *set, struct start *st)
{
    int ends[2];
    struct worker *w = free_place(set);
    if (!w || pipe2(ends, O_CLOEXEC) < 0)
        return false;
    const struct spawn_plan plan = {.entry = st->service->entry,
                                    .fd = st->fd,
                                    .err = st->err,
                                    .peer = st->has_peer ? &st->peer : NULL,
                                    .local = st->has_local ? &st->local : NULL};
    pid_t pid = fork();
    if (pid == 0)
        spawn_become(&plan, ends[1]);
    int error = errno;
    (void)close(ends[1]); /* the child's */
    if (pid < 0 || !employ(w, ends[0], 0)) {
        if (pid > 0)
            (void)kill(pid, SIGKILL); /* nobody would hear of it */
        else
            (void)close(ends[0]); /* never used */
        errno = pid < 0 ? error : errno;
        return false;
    }
    *w->birth = (struct birth){.pid = pid};
    begin(w, st);
    hand_over(st);
    return true;
}

/* Tell the caller; a start without a service was a connection to close. */
static void finish(struct starters *set, struct start *st, pid_t pid, const struct spawn_error *e)
{
    if (st->service) {
        set->done(set->arg, st, pid, e);
        return;
    }
    if (st->fd >= 0)
        (void)close(st->fd); /* no starter to be had */
    free(st);
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
    return of_service >= PER_SERVICE || of_user >= PER_USER;
}

bool starters_held(const struct starters *set, const struct service *s)
{
    size_t queued = 0;
    if (!capped(set, s, s->entry->settings->who->uid))
        return false;
    for (const struct start *st = set->first; st; st = st->next)
        queued += st->service == s;
    return queued >= QUEUE;
}

/* Take the first who may go out of the queue. NULL: there is none. */
static struct start *next_start(struct starters *set)
{
    for (struct start **at = &set->first; *at; at = &(*at)->next) {
        struct start *st = *at;
        if (st->service && capped(set, st->service, user_of(st)))
            continue;
        *at = st->next;
        if (!*at)
            set->last = at;
        st->next = NULL;
        return st;
    }
    return NULL;
}

struct start *starters_withdraw(struct starters *set, const struct service *s)
{
    struct start *mine = NULL, **end = &mine, **at = &set->first;
    while (*at) {
        struct start *st = *at;
        if (st->service != s) {
            at = &st->next;
            continue;
        }
        *at = st->next;
        st->next = NULL;
        *end = st;
        end = &st->next;
    }
    set->last = at;
    return mine;
}

static void put_back(struct starters *set, struct start *st)
{
    st->next = set->first;
    set->first = st;
    if (!st->next)
        set->last = &st->next;
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
        return fork_starter(set);
    errno = EBUSY;
    return NULL;
}

/* False: the start waits for somebody who is at work. */
static bool give(struct starters *set, struct start *st)
{
    struct worker *w = set->forks ? NULL : idle(set);
    if (!w && !set->forks && errno == 0)
        return false;
    if (w && order(w, st))
        return true;
    if ((set->forks || errno == EBUSY) && st->service && fork_handler(set, st))
        return true;
    fail(set, st, "fork", errno);
    return true;
}

static void dispatch(struct starters *set)
{
    struct start *st;
    while ((st = next_start(set)) != NULL) {
        if (!give(set, st)) {
            put_back(set, st);
            return;
        }
    }
}

void starters_begin(struct starters *set, struct start *st)
{
    st->next = NULL;
    *set->last = st;
    set->last = &st->next;
    dispatch(set);
}

void starters_let_go(struct starters *set, int fd)
{
    struct start *st = calloc(1, sizeof *st);
    if (!st) {
        (void)close(fd); /* no memory to do better */
        return;
    }
    *st = (struct start){.fd = fd, .err = -1};
    starters_begin(set, st);
}

/* --- answers -------------------------------------------------------------------------------- */

/* The child of our own has become the handler, or has said why not. */
static void child_answered(struct worker *w)
{
    struct spawn_error e = {NULL, 0};
    struct start *st = w->job;
    pid_t pid = w->birth->pid;
    if (read(w->watch.fd, &e, sizeof e) != (ssize_t)sizeof e)
        e.step = NULL;
    over(w);
    dismiss(w);
    if (st)
        finish(w->set, st, e.step ? -1 : pid, &e);
}

/* The starter has ended, with or without a child of its order. */
static void lost(struct worker *w)
{
    struct starters *set = w->set;
    struct start *st = w->job;
    const struct birth b = *w->birth;
    if (w->busy)
        over(w);
    dismiss(w);
    if (st && b.pid > 0 && !b.e.step)
        finish(set, st, b.pid, &b.e);
    else if (st)
        fail(set, st, b.e.step ? b.e.step : "fork", b.e.step ? b.e.error : ECHILD);
}

static void starter_answered(struct worker *w)
{
    struct answer a;
    int fds[2];
    struct starters *set = w->set;
    struct start *st = w->job;
    int got = starter_receive(w->watch.fd, &a, sizeof a, fds, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        lost(w);
        return;
    }
    bool spare = w->passed && starters_count(set) > 1; /* somebody else has taken its place */
    over(w);
    if (w->old || spare)
        dismiss(w);
    if (!st || st->lent) {
        if (fds[0] >= 0)
            (void)close(fds[0]); /* nobody wants it back */
    } else {
        st->fd = fds[0];
    }
    if (!st)
        return;
    if (st->service && a.e.step && starter_lacks_process(&a.e) &&
        (a.e.error == EINVAL || a.e.error == ENOSYS)) {
        set->forks = true; /* no such child here: an old kernel, or an emulator */
        put_back(set, st);
    } else {
        finish(set, st, a.e.step ? -1 : a.pid, &a.e);
    }
}

static void answered(struct watch *watch)
{
    struct worker *w = loop_owner(watch, struct worker, watch);
    struct starters *set = w->set;
    (w->pid == 0 ? child_answered : starter_answered)(w);
    dispatch(set);
}

bool starters_reaped(struct starters *set, pid_t pid)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct worker *w = &set->workers[i];
        if (w->watch.fd < 0)
            continue;
        if (w->pid == pid) {
            lost(w);
            dispatch(set);
            return false;
        }
        if (!w->job || w->birth->pid != pid)
            continue;
        if (w->pid == 0) {
            child_answered(w);
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
    for (struct start *st = set->first; st; st = st->next)
        if (st->service)
            fn(arg, st);
}
