/*
 * service/limit.h -- rates and concurrency, per service and per source. Pure: `now` is an argument.
 *
 * A rate is a token bucket kept as one number, the time at which the bucket would be full again
 * (GCRA, ITU-T I.371): exact in whole nanoseconds, nothing to refill. */
#ifndef DOORWARD_SERVICE_LIMIT_H
#define DOORWARD_SERVICE_LIMIT_H

#include "base/state.h"

struct rate {
    uint64_t interval; /* ns between starts in the long run; 0 = no limit */
    uint32_t burst;    /* starts that a rested bucket gives at once; at least 1 */
};

/*
 * `count` starts each `period` ns; burst 0 means count. A count of 0 is no limit. The interval is
 * rounded up, so that it never gives more than `count`; a burst that would take over a century to
 * come back is cut. */
struct rate rate_make(uint32_t count, uint64_t period, uint32_t burst);

/*
 * Take one start at `now` (ns, never going back) from the bucket `*full_at` (0 at birth).
 * 0: taken. Else the time (ns, > now) at which one will be there; nothing is taken. A bucket never
 * owes more than its burst: after a change of limits nobody waits longer than the new interval.
 * What it owes over that is forgotten here and by rate_cut(), lest it stay ahead of the clock. */
uint64_t rate_take(const struct rate *r, uint64_t *full_at, uint64_t now);
/* Would it be taken? The same answer as rate_take, nothing changed. */
uint64_t rate_check(const struct rate *r, uint64_t full_at, uint64_t now);
/* After a change of limits: forget what the bucket owes over its new burst. */
void rate_cut(const struct rate *r, uint64_t *full_at, uint64_t now);
/* Give back, at `now`, a token that was taken at `since`: as much of it as has not come back by
 * itself in between, lest it be there twice. */
void rate_undo(const struct rate *r, uint64_t *full_at, uint64_t since, uint64_t now);

/* Per-source limits of one service. */
struct source_limits {
    uint32_t max;     /* concurrent handlers per source; 0 = no limit */
    struct rate rate; /* starts per source */
};

enum source_verdict { SOURCE_OK, SOURCE_MAX, SOURCE_RATE };

/*
 * The table of sources of all services: a fixed number of entries, so memory is bounded whatever
 * addresses come (40 bytes an entry, none of it touched before use). An entry with a running
 * handler is never evicted; of the others of a full bucket the one least in debt to its rate goes,
 * so a flood of addresses cannot wash away a source at its limit. Where every entry of a bucket has
 * a running handler a newcomer is let in unrecorded (slot SOURCE_NONE): a table overrun never
 * switches a service off. */
struct sources;
#define SOURCE_NONE UINT32_MAX

/* `entries` is rounded up to a power of two, at least 64. `seed` keeps strangers from choosing
 * collisions. NULL: out of memory. */
struct sources *sources_new(size_t entries, uint64_t seed);
void sources_free(struct sources *s);

/*
 * A start for service number `service` by `source` at `now` (ns). SOURCE_OK: one running and one
 * start counted, `*slot` is for sources_leave(). Otherwise nothing is counted. source_max is looked
 * at first. */
enum source_verdict sources_enter(struct sources *s, uint32_t service, const struct prefix *source,
                                  const struct source_limits *limits, uint64_t now, uint32_t *slot);
/* The verdict of sources_enter() now, nothing changed: how many run, and for SOURCE_RATE when the
 * next start will be there. */
enum source_verdict sources_ask(const struct sources *s, uint32_t service,
                                const struct prefix *source, const struct source_limits *limits,
                                uint64_t now, uint32_t *running, uint64_t *at);
/* A handler ended. SOURCE_NONE is nothing. */
void sources_leave(struct sources *s, uint32_t slot);
/* The start that was entered at `since` did not come to be (fork failed): as sources_leave, and
 * rate_undo(). */
void sources_undo(struct sources *s, uint32_t slot, const struct source_limits *limits,
                  uint64_t since, uint64_t now);
/* What is remembered of starts, for an upgrade; handlers that run are to be entered again. The
 * restored table is `entries` large as above. NULL: out of memory, or bad. */
void sources_save(const struct sources *s, struct state_out *o);
struct sources *sources_restore(struct state_in *records, size_t entries);

/* Handlers that run for this source of this service. */
uint32_t sources_running(const struct sources *s, uint32_t service, const struct prefix *source);

#endif
