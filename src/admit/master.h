/* admit/master.h -- what the parts of the master share */
#ifndef DOORWARD_ADMIT_MASTER_H
#define DOORWARD_ADMIT_MASTER_H

#include "base/ring.h"
#include "os/loop.h"
#include "service/ban.h"

struct children;
struct helpers;
struct listening;
struct sources;
struct starters;

/* admit/share's: the places that all services have together. */
struct share {
    uint32_t running;           /* handlers */
    struct ring line;           /* services that wait for a place */
    struct timer round;         /* places are there, and somebody in line */
    const struct service *turn; /* whose turn it is just now; NULL nobody's */
    bool taken;                 /* he has taken his place */
};

/* One in a process, filled in by server.c. */
struct master {
    struct loop *loop;
    struct table *table;
    struct listening *listening;
    struct children *children;
    struct starters *starters;
    struct helpers *helpers;
    struct sources *sources; /* admit's: made at the first need; NULL before */
    struct share share;
    struct bans bans;                  /* doorwardctl's: neither a reload nor an upgrade ends one */
    bool log_connections;              /* -l, or doorwardctl */
    uint64_t since;                    /* ns, loop_now(): it serves */
    uint64_t loaded;                   /* and has the limits that there are now */
    uint64_t reloads, reloads_refused; /* how many there were */
    bool rests;                        /* a change-over or an upgrade: nobody is started */
    /* The service was held, or is no more: who else waits for it? */
    void (*changed)(struct master *m, struct service *s);
    /* It may have one handler: serve one of those who wait for it, if there are any. */
    void (*serve_one)(struct master *m, struct service *s);
};

#endif
