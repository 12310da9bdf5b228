/* admit/admit.c -- who gets a handler, and when a listener leaves the select set */
#include "config.h"

#include "admit/admit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admit/tally.h"
#include "base/event.h"
#include "base/log.h"

/* 16,384 entries of at most 48 bytes: 768 KiB, for all services together (doorward.conf(5),
 * LIMITS). */
enum { SOURCE_ENTRIES = 16384 };

void admit_arm(struct master *m, struct service *s)
{
    for (size_t i = 0; i < s->nlisteners; i++) {
        struct listener *l = s->listeners[i];
        if (!listener_wanted(l)) {
            loop_unwatch(m->loop, &l->watch);
        } else if (loop_watch(m->loop, &l->watch) < 0) {
            /* Out of memory or of epoll watches: the timer tries again. */
            admit_fault(m, s, "watch", errno, NS_PER_S, 60 * NS_PER_S);
            return;
        }
    }
}

static void rate_over(struct timer *t)
{
    struct runtime *r = loop_owner(t, struct runtime, rate);
    admit_hold(r->master, r->service, HOLD_RATE, false, NULL);
}

static void fault_over(struct timer *t)
{
    struct runtime *r = loop_owner(t, struct runtime, fault);
    admit_hold(r->master, r->service, HOLD_FAULT, false, NULL);
}

struct runtime *admit_runtime(struct master *m, struct service *s)
{
    if (s->runtime)
        return s->runtime;
    struct runtime *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->service = s;
    r->master = m;
    r->rate.fire = rate_over;
    r->fault.fire = fault_over;
    r->summary.fire = admit_say_summary;
    r->last_status = -1;
    return s->runtime = r;
}

void admit_forget(struct master *m, struct service *s)
{
    struct runtime *r = s->runtime;
    if (!r)
        return;
    admit_say_all(r);
    loop_timer_stop(m->loop, &r->rate);
    loop_timer_stop(m->loop, &r->fault);
    loop_timer_stop(m->loop, &r->summary);
    free(r);
    s->runtime = NULL;
}

void admit_hold(struct master *m, struct service *s, enum hold why, bool on, const char *reason)
{
    bool before = s->holds != 0;
    if (!service_hold(s, why, on))
        return;
    bool now = s->holds != 0;
    if (on && reason)
        admit_say_pause(m, s, reason);
    if (now == before)
        return;
    admit_arm(m, s);
    if (!now)
        admit_say_resume(s);
    m->changed(m, s);
}

static bool full(const struct service *s)
{
    return !s->entry->wait && s->entry->settings->accept_max &&
           s->running >= s->entry->settings->accept_max;
}

/* No memory even to hold the service: it is asked again at once, so let the system have a moment.
 */
static void breathe(const struct service *s, const char *reason)
{
    const struct timespec moment = {.tv_nsec = 50 * (long)NS_PER_MS};
    log_warnx("%s: %s: out of memory", s->entry->name, reason);
    (void)nanosleep(&moment, NULL); /* a signal may cut it short */
}

/* Hold the service until the token comes. */
static void wait_for_token(struct master *m, struct service *s, uint64_t at)
{
    struct runtime *r = admit_runtime(m, s);
    if (!r || loop_timer(m->loop, &r->rate, at) < 0) {
        breathe(s, "service_max");
        return;
    }
    admit_hold(m, s, HOLD_RATE, true, "service_max");
}

bool admit_ready(struct master *m, struct service *s)
{
    if (s->holds)
        return false;
    if (full(s)) {
        admit_hold(m, s, HOLD_FULL, true, "accept_max");
        return false;
    }
    uint64_t at = rate_check(&s->entry->settings->service_max, s->bucket, loop_now());
    if (at) {
        wait_for_token(m, s, at);
        return false;
    }
    return true;
}

static bool has_source_limits(const struct settings *set)
{
    return set->source.max != 0 || set->source.rate.interval != 0;
}

static uint64_t seed(const struct master *m)
{
    /* Addresses and the clock: enough to keep strangers from choosing collisions. */
    uint64_t random = loop_now() ^ (uint64_t)(uintptr_t)m ^ (uint64_t)getpid() << 32;
#if HAVE_GETENTROPY
    if (getentropy(&random, sizeof random) < 0)
        return random; /* the above has to do */
#endif
    return random;
}

/* Who cannot be told apart from others can be neither judged nor counted. */
static bool is_known(const struct addr *peer)
{
    return addr_family(peer) != AF_UNSPEC;
}

static struct sources *table_of_sources(struct master *m)
{
    if (!m->sources)
        m->sources = sources_new(SOURCE_ENTRIES, seed(m));
    return m->sources;
}

static bool enter_source(struct master *m, struct service *s, const struct addr *peer,
                         uint32_t *slot, enum reject *why)
{
    const struct settings *set = s->entry->settings;
    if (!has_source_limits(set))
        return true;
    struct prefix source = prefix_of(peer, set->source_v4bits, set->source_v6bits);
    /* A limit that cannot be applied refuses. */
    enum source_verdict verdict =
        table_of_sources(m) && is_known(peer)
            ? sources_enter(m->sources, s->id, &source, &set->source, loop_now(), slot)
            : SOURCE_MAX;
    *why = verdict == SOURCE_RATE ? REJECT_IP_MAX : REJECT_SOURCE_MAX;
    return verdict == SOURCE_OK;
}

bool admit_peer(struct master *m, struct service *s, const struct addr *peer, uint32_t *slot,
                enum reject *why)
{
    const struct access *rules = &s->entry->settings->access;
    if (peer && rules->count && !(is_known(peer) && access_check(rules, peer, NULL))) {
        *why = REJECT_ACCESS;
        return false;
    }
    *slot = SOURCE_NONE;
    if (peer && !enter_source(m, s, peer, slot, why))
        return false;
    /* The caller asked admit_ready() before: the token is there. */
    (void)rate_take(&s->entry->settings->service_max, &s->bucket, loop_now());
    s->running++;
    return true;
}

uint32_t admit_recount(struct master *m, const struct service *s, const struct addr *peer,
                       uint32_t slot)
{
    static const struct source_limits none = {.max = 0};
    const struct settings *set = s->entry->settings;
    uint32_t fresh = SOURCE_NONE;
    if (has_source_limits(set) && is_known(peer) && table_of_sources(m)) {
        struct prefix source = prefix_of(peer, set->source_v4bits, set->source_v6bits);
        (void)sources_enter(m->sources, s->id, &source, &none, loop_now(), &fresh); /* no limits */
    }
    if (m->sources)
        sources_leave(m->sources, slot);
    return fresh;
}

static void leave(struct master *m, struct service *s)
{
    s->running--;
    if ((s->holds & HOLD_FULL) && !full(s))
        admit_hold(m, s, HOLD_FULL, false, NULL);
}

void admit_undo(struct master *m, struct service *s, uint32_t slot)
{
    if (m->sources)
        sources_undo(m->sources, slot, &s->entry->settings->source);
    rate_undo(&s->entry->settings->service_max, &s->bucket);
    leave(m, s);
}

void admit_release(struct master *m, struct service *s, uint32_t slot)
{
    if (m->sources)
        sources_leave(m->sources, slot);
    leave(m, s);
}

void admit_fault(struct master *m, struct service *s, const char *reason, int error, uint64_t first,
                 uint64_t most)
{
    struct runtime *r = admit_runtime(m, s);
    if (!r) {
        breathe(s, reason);
        return;
    }
    r->fault_pause = r->fault_pause ? r->fault_pause * 2 : first;
    if (r->fault_pause > most)
        r->fault_pause = most;
    bool news = r->fault_error != error;
    r->fault_error = error;
    r->unsaid_error = strcmp(reason, "exec") == 0 ? 0 : error;
    r->fault_reason = r->reason = reason;
    (void)text_fits(r->last_error, sizeof r->last_error, "%s: %s", reason, strerror(error));
    if (loop_timer(m->loop, &r->fault, loop_now() + r->fault_pause) < 0) {
        breathe(s, reason);
        return;
    }
    admit_hold(m, s, HOLD_FAULT, true, NULL);
    if (news)
        admit_say_fault(r);
}

void admit_success(struct service *s)
{
    struct runtime *r = s->runtime;
    if (!r || !r->fault_pause)
        return;
    r->fault_pause = 0;
    r->fault_error = 0;
    admit_say_resume(s);
}

void admit_pause(struct master *m, struct service *s, bool on)
{
    admit_hold(m, s, HOLD_ADMIN, on, "admin");
}

void admit_refresh(struct master *m, struct service *s)
{
    struct runtime *r = s->runtime;
    admit_success(s);
    if (r) {
        loop_timer_stop(m->loop, &r->rate);
        loop_timer_stop(m->loop, &r->fault);
    }
    rate_cut(&s->entry->settings->service_max, &s->bucket, loop_now());
    (void)service_hold(s, HOLD_FULL, full(s));
    if (!s->holds)
        admit_say_resume(s);
    admit_arm(m, s);
    m->changed(m, s);
}
