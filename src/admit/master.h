/* admit/master.h -- what the parts of the master share */
#ifndef DOORWARD_ADMIT_MASTER_H
#define DOORWARD_ADMIT_MASTER_H

#include <stdbool.h>

struct children;
struct listening;
struct loop;
struct service;
struct sources;
struct starters;
struct table;

/* One in a process, filled in by server.c. */
struct master {
    struct loop *loop;
    struct table *table;
    struct listening *listening;
    struct children *children;
    struct starters *starters;
    struct sources *sources; /* admit's: made at the first need; NULL before */
    bool log_connections;    /* -l */
    /* The service was held, or is no more: who else waits for it? */
    void (*changed)(struct master *m, struct service *s);
};

#endif
