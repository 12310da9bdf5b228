/* admit/hold.c -- why a service's listeners are out of the select set, and what brings them back */
#include "config.h"

#include "admit/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admit/tally.h"
#include "base/backoff.h"
#include "base/log.h"
#include "base/text.h"
#include "os/loop.h"
#include "service/saved.h"

/* What only services that have been held by time or fault have. */
struct holds {
    struct service *service;
    struct master *master;
    struct timer rate;  /* ends HOLD_RATE */
    struct timer fault; /* ends HOLD_FAULT */
    struct ring line;   /* admit/share's: among those that wait for a place */
    uint64_t pause;     /* ns, of the last fault; 0 after a success */
    uint64_t since;     /* ns, loop_now(): of the last fault */
    int error;          /* errno of the last fault; 0 after a success */
    int last_error;     /* of the last fault ever */
    const char *reason; /* of the last fault ever; NULL none */
    const char *step;   /* what failed then */
    const char *words;  /* in place of what last_error says; NULL none */
    char explained[160];
};

static const char left_unread[] = "the handler ended and had not read from its socket";

static const struct {
    const char *reason;
    bool told; /* an event of its own tells the errno */
    struct backoff pause;
    const char *words; /* in place of what the errno says; NULL none */
} faults[FAULTS] = {
    [FAULT_WATCH] = {"watch", false, {NS_PER_S, 60 * NS_PER_S}, NULL},
    [FAULT_ACCEPT_FULL] = {"accept", false, {50 * NS_PER_MS, NS_PER_S}, NULL},
    [FAULT_ACCEPT] = {"accept", false, {NS_PER_S, 60 * NS_PER_S}, NULL},
    [FAULT_SOCKET] = {"socket", false, {50 * NS_PER_MS, NS_PER_S}, NULL},
    [FAULT_FORK] = {"fork", false, {100 * NS_PER_MS, NS_PER_S}, NULL},
    [FAULT_START] = {"start", false, {100 * NS_PER_MS, NS_PER_S}, NULL},
    [FAULT_EXEC] = {"exec", true, {NS_PER_S, 60 * NS_PER_S}, NULL},
    [FAULT_UNREAD] = {"unread", false, {NS_PER_S, 60 * NS_PER_S}, left_unread},
    [FAULT_MAYBE] = {"unread", false, {10 * NS_PER_MS, NS_PER_S}, left_unread},
};

/* --- the listeners -------------------------------------------------------------------------- */

void hold_arm(struct master *m, struct service *s)
{
    for (size_t i = 0; i < s->nlisteners; i++) {
        struct listener *l = service_listeners(s)[i];
        if (!listener_wanted(l)) {
            loop_unwatch(m->loop, &l->watch);
        } else if (loop_watch(m->loop, &l->watch) < 0) {
            hold_fault(m, s, FAULT_WATCH, NULL, errno); /* the timer tries again */
            return;
        }
    }
}

/* `bits` are the holds now. True when there were others. */
static bool set(struct service *s, unsigned bits)
{
    bool news = s->held != bits;
    s->held = (uint8_t)bits;
    return news;
}

void hold_begin(struct master *m, struct service *s, enum hold why)
{
    bool before = s->held != 0;
    if (!set(s, s->held | why))
        return;
    if (hold_word(why)->reason) /* faults tell of themselves */
        tally_pause(m->loop, s, hold_word(why)->reason);
    if (before)
        return;
    hold_arm(m, s);
    m->changed(m, s);
}

void hold_end(struct master *m, struct service *s, enum hold why)
{
    if (!set(s, s->held & ~(unsigned)why) || s->held)
        return;
    hold_arm(m, s);
    tally_resume(s);
    m->changed(m, s);
}

/* --- holds that time ends -------------------------------------------------------------------- */

static void rate_over(struct timer *t)
{
    struct holds *h = loop_owner(t, struct holds, rate);
    hold_end(h->master, h->service, HOLD_RATE);
}

static void fault_over(struct timer *t)
{
    struct holds *h = loop_owner(t, struct holds, fault);
    hold_end(h->master, h->service, HOLD_FAULT);
}

/* Made at the first need; NULL: out of memory. */
static struct holds *holds_of(struct master *m, struct service *s)
{
    if (!s->holds && (s->holds = calloc(1, sizeof *s->holds)))
        *s->holds = (struct holds){
            .service = s, .master = m, .rate.fire = rate_over, .fault.fire = fault_over};
    return s->holds;
}

/* No memory even to hold the service: it is asked again at once, so let the system have a
 * moment. */
static void breathe(const struct service *s, const char *reason)
{
    const struct timespec moment = {.tv_nsec = 50 * (long)NS_PER_MS};
    log_warnx("%s: %s: out of memory", s->entry->name, reason);
    (void)nanosleep(&moment, NULL); /* a signal may cut it short */
}

void hold_until(struct master *m, struct service *s, uint64_t at)
{
    struct holds *h = holds_of(m, s);
    if (!h || loop_timer(m->loop, &h->rate, at) < 0)
        breathe(s, hold_word(HOLD_RATE)->reason);
    else
        hold_begin(m, s, HOLD_RATE);
}

void hold_fault(struct master *m, struct service *s, enum fault why, const char *step, int error)
{
    struct holds *h = holds_of(m, s);
    const char *reason = faults[why].reason;
    if (!h) {
        breathe(s, reason);
        return;
    }
    bool news = h->error != error;
    if (!(s->held & HOLD_FAULT)) /* of starts that were under way together one counts */
        h->pause = backoff_next(&faults[why].pause, h->pause);
    h->error = h->last_error = error;
    h->since = loop_now();
    h->reason = reason;
    h->step = step ? step : reason;
    h->words = faults[why].words;
    if (loop_timer(m->loop, &h->fault, h->since + h->pause) < 0) {
        breathe(s, reason);
        return;
    }
    hold_begin(m, s, HOLD_FAULT);
    if (news)
        tally_fault(m->loop, s, reason, h->pause, faults[why].told ? 0 : error, faults[why].words);
}

void hold_explain(struct service *s, const char *words)
{
    struct holds *h = s->holds;
    struct text t;
    if (!h)
        return;
    text_init(&t, h->explained, sizeof h->explained);
    text_string(&t, words);
    text_mark_cut(&t);
    h->words = h->explained;
}

void hold_success(struct service *s, uint64_t began)
{
    struct holds *h = s->holds;
    if (!h || !h->pause || began < h->since)
        return;
    h->pause = 0;
    h->error = 0;
    tally_recovered(s);
    tally_resume(s);
}

int hold_error(const struct service *s)
{
    return s->holds ? s->holds->error : 0;
}

void hold_anew(struct master *m, struct service *s, bool full)
{
    hold_success(s, UINT64_MAX);
    if (s->holds) {
        loop_timer_stop(m->loop, &s->holds->rate);
        loop_timer_stop(m->loop, &s->holds->fault);
    }
    (void)set(s, (s->held & (HOLD_ADMIN | HOLD_SHARE)) |
                     (full ? HOLD_FULL : 0U)); /* told below, or before */
    if (!s->held)
        tally_resume(s);
    hold_arm(m, s);
    m->changed(m, s);
}

const char *hold_reason(const struct service *s)
{
    const struct hold_word *word = service_held(s);
    if (s->drain_at)
        return "drain";
    if (word && word->why == HOLD_FAULT && s->holds)
        return s->holds->reason;
    return word ? word->reason : NULL;
}

const char *hold_last_fault(const struct service *s, const char **why, uint64_t *at)
{
    const struct holds *h = s->holds;
    if (!h || !h->step)
        return NULL;
    *why = h->words ? h->words : strerror(h->last_error);
    *at = h->since;
    return h->step;
}

struct ring *hold_line(const struct service *s)
{
    return s->holds ? &s->holds->line : NULL;
}

struct ring *hold_make_line(struct master *m, struct service *s)
{
    struct holds *h = holds_of(m, s);
    if (h)
        return &h->line;
    breathe(s, hold_word(HOLD_SHARE)->reason);
    return NULL;
}

struct service *hold_in_line(struct ring *line)
{
    return loop_owner(line, struct holds, line)->service;
}

void hold_forget(struct master *m, struct service *s)
{
    if (!s->holds)
        return;
    loop_timer_stop(m->loop, &s->holds->rate);
    loop_timer_stop(m->loop, &s->holds->fault);
    free(s->holds);
    s->holds = NULL;
    /* Nothing would end them if it came back. */
    s->held &= (uint8_t) ~(HOLD_RATE | HOLD_FAULT | HOLD_SHARE);
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void hold_resume(struct master *m, struct service *s, bool full)
{
    unsigned others = s->held & ~(unsigned)(HOLD_FULL | HOLD_STARTS | HOLD_SHARE);
    (void)set(s, others | (full ? HOLD_FULL : 0U)); /* what is new was told before */
    if (!s->held)
        tally_resume(s);
    hold_arm(m, s);
    m->changed(m, s);
}

static void save_timer(const struct timer *t, struct state_out *o)
{
    state_put(o, t->slot ? t->due : 0);
}

void hold_save(const struct table *t, struct state_out *o)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        const struct holds *h = s->holds;
        if (!h)
            continue;
        state_record(o);
        state_put(o, s->id);
        state_put(o, s->held & (HOLD_RATE | HOLD_FAULT));
        save_timer(&h->rate, o);
        save_timer(&h->fault, o);
        state_put(o, h->pause);
        state_put(o, h->since);
        state_put(o, (uint64_t)h->error);
        state_put(o, (uint64_t)h->last_error);
        state_put_text(o, h->reason);
        state_put_text(o, h->step);
        state_put_text(o, h->words);
    }
}

/* One that was armed; without memory for it its hold is over. */
static void restore_timer(struct holds *h, struct timer *t, enum hold why, uint64_t due)
{
    if (due && loop_timer(h->master->loop, t, due) == 0)
        return;
    h->service->held &= (uint8_t)~why;
}

void hold_restore(struct master *m, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(m->table, &r);
        struct holds *h = s ? holds_of(m, s) : NULL;
        if (!h)
            continue;
        s->held |= (uint8_t)(state_get(&r) & (HOLD_RATE | HOLD_FAULT));
        restore_timer(h, &h->rate, HOLD_RATE, state_get(&r));
        restore_timer(h, &h->fault, HOLD_FAULT, state_get(&r));
        h->pause = state_get(&r);
        h->since = state_get(&r);
        h->error = (int)state_get_upto(&r, INT32_MAX);
        h->last_error = (int)state_get_upto(&r, INT32_MAX);
        h->reason = state_get_word(&r);
        h->step = state_get_word(&r);
        const char *words = state_get_text(&r);
        if (*words)
            hold_explain(s, words);
    }
}
