/*
 * control/metrics.h -- the daemon and its services in numbers, for Prometheus and its like.
 *
 * No line has a peer's name or address. */
#ifndef DOORWARD_CONTROL_METRICS_H
#define DOORWARD_CONTROL_METRICS_H

#include "admit/master.h"
#include "base/text.h"

/* What only a look into /proc tells of a process; 0: not known. */
struct metrics_facts {
    uint64_t memory; /* bytes, resident */
    uint64_t descriptors;
};
void metrics_look(pid_t pid, struct metrics_facts *facts);

/* Where a listing stands. Zeroed at its beginning. */
struct metrics_place {
    size_t family, service, part, head;
    bool over;
};

/* The next line into `*t`, without its newline; false: there is none. `strict`: as OpenMetrics 1.0
 * names counters; else as the text format 0.0.4 does, which takes the rest of it too. */
bool metrics_next(const struct master *m, const struct metrics_facts *facts, bool strict,
                  struct metrics_place *at, struct text *t);

#endif
