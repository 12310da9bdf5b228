/* admit/history.h -- what became of a service's handlers: how they ended, how long they ran, what
 * they cost */
#ifndef DOORWARD_ADMIT_HISTORY_H
#define DOORWARD_ADMIT_HISTORY_H

#include "base/state.h"
#include "service/service.h"

/* How one ended. */
enum ending {
    ENDING_CLEAN,  /* status 0 */
    ENDING_STATUS, /* another one */
    ENDING_SIGNAL,
    ENDING_TIMEOUT, /* doorward has ended it: from here on */
    ENDING_IDLE,
    ENDING_HANGUP,
    ENDING_KICKED,
    ENDING_DRAINED,
    ENDINGS
};
/* "clean", "status", ...: constant. */
const char *ending_name(enum ending how);

enum { HISTORY_BUCKETS = 12 };
/* Up to so many ns, each; all are in one behind the last. */
extern const uint64_t history_bounds[HISTORY_BUCKETS];

struct history {
    uint64_t endings[ENDINGS];
    uint64_t durations[HISTORY_BUCKETS + 1]; /* the last: longer than all bounds */
    uint64_t duration, cpu;                  /* ns, sums */
    uint64_t last;                           /* ns, loop_now(): when the last one ended */
};

/* Of all services, for an upgrade. Where the bounds were others, only the sums go on. */
void history_save(const struct table *t, struct state_out *o);
void history_restore(const struct table *t, struct state_in *records);

/* One ended. Without memory it goes unnoticed. */
void history_add(struct service *s, enum ending how, uint64_t duration, uint64_t cpu);

#endif
