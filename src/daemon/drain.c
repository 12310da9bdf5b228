/* daemon/drain.c -- nobody new is served, and who is gets a time to end */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/event.h"
#include "base/log.h"
#include "daemon/private.h"
#include "handler/child.h"
#include "handler/drain.h"
#include "os/fd.h"
#include "os/sd.h"
#include "serve/conn.h"
#include "serve/peers.h"

enum {
    LOOK_MS = 20,  /* while something is to end */
    OPEN_MS = 500, /* for those who stand in a backlog: more come meanwhile */
    QUIT_MS = 500, /* that those who are being started may take to become handlers */
    KILLED_S = 6   /* after the time is up: 5 from TERM to KILL, and one to be reaped */
};

static uint64_t until(uint64_t time)
{
    uint64_t now = loop_now();
    return time < UINT64_MAX - now ? now + time : UINT64_MAX;
}

/* As a service has it. */
static uint32_t tenths(uint64_t ns)
{
    uint64_t n = ns / DRAIN_TENTH + (ns % DRAIN_TENTH > 0);
    return n < DRAIN_NEVER ? (uint32_t)n : DRAIN_NEVER;
}

/* --- those whose time is up ------------------------------------------------------------------ */

static bool is_busy(const struct service *s)
{
    return s->running || s->starting || s->waiting;
}

static bool time_is_up(const struct server *sv, const struct service *s, uint64_t now)
{
    return (s->drain_at && now / DRAIN_TENTH >= s->drain_at) ||
           (sv->draining.all && now >= sv->draining.until);
}

/* True: something is still to end. */
static bool end_overdue(struct server *sv)
{
    const struct table *t = sv->master.table;
    uint64_t now = loop_now();
    bool busy = false, everybody = sv->draining.all && now >= sv->draining.until;
    for (size_t i = 0; i < t->count; i++) {
        struct service *s = t->services[i];
        if (!is_busy(s) || (!s->drain_at && !sv->draining.all))
            continue;
        busy = true;
        if (!time_is_up(sv, s, now))
            continue;
        if (!everybody)
            children_end(sv->master.children, s);
        conn_drop(&sv->master, s);
    }
    if (busy && everybody)
        children_end(sv->master.children, NULL);
    return busy;
}

/* Past that nobody is waited for who does not even die by KILL. */
static bool is_over(const struct server *sv)
{
    return sv->draining.until != UINT64_MAX &&
           loop_now() > sv->draining.until + KILLED_S * NS_PER_S;
}

static bool has_backlog(const struct service *s)
{
    for (size_t i = 0; i < s->nlisteners; i++)
        if (service_listeners(s)[i]->watch.fd >= 0 &&
            fd_readable(service_listeners(s)[i]->watch.fd))
            return true;
    return false;
}

/* To close a listener is to reset those who stand in its backlog: they are taken first. */
static void close_when_empty(struct server *sv)
{
    const struct table *t = sv->master.table;
    for (size_t i = 0;
         i < t->count && loop_now() < sv->draining.open && loop_now() < sv->draining.until; i++)
        if (!t->services[i]->entry->wait && has_backlog(t->services[i]))
            return;
    sv->draining.open = 0;
    server_close(sv);
}

static void look(struct timer *t)
{
    struct server *sv = loop_owner(t, struct server, draining.look);
    if (sv->draining.open)
        close_when_empty(sv);
    bool busy = end_overdue(sv) || sv->draining.open, all = sv->draining.all;
    if (all && ((!busy && !drain_count() && !peers_wait()) || is_over(sv)))
        loop_stop(sv->master.loop);
    else if (busy || all)
        (void)loop_timer(sv->master.loop, t, loop_now() + LOOK_MS * NS_PER_MS); /* from its fire */
}

static void begin(struct server *sv)
{
    sv->draining.look.fire = look;
    if (loop_timer(sv->master.loop, &sv->draining.look, loop_now()) < 0)
        log_warn("drain");
}

/* --- at once --------------------------------------------------------------------------------- */

static bool starts_are_under_way(const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->starting)
            return true;
    return false;
}

/* Each that became a handler hears of it; who holds his own start may keep it. */
static void quit_soon(struct timer *t)
{
    struct server *sv = loop_owner(t, struct server, draining.look);
    bool over = !starts_are_under_way(sv->master.table) || loop_now() >= sv->draining.quit_at;
    if (!over && loop_timer(sv->master.loop, t, loop_now() + LOOK_MS * NS_PER_MS) == 0)
        return;
    children_signal(sv->master.children, SIGTERM); /* once: a second one may mean something else */
    loop_stop(sv->master.loop);
}

void server_quit(struct server *sv)
{
    if (!sv->serving || sv->draining.quits) {
        loop_stop(sv->master.loop);
        return;
    }
    const struct table *t = sv->master.table;
    sv->draining.quits = true;
    sv->draining.quit_at = loop_now() + QUIT_MS * NS_PER_MS;
    server_drop_load(sv);
    server_close(sv);
    for (size_t i = 0; i < t->count; i++)
        conn_drop(&sv->master, t->services[i]);
    sv->draining.look.fire = quit_soon;
    quit_soon(&sv->draining.look);
}

/* --- who is drained -------------------------------------------------------------------------- */

void server_drain_service(struct server *sv, struct service *s, uint64_t time)
{
    s->drain_at = tenths(until(time));
    event_drain(s->entry->name, s->running, time);
    hold_begin(&sv->master, s, HOLD_ADMIN);
    begin(sv);
}

/* What the manager has to wait for is longer than it may think. */
static void tell_manager(uint64_t time)
{
    if (time < UINT64_MAX / 2)
        sd_notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu",
                  (unsigned long long)((time + 2 * KILLED_S * NS_PER_S) / 1000));
    else
        sd_notify("STOPPING=1");
}

void server_drain(struct server *sv, uint64_t time)
{
    const struct table *t = sv->master.table;
    server_drop_load(sv);
    if (!sv->draining.all) {
        sv->draining.all = true;
        event_drain(NULL, children_count(sv->master.children), time);
        sv->draining.open = loop_now() + OPEN_MS * NS_PER_MS;
    }
    sv->draining.until = until(time);
    for (size_t i = 0; i < t->count; i++)
        t->services[i]->drain_at = tenths(sv->draining.until);
    tell_manager(time);
    begin(sv);
}
