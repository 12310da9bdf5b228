/* admit/history.c -- what became of a service's handlers: how they ended, how long they ran, what
 * they cost */
#include "config.h"

#include "admit/history.h"

#include <stdlib.h>

#include "base/clock.h"

const uint64_t history_bounds[HISTORY_BUCKETS] = {
    5 * NS_PER_MS, 10 * NS_PER_MS, 50 * NS_PER_MS, 100 * NS_PER_MS, 500 * NS_PER_MS, NS_PER_S,
    5 * NS_PER_S,  10 * NS_PER_S,  NS_PER_MIN,     10 * NS_PER_MIN, NS_PER_HOUR,     NS_PER_DAY};

const char *ending_name(enum ending how)
{
    static const char *const names[ENDINGS] = {
        [ENDING_CLEAN] = "clean",     [ENDING_STATUS] = "status", [ENDING_SIGNAL] = "signal",
        [ENDING_TIMEOUT] = "timeout", [ENDING_IDLE] = "idle",     [ENDING_HANGUP] = "hangup",
        [ENDING_DRAINED] = "drained"};
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
}
