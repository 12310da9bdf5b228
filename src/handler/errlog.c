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

enum {
    PIECE = 1024, /* a longer line is logged in pieces */
    /* What handlers leave running is in no limit's count: that many of their pipes are read, then
     * the one that has been left the longest is closed. */
    MOST_LEFT = 256
};

struct errlog {
    struct ring link;
    struct watch watch; /* fd -1: all writers have closed it */
    struct loop *loop;
    char *service;
    pid_t pid;
    int child_end;
    bool left; /* the handler has ended */
    size_t len;
    char line[PIECE];
};

static struct ring running = RING_EMPTY(running), left = RING_EMPTY(left);
static size_t nleft;

static void stop_reading(struct errlog *e)
{
    if (e->watch.fd < 0)
        return;
    loop_unwatch(e->loop, &e->watch);
    (void)close(e->watch.fd); /* only read from */
    e->watch.fd = -1;
}

static void drop(struct errlog *e)
{
    ring_leave(&e->link);
    nleft -= e->left;
    stop_reading(e);
    free(e->service);
    free(e);
}

static void say(const struct errlog *e, const char *from, size_t len)
{
    if (len)
        event_stderr(e->service, e->pid, from, len);
}

/* Log the finished lines and keep the rest. */
static void split(struct errlog *e)
{
    char *from = e->line, *end = e->line + e->len, *newline;
    while ((newline = memchr(from, '\n', (size_t)(end - from))) != NULL) {
        say(e, from, (size_t)(newline - from));
        from = newline + 1;
    }
    e->len = (size_t)(end - from);
    if (e->len == sizeof e->line) {
        say(e, from, e->len);
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

/* One read of what is there. False at the end, or when it cannot be read. */
static bool take(struct errlog *e)
{
    ssize_t n = read(e->watch.fd, e->line + e->len, sizeof e->line - e->len);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    e->len += (size_t)n;
    split(e);
    return true;
}

/* One read for each readiness: a handler that never stops writing holds nobody up. */
static void readable(struct watch *w)
{
    struct errlog *e = loop_owner(w, struct errlog, watch);
    if (take(e))
        return;
    say_rest(e);
    if (e->left)
        drop(e);
    else
        stop_reading(e);
}

struct errlog *errlog_new(struct loop *loop, const char *service, int *child_end)
{
    int ends[2];
    struct errlog *e = calloc(1, sizeof *e);
    char *copy = strdup(service);
    if (!e || !copy || pipe2(ends, O_CLOEXEC) < 0) {
        free(copy);
        free(e);
        return NULL;
    }
    *e = (struct errlog){.watch = {.ready = readable, .fd = ends[0]},
                         .loop = loop,
                         .service = copy,
                         .child_end = ends[1]};
    ring_enter(&running, &e->link);
    /* Only our end: the handler's stays blocking, as SPEC 4 says of all it gets. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || loop_watch(loop, &e->watch) < 0) {
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
}

void errlog_discard(struct errlog *e)
{
    (void)close(e->child_end); /* nobody wrote */
    drop(e);
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
}
