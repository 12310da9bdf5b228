/* errlog.c -- what handlers write to stderr = log, line by line into the log */
#include "config.h"

#include "errlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "log.h"

enum {
    PIECE = 1024, /* a longer line is logged in pieces */
    /* What handlers leave running is in no limit's count: that many of their pipes are read, then
     * the one that has been left the longest is closed. */
    MOST_LEFT = 256
};

struct errlog {
    struct errlog *next, **at; /* in its list; at: what points here */
    struct watch watch;        /* fd -1: all writers have closed it */
    struct loop *loop;
    char *service;
    pid_t pid;
    int child_end;
    bool left; /* the handler has ended */
    size_t len;
    char line[PIECE];
};

/* Each the oldest first, with the place for the next. */
struct list {
    struct errlog *first, **end;
    size_t count;
};
static struct list running = {NULL, &running.first, 0}, left = {NULL, &left.first, 0};

static struct list *list_of(const struct errlog *e)
{
    return e->left ? &left : &running;
}

static void enter(struct errlog *e)
{
    struct list *list = list_of(e);
    e->next = NULL;
    e->at = list->end;
    *list->end = e;
    list->end = &e->next;
    list->count++;
}

static void leave(struct errlog *e)
{
    struct list *list = list_of(e);
    *e->at = e->next;
    if (e->next)
        e->next->at = e->at;
    else
        list->end = e->at;
    list->count--;
}

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
    leave(e);
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
    ends[0] = loop_long_lived(ends[0]);
    *e = (struct errlog){.watch = {.ready = readable, .fd = ends[0]},
                         .loop = loop,
                         .service = copy,
                         .child_end = ends[1]};
    enter(e);
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

void errlog_left(struct errlog *e)
{
    leave(e);
    e->left = true;
    enter(e);
    if (e->watch.fd < 0)
        drop(e);
    if (left.count > MOST_LEFT) {
        say_rest(left.first);
        drop(left.first);
    }
}

/* The last words, if there are any. */
static void end(struct list *list)
{
    for (struct errlog *e = list->first, *next; e; e = next) {
        next = e->next;
        if (e->watch.fd >= 0)
            (void)take(e);
        say_rest(e);
        drop(e);
    }
}

void errlog_end(void)
{
    end(&running);
    end(&left);
}
