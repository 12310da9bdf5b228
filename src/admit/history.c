/* admit/history.c -- what became of a service's handlers: how they ended, how long they ran, what
 * they cost */
#include "config.h"

#include "admit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "service/saved.h"

const uint64_t history_bounds[HISTORY_BUCKETS] = {
    5 * NS_PER_MS, 10 * NS_PER_MS, 50 * NS_PER_MS, 100 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S,
    5 * NS_PER_S,  10 * NS_PER_S,  NS_PER_MIN,     10 * NS_PER_MIN, NS_PER_HOUR,     NS_PER_DAY};

const char *ending_name(enum ending how)
{
    static const char *const names[ENDINGS] = {
        [ENDING_CLEAN] = "clean",     [ENDING_STATUS] = "status",  [ENDING_SIGNAL] = "signal",
        [ENDING_TIMEOUT] = "timeout", [ENDING_IDLE] = "idle",      [ENDING_HANGUP] = "hangup",
        [ENDING_KICKED] = "kick",     [ENDING_DRAINED] = "drained"};
    return names[how];
}

void history_add(struct service *s, enum ending how, uint64_t duration, uint64_t cpu)
{
    size_t i = 0;
    if (!s->history && !(s->history = calloc(1, sizeof *s->history)))
        return;
    while (i < HISTORY_BUCKETS && duration > history_bounds[i])
        i++;
    s->history->endings[how]++;
    s->history->durations[i]++;
    s->history->duration += duration;
    s->history->cpu += cpu;
    s->history->last = loop_now();
}

/* --- an upgrade ------------------------------------------------------------------------------ */

static void save(const struct service *s, struct state_out *o)
{
    const struct history *h = s->history;
    state_record(o);
    state_put(o, s->id);
    state_put(o, h->duration);
    state_put(o, h->cpu);
    state_put_bytes(o, history_bounds, sizeof history_bounds);
    state_put_bytes(o, h->durations, sizeof h->durations);
    for (size_t i = 0; i < ENDINGS; i++) {
        state_put_text(o, ending_name((enum ending)i));
        state_put(o, h->endings[i]);
    }
    state_put_text(o, ""); /* there is no more of them */
    state_put(o, h->last);
}

void history_save(const struct table *t, struct state_out *o)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->history)
            save(t->services[i], o);
}

static void restore_durations(struct history *h, struct state_in *r)
{
    size_t bounds, len;
    const char *as = state_get_bytes(r, &bounds), *durations = state_get_bytes(r, &len);
    if (bounds == sizeof history_bounds && memcmp(as, history_bounds, bounds) == 0 &&
        len == sizeof h->durations)
        memcpy(h->durations, durations, len);
}

static void restore(struct history *h, struct state_in *r)
{
    const char *name;
    h->duration = state_get(r);
    h->cpu = state_get(r);
    restore_durations(h, r);
    while (*(name = state_get_text(r))) {
        uint64_t n = state_get(r);
        for (size_t i = 0; i < ENDINGS; i++)
            if (strcmp(ending_name((enum ending)i), name) == 0)
                h->endings[i] = n;
    }
    h->last = state_get(r);
}

void history_restore(const struct table *t, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(t, &r);
        if (s && (s->history || (s->history = calloc(1, sizeof *s->history))))
            restore(s->history, &r);
    }
}
