/* os/helper.c -- calls on what others share, made by a process that may be held by it */
#include "config.h"

#include "os/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "base/log.h"
#include "base/outlet.h"
#include "os/closefds.h"
#include "os/message.h"

enum {
    PLACES = 32,
    TURNS = 256,     /* places to note whose turn it was */
    PER_SERVICE = 2, /* that are held, of one service */
    PER_USER = 4,    /* and of one user; one, when many users hold some */
    MOMENT_MS = 20,  /* who takes longer is passed over */
    AGAIN_MS = 100   /* until the next try, when there is no process to be had */
};

struct order {
    int (*act)(int fd, const void *ask, void *answer);
    _Alignas(max_align_t) unsigned char ask[HELPER_ASK];
};

struct reply {
    _Alignas(max_align_t) unsigned char answer[HELPER_ANSWER];
};

struct helper {
    struct watch watch; /* the socket; fd -1: nobody is here */
    struct helpers *set;
    pid_t pid;
    struct question *job; /* NULL: idle, or its asker has gone */
    struct holder whose;  /* of the job */
    uint64_t since;       /* ns, loop_now() */
    bool busy, passed;
    bool old; /* it knows a former load */
};

struct helpers {
    struct loop *loop;
    struct timer timer;
    struct helper places[PLACES];
    struct question *first, **last; /* who waits for a helper */
    size_t held;
    bool rest;
    uint32_t turn, turns[TURNS]; /* the last one of all, and of those services */
};

/* --- in the helper -------------------------------------------------------------------------- */

static void settle_in(int sock)
{
    int keep[3] = {sock};
#if HAVE_SYS_PRCTL_H && defined PR_SET_PDEATHSIG
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);    /* else the end of the socket has to do */
    (void)prctl(PR_SET_NAME, "doorward-help"); /* for ps and top */
#endif
    close_fds(3, keep, 1 + outlet_descriptors(keep + 1));
}

static _Noreturn void help(int sock)
{
    struct order o;
    struct reply r;
    int fds[2];
    settle_in(sock);
    while (message_receive(sock, &o, sizeof o, fds, 0) > 0) {
        memset(&r, 0, sizeof r);
        const int back[2] = {o.act(fds[0], o.ask, r.answer), -1};
        (void)close(fds[0]); /* before the answer: the master may want the address at once */
        if (message_send(sock, &r, sizeof r, back) < 0)
            break; /* the master has gone */
        if (back[0] >= 0)
            (void)close(back[0]); /* the master has it */
    }
    _exit(0);
}

/* --- helpers -------------------------------------------------------------------------------- */

static void answered(struct watch *w);
static void dispatch(struct helpers *set);

static void dismiss(struct helper *h)
{
    loop_unwatch(h->set->loop, &h->watch);
    (void)close(h->watch.fd); /* it has been read to its end, or nobody wants to know */
    *h = (struct helper){.watch = {.ready = answered, .fd = -1}, .set = h->set};
}

/* NULL: there is no process to be had. */
static struct helper *hire(struct helper *h)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return NULL;
    pid_t pid = fork();
    if (pid == 0)
        help(ends[1]);
    (void)close(ends[1]); /* the helper's */
    h->watch.fd = ends[0];
    h->pid = pid;
    if (pid > 0 && loop_watch(h->set->loop, &h->watch) == 0)
        return h;
    dismiss(h);
    return NULL;
}

/* An idle one, or a new one where all that are at work are held; NULL: none now. */
static struct helper *idle(struct helpers *set)
{
    struct helper *place = NULL, *old = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        struct helper *h = &set->places[i];
        if (h->watch.fd < 0)
            place = h;
        else if (!h->busy && !h->old)
            return h;
        else if (!h->busy)
            old = h; /* better than none */
        else if (!h->passed)
            return NULL; /* it will be idle soon */
    }
    struct helper *fresh = place ? hire(place) : NULL;
    for (size_t i = 0; fresh && i < PLACES; i++)
        if (set->places[i].old && !set->places[i].busy)
            dismiss(&set->places[i]);
    return fresh ? fresh : old;
}

static bool is_alone(const struct helper *h)
{
    for (size_t i = 0; i < PLACES; i++)
        if (h->set->places[i].watch.fd >= 0 && &h->set->places[i] != h)
            return false;
    return true;
}

bool helpers_ready(struct helpers *set)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set->places[i].watch.fd >= 0)
            return true;
    return idle(set);
}

bool helpers_work(const struct helpers *set)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set->places[i].busy && !set->places[i].passed)
            return true;
    return false;
}

/* Those that are idle go when there is a new one: it may be that there are no descriptors left. */
void helpers_renew(struct helpers *set)
{
    for (size_t i = 0; i < PLACES; i++)
        set->places[i].old = set->places[i].watch.fd >= 0;
}

/* --- who is next ---------------------------------------------------------------------------- */

bool helpers_enough_held(size_t of_service, size_t of_user, size_t held, size_t places)
{
    return of_service >= PER_SERVICE || of_user >= (held < places / 2 ? PER_USER : 1);
}

static bool capped(const struct helpers *set, const struct holder *whose)
{
    size_t of_service = 0, of_user = 0;
    for (size_t i = 0; set->held > 0 && i < PLACES; i++) {
        const struct helper *h = &set->places[i];
        if (!h->passed)
            continue;
        of_service += h->whose.service == whose->service;
        of_user += h->whose.user == whose->user;
    }
    return helpers_enough_held(of_service, of_user, set->held, PLACES);
}

/* Two services that share a place are as one. */
static uint32_t *turn_of(struct helpers *set, const struct question *q)
{
    return &set->turns[((uintptr_t)q->whose.service >> 4) % TURNS];
}

static bool before(struct helpers *set, const struct question *a, const struct question *b)
{
    return (int32_t)(*turn_of(set, a) - *turn_of(set, b)) < 0;
}

/* Take who is next: the oldest question of the service whose last turn lies furthest back. */
static struct question *take_next(struct helpers *set)
{
    struct question **best = NULL;
    for (struct question **at = &set->first; *at; at = &(*at)->next)
        if ((!set->rest || (*at)->gives) && !capped(set, &(*at)->whose) &&
            (!best || before(set, *at, *best)))
            best = at;
    struct question *q = best ? *best : NULL;
    if (q && !(*best = q->next))
        set->last = best;
    return q;
}

static void put_back(struct helpers *set, struct question *q)
{
    q->next = set->first;
    set->first = q;
    if (!q->next)
        set->last = &q->next;
}

/* --- a question on its way ------------------------------------------------------------------ */

static bool send_order(struct helper *h, struct question *q)
{
    struct order o;
    memset(&o, 0, sizeof o); /* what is between its members is sent, too */
    o.act = q->act;
    if (q->size > 0)
        memcpy(o.ask, q->ask, q->size);
    if (message_send(h->watch.fd, &o, sizeof o, (const int[2]){q->fd, -1}) < 0)
        return false;
    if (q->gives)
        (void)close(q->fd); /* not the last: the helper, or what is on its way there, has it */
    return true;
}

static void begin(struct helper *h, struct question *q)
{
    struct helpers *set = h->set;
    h->job = q;
    h->whose = q->whose;
    h->busy = true;
    h->since = loop_now();
    *turn_of(set, q) = ++set->turn;
}

/* Pass over who takes long. When is the next one to be looked at? */
static uint64_t pass_over(struct helpers *set)
{
    uint64_t now = loop_now(), next = now + AGAIN_MS * NS_PER_MS;
    for (size_t i = 0; i < PLACES; i++) {
        struct helper *h = &set->places[i];
        uint64_t due = h->since + MOMENT_MS * NS_PER_MS;
        if (!h->busy || h->passed)
            continue;
        if (due <= now)
            h->passed = ++set->held;
        else if (due < next)
            next = due;
    }
    return next;
}

static void dispatch(struct helpers *set)
{
    struct question *q;
    uint64_t next = set->first ? pass_over(set) : 0;
    while ((q = take_next(set))) {
        struct helper *h = idle(set);
        if (h && send_order(h, q)) {
            begin(h, q);
            continue;
        }
        put_back(set, q);
        if (loop_timer(set->loop, &set->timer, next) < 0)
            log_warn("helper: no timer"); /* the next question looks again */
        return;
    }
}

bool helpers_rest(struct helpers *set, bool on)
{
    set->rest = on;
    (void)pass_over(set);
    dispatch(set);
    return !on || !helpers_work(set);
}

void helpers_ask(struct helpers *set, struct question *q)
{
    if (q->asked)
        return;
    q->asked = true;
    q->next = NULL;
    *set->last = q;
    set->last = &q->next;
    dispatch(set);
}

void helpers_forget(struct helpers *set, struct question *q)
{
    if (!q->asked)
        return;
    q->asked = false;
    for (size_t i = 0; i < PLACES; i++)
        if (set->places[i].job == q)
            set->places[i].job = NULL;
    for (struct question **at = &set->first; *at; at = &(*at)->next)
        if (*at == q) {
            if (!(*at = q->next))
                set->last = at;
            return;
        }
}

/* --- answers -------------------------------------------------------------------------------- */

static void answered(struct watch *w)
{
    struct helper *h = loop_owner(w, struct helper, watch);
    struct helpers *set = h->set;
    struct reply r;
    int fds[2];
    int got = message_receive(w->fd, &r, sizeof r, fds, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    struct question *q = h->job;
    bool spare = h->passed && !is_alone(h); /* somebody else has taken its place */
    set->held -= h->passed;
    h->job = NULL;
    h->busy = h->passed = false;
    if (got <= 0 || spare)
        dismiss(h);
    if (q) {
        q->asked = false;
        q->done(q, got > 0 ? r.answer : NULL, fds[0]);
    } else if (fds[0] >= 0) {
        (void)close(fds[0]); /* nobody wants it any more */
    }
    dispatch(set);
}

static void look(struct timer *t)
{
    dispatch(loop_owner(t, struct helpers, timer));
}

void helpers_hurry(struct helpers *set, struct question *q)
{
    for (size_t i = 0; q->asked && i < PLACES; i++) {
        struct helper *h = &set->places[i];
        struct pollfd p = {.fd = h->watch.fd, .events = POLLIN};
        if (h->job == q && poll(&p, 1, MOMENT_MS) > 0)
            answered(&h->watch);
    }
    helpers_forget(set, q);
}

/* --- letting go ----------------------------------------------------------------------------- */

static int let_go(int fd, const void *ask, void *answer)
{
    const struct linger off = {.l_onoff = 0};
    (void)ask;
    (void)answer;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off); /* for sockets that have it */
    return -1;                                                     /* it is closed after this */
}

static void has_gone(struct question *q, const void *answer, int fd)
{
    (void)answer;
    (void)fd;
    free(q);
}

void helpers_let_go(struct helpers *set, int fd, const struct holder *whose)
{
    struct question *q = malloc(sizeof *q);
    if (!q) {
        (void)close(fd); /* there is no better way */
        return;
    }
    *q = (struct question){
        .act = let_go, .done = has_gone, .fd = fd, .gives = true, .whose = *whose};
    helpers_ask(set, q);
}

/* --- all of them ---------------------------------------------------------------------------- */

struct helpers *helpers_new(struct loop *loop)
{
    struct helpers *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->loop = loop;
    set->timer.fire = look;
    set->last = &set->first;
    for (size_t i = 0; i < PLACES; i++)
        set->places[i] = (struct helper){.watch = {.ready = answered, .fd = -1}, .set = set};
    return set;
}

static void drop(struct question *q)
{
    if (q && q->act == let_go)
        free(q); /* what is left of it ends with the process */
}

void helpers_free(struct helpers *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        drop(set->places[i].job);
        if (set->places[i].watch.fd >= 0)
            dismiss(&set->places[i]); /* it ends by this, or with us */
    }
    for (struct question *next, *q = set->first; q; q = next) {
        next = q->next;
        drop(q);
    }
    loop_timer_stop(set->loop, &set->timer);
    free(set);
}
