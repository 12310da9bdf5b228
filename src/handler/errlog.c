/* handler/errlog.c -- what handlers write to stderr = log, line by line into the log */
#include "config.h"

#include "handler/errlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/ring.h"
#include "handler/voice.h"

enum {
    PIECE = 1024,       /* a longer line is logged in pieces */
    WASTE = 16 * PIECE, /* thrown away at a time */
    LAST = 256,         /* bytes of the last line that its end is told with */
    LAST_READS = 16,    /* to find it, when the handler has ended */
    /* What handlers leave running is in no limit's count: that many of their pipes are read, then
     * the one that has been left the longest is closed. */
    MOST_LEFT = 256
};

struct errlog {
    struct ring link;
    struct ring rest; /* in its voice's, while it has thrown away enough for now */
    bool rests;
    struct watch watch; /* fd -1: all writers have closed it */
    struct loop *loop;
    struct voice *voice;
    pid_t pid;
    int child_end;
    bool left;         /* the handler has ended */
    size_t most, said; /* bytes to log, 0 for all; and logged so far */
    bool full;         /* more than that came, and it was told */
    size_t len;
    char line[PIECE];
    size_t last_len;
    char last[LAST]; /* the last line that is not empty */
};

static struct ring running = RING_EMPTY(running), left = RING_EMPTY(left);
static size_t nleft;

static void stop_reading(struct errlog *e)
{
    if (e->watch.fd < 0)
        return;
    if (e->rests)
        ring_leave(&e->rest);
    e->rests = false;
    loop_unwatch(e->loop, &e->watch);
    (void)close(e->watch.fd); /* only read from */
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
    if (len == 0)
        return;
    e->last_len = len < sizeof e->last ? len : sizeof e->last;
    memcpy(e->last, from, e->last_len);
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
    e->len = 0;
}

/* May one more read be of use? */
static bool goes_on(ssize_t n)
{
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* One read of what is there; what read(2) said. */
static ssize_t take(struct errlog *e)
{
    ssize_t n = read(e->watch.fd, e->line + e->len, sizeof e->line - e->len);
    if (n > 0) {
        e->len += (size_t)n;
        split(e);
    }
    return n;
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

/* The same, of much that the log does not take: its lines are counted, its last one's end is
 * kept. */
static ssize_t waste(struct errlog *e)
{
    char piece[WASTE];
    ssize_t n = read(e->watch.fd, piece, sizeof piece);
    if (n <= 0)
        return n;
    const char *from = piece, *end = piece + n, *newline;
    uint64_t lines = 0;
    for (; (newline = memchr(from, '\n', (size_t)(end - from))); from = newline + 1) {
        remember(e, from, (size_t)(newline - from));
        lines++;
    }
    if (lines > 0)
        e->len = 0; /* the line that it began has ended */
    size_t rest = (size_t)(end - from), room = sizeof e->line - 1 - e->len;
    memcpy(e->line + e->len, from, rest < room ? rest : room);
    e->len += rest < room ? rest : room;
    voice_left_out(e->voice, lines);
    return n;
}

static ssize_t read_some(struct errlog *e)
{
    return voice_is_full(e->voice) ? waste(e) : take(e);
}

/* Nobody who says too much takes the master's time. */
static void take_a_rest(struct errlog *e)
{
    loop_unwatch(e->loop, &e->watch);
    e->rests = voice_rest(e->voice, &e->rest, watch_again);
    if (!e->rests)
        watch_again(&e->rest);
}

/* One read for each readiness: a handler that never stops writing holds nobody up. */
static void readable(struct watch *w)
{
    struct errlog *e = loop_owner(w, struct errlog, watch);
    bool full = voice_is_full(e->voice);
    ssize_t n = read_some(e);
    if (!goes_on(n))
        give_up(e);
    else if (full && n > 0)
        take_a_rest(e);
}

struct errlog *errlog_new(struct loop *loop, const char *service, size_t most, int *child_end)
{
    int ends[2];
    struct errlog *e = calloc(1, sizeof *e);
    struct voice *voice = e ? voice_join(loop, service) : NULL;
    if (!voice || pipe2(ends, O_CLOEXEC) < 0) {
        int error = errno;
        if (voice)
            voice_leave(voice);
        free(e);
        errno = error;
        return NULL;
    }
    *e = (struct errlog){.watch = {.ready = readable, .fd = ends[0]},
                         .loop = loop,
                         .voice = voice,
                         .most = most,
                         .child_end = ends[1]};
    ring_enter(&running, &e->link);
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
    drop(e);
}

const char *errlog_last(struct errlog *e, size_t *len)
{
    for (int i = 0; i < LAST_READS && e->watch.fd >= 0 && read_some(e) > 0; i++)
        ; /* until there is no more */
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

static void end_all(struct ring *head)
{
    for (struct ring *k = head->after, *next; k != head; k = next) {
        struct errlog *e = loop_owner(k, struct errlog, link);
        next = k->after;
        if (e->watch.fd >= 0)
            (void)take(e); /* its last words, if it has said any */
        end(e);
    }
}

void errlog_end(void)
{
    end_all(&running);
    end_all(&left);
    voices_end();
}
