/* handler/errlog.c -- what handlers write to stderr = log, line by line into the log */
#include "config.h"

#include "handler/errlog_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"

enum {
    LAST_READS = 16, /* to find it, when the handler has ended */
    /* What handlers leave running is in no limit's count: that many of their pipes are read, then
     * the one that has been left the longest is closed. */
    MOST_LEFT = 256,
    LAST_WORDS_MS = 200 /* that the end of the daemon waits for them */
};

static struct ring running = RING_EMPTY(running), left = RING_EMPTY(left);
static size_t nleft;
static bool ending; /* the daemon: nobody is asked any more */

/* Who writes can hold the pipe's lock, so that read(2) and close(2) wait for him. Is there nobody
 * who could? */
static bool is_ours_alone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR);
}

static void stop_reading(struct errlog *e)
{
    if (e->watch.fd < 0)
        return;
    if (e->rests)
        ring_leave(&e->rest);
    e->rests = false;
    helpers_forget(e->helpers, &e->question);
    loop_unwatch(e->loop, &e->watch);
    if (ending || is_ours_alone(e->watch.fd))
        (void)close(e->watch.fd); /* only read from */
    else
        helpers_let_go(e->helpers, e->watch.fd, &e->question.whose);
    e->watch.fd = -1;
}

static void drop(struct errlog *e)
{
    ring_leave(&e->link);
    nleft -= e->left;
    stop_reading(e);
    voice_leave(e->voice);
    free(e);
}

static void say(struct errlog *e, const char *from, size_t len)
{
    static const char rest[] = "(what follows is over stderr_max)";
    size_t room = e->most ? e->most - e->said : len, n = len < room ? len : room;
    if (n && voice_may(e->voice))
        event_stderr(voice_service(e->voice), e->pid, from, n);
    e->said += n;
    if (n == len || e->full)
        return;
    if (voice_may(e->voice))
        event_stderr(voice_service(e->voice), e->pid, rest, sizeof rest - 1);
    e->full = true;
}

static void remember(struct errlog *e, const char *from, size_t len)
{
    piece_keep(e->last, &e->last_len, from, len);
}

/* Log the finished lines and keep the rest. */
static void split(struct errlog *e)
{
    char *from = e->line, *end = e->line + e->len, *newline;
    while ((newline = memchr(from, '\n', (size_t)(end - from)))) {
        say(e, from, (size_t)(newline - from));
        remember(e, from, (size_t)(newline - from));
        from = newline + 1;
    }
    e->len = (size_t)(end - from);
    if (e->len == sizeof e->line) {
        say(e, from, e->len);
        remember(e, from, e->len);
        e->len = 0;
    }
    memmove(e->line, from, e->len);
}

/* The last line may lack its newline. */
static void say_rest(struct errlog *e)
{
    say(e, e->line, e->len);
    if (e->len > 0)
        remember(e, e->line, e->len);
    e->len = 0;
}

static struct piece_want wanted(const struct errlog *e)
{
    return (struct piece_want){.room = voice_is_full(e->voice) ? 0 : sizeof e->line - e->len};
}

/* There is no more to read, or it cannot be read. */
static void give_up(struct errlog *e)
{
    say_rest(e);
    if (e->left)
        drop(e);
    else
        stop_reading(e);
}

static void watch_again(struct ring *link)
{
    struct errlog *e = loop_owner(link, struct errlog, rest);
    e->rests = false;
    if (loop_watch(e->loop, &e->watch) < 0)
        give_up(e);
}

/* The log takes no more for now. */
static void leave_out(struct errlog *e, const struct piece *p)
{
    if (p->lines > 0)
        e->len = 0; /* the line that it began has ended */
    size_t room = sizeof e->line - 1 - e->len;
    memcpy(e->line + e->len, p->bytes, p->len < room ? p->len : room);
    e->len += p->len < room ? p->len : room;
    remember(e, p->last, p->last_len);
    voice_left_out(e->voice, p->lines);
}

/* False at the end, or when it cannot be read. */
static bool take(struct errlog *e, const struct piece_want *w, const struct piece *p)
{
    if (p->n <= 0)
        return p->n < 0 && (p->error == EAGAIN || p->error == EINTR);
    if (w->room == 0) {
        leave_out(e, p);
        return true;
    }
    memcpy(e->line + e->len, p->bytes, p->len);
    e->len += p->len;
    split(e);
    return true;
}

static void read_now(struct errlog *e, struct piece_want *w, struct piece *p)
{
    *w = wanted(e);
    *p = (struct piece){.n = 0};
    (void)piece_read(e->watch.fd, w, p); /* gives no descriptor */
}

/* Nobody who says too much takes the master's time. `e` may be gone after it. */
static void took(struct errlog *e, const struct piece_want *w, const struct piece *p)
{
    if (!take(e, w, p)) {
        give_up(e);
        return;
    }
    loop_unwatch(e->loop, &e->watch);
    e->rests = w->room == 0 && p->n > 0 && voice_rest(e->voice, &e->rest, watch_again);
    if (!e->rests)
        watch_again(&e->rest);
}

static void was_read(struct question *q, const void *answer, int fd)
{
    struct errlog *e = loop_owner(q, struct errlog, question);
    (void)fd; /* none */
    if (answer)
        took(e, &e->want, answer);
    else
        watch_again(&e->rest);
}

/* One read for each readiness: a handler that never stops writing holds nobody up. */
static void readable(struct watch *w)
{
    struct errlog *e = loop_owner(w, struct errlog, watch);
    if (is_ours_alone(w->fd)) {
        struct piece p;
        read_now(e, &e->want, &p);
        took(e, &e->want, &p);
        return;
    }
    loop_unwatch(e->loop, w); /* until the answer has come */
    e->want = wanted(e);
    helpers_ask(e->helpers, &e->question);
}

void errlog_fill(struct errlog *e, const struct errlog_owner *o, struct voice *voice, int fd)
{
    *e = (struct errlog){.watch = {.ready = readable, .fd = fd},
                         .loop = o->loop,
                         .helpers = o->helpers,
                         .question = {.act = piece_read,
                                      .done = was_read,
                                      .ask = &e->want,
                                      .size = sizeof e->want,
                                      .fd = fd,
                                      .whose = o->whose},
                         .voice = voice,
                         .child_end = -1};
    ring_enter(&running, &e->link);
}

struct errlog *errlog_new(const struct errlog_owner *o, size_t most, int *child_end)
{
    int ends[2];
    struct errlog *e = calloc(1, sizeof *e);
    struct voice *voice = e ? voice_join(o->loop, o->name) : NULL;
    if (!voice || pipe2(ends, O_CLOEXEC) < 0) {
        int error = errno;
        if (voice)
            voice_leave(voice);
        free(e);
        errno = error;
        return NULL;
    }
    errlog_fill(e, o, voice, ends[0]);
    e->most = most;
    e->child_end = ends[1];
    /* Only our end: the handler's stays blocking, as all that it gets. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        errlog_discard(e);
        errno = error;
        return NULL;
    }
    *child_end = ends[1];
    return e;
}

void errlog_started(struct errlog *e, pid_t pid)
{
    e->pid = pid;
    (void)close(e->child_end); /* the handler has it */
    e->child_end = -1;
    /* Not before: its lines name the pid. */
    if (loop_watch(e->loop, &e->watch) < 0) {
        log_warn("a handler's stderr");
        stop_reading(e);
    }
}

void errlog_discard(struct errlog *e)
{
    (void)close(e->child_end); /* nobody wrote */
    (void)close(e->watch.fd);  /* no handler had its other end */
    e->watch.fd = -1;
    drop(e);
}

/* All that it has said, and can be read now. */
static void read_on(struct errlog *e)
{
    struct piece p;
    bool more = e->watch.fd >= 0;
    for (int i = 0; more && i < LAST_READS; i++) {
        read_now(e, &e->want, &p);
        more = take(e, &e->want, &p) && p.n > 0;
    }
}

const char *errlog_last(struct errlog *e, size_t *len)
{
    /* While others write it is what has been read by now. */
    if (e->watch.fd >= 0 && is_ours_alone(e->watch.fd)) {
        helpers_hurry(e->helpers, &e->question);
        read_on(e);
    }
    if (e->len > 0)
        remember(e, e->line, e->len); /* it lacks its newline */
    *len = e->last_len;
    return e->last;
}

/* Say what there is, and read no more. */
static void end(struct errlog *e)
{
    say_rest(e);
    drop(e);
}

void errlog_left(struct errlog *e)
{
    if (e->watch.fd < 0) {
        drop(e);
        return;
    }
    ring_leave(&e->link);
    ring_enter(&left, &e->link);
    e->left = true;
    if (++nleft > MOST_LEFT)
        end(loop_owner(left.after, struct errlog, link));
}

static void end_all(struct ring *head, void (*end_one)(struct errlog *e))
{
    for (struct ring *k = head->after, *next; k != head; k = next) {
        struct errlog *e = loop_owner(k, struct errlog, link);
        next = k->after;
        read_on(e); /* its last words, if it has said any */
        end_one(e);
    }
}

/* A child has said it all, and has them open: ours are not the last to be closed. */
static void forget_all(struct ring *head)
{
    for (struct ring *k = head->after, *next; k != head; k = next) {
        struct errlog *e = loop_owner(k, struct errlog, link);
        next = k->after;
        drop(e);
    }
}

static bool any_shared(const struct ring *head)
{
    for (const struct ring *k = head->after; k != head; k = k->after) {
        const struct errlog *e = loop_owner(k, struct errlog, link);
        if (e->watch.fd >= 0 && !is_ours_alone(e->watch.fd))
            return true;
    }
    return false;
}

/* A child may be held by any of them; it stays until the master has closed its own, and closes
 * none of them before: whoever is held later by what the child has read would be the master. */
static _Noreturn void say_last_words(pid_t master, int said, int stay)
{
    const struct timespec moment = {.tv_nsec = (long)NS_PER_MS};
    char byte;
    end_all(&running, say_rest);
    end_all(&left, say_rest);
    voices_end();
    (void)close(said); /* the master sees it */
    (void)!read(stay, &byte, 1);
    while (getppid() == master) /* its exit closes one after the other */
        (void)nanosleep(&moment, NULL);
    _exit(0);
}

/* False: no child could be had. */
static bool leave_to_child(void)
{
    pid_t master = getpid();
    int said[2], stay[2];
    if (pipe2(said, O_CLOEXEC) < 0)
        return false;
    pid_t pid = pipe2(stay, O_CLOEXEC) < 0 ? -1 : fork();
    if (pid == 0) {
        (void)close(stay[1]); /* the master's */
        say_last_words(master, said[1], stay[0]);
    }
    (void)close(said[1]); /* the child's */
    struct pollfd p = {.fd = said[0], .events = POLLIN};
    if (pid > 0)
        (void)poll(&p, 1, LAST_WORDS_MS); /* if it takes longer it goes on alone */
    return pid > 0;                       /* the other ends go with the process */
}

void errlog_end(void)
{
    ending = true;
    if ((any_shared(&running) || any_shared(&left)) && leave_to_child()) {
        forget_all(&running);
        forget_all(&left);
        return;
    }
    end_all(&running, end);
    end_all(&left, end);
    voices_end();
}

void errlog_each_left(void (*fn)(void *arg, const struct errlog *e), void *arg)
{
    for (const struct ring *k = left.after; k != &left; k = k->after)
        fn(arg, loop_owner(k, struct errlog, link));
}
