/*
 * admit/tally.h -- what is told of a service's rejects, pauses and faults: counted all, a line a
 * second and kind. */
#ifndef DOORWARD_ADMIT_TALLY_H
#define DOORWARD_ADMIT_TALLY_H

#include "base/state.h"
#include "os/loop.h"
#include "service/service.h"

enum reject {
    REJECT_ACCEPT, /* accept_max, where nobody can wait (tcpmux) */
    REJECT_RATE,   /* service_max, likewise */
    REJECT_SOURCE_MAX,
    REJECT_IP_MAX,
    REJECT_BAN, /* doorwardctl ban */
    REJECT_ACCESS,
    REJECT_HOSTS_ACCESS,
    REJECT_GATE,   /* no proof of work, or none in time */
    REJECT_PROXY,  /* no good PROXY header, or none in time */
    REJECT_PROBE,  /* a balancer's, who connects and leaves: counted, never told */
    REJECT_PORT,   /* a datagram that could start a loop */
    REJECT_QUEUED, /* a datagram that stood behind another peer's */
    REJECT_REASONS
};

/* "accept", "rate", "source_max", ...: the reasons of doorward(8), LOG. */
const char *reject_name(enum reject why);

/* Count and tell a refused peer. `peer` may be NULL. Without memory it goes unsaid, as all here. */
void tally_reject(struct loop *loop, struct service *s, const struct addr *peer, enum reject why);
/* How many there were. */
uint64_t tally_rejected(const struct service *s, enum reject why);

/* And pauses, and faults. */
uint64_t tally_pauses(const struct service *s);
uint64_t tally_faults(const struct service *s);

/* The service is held: `reason` (constant). */
void tally_pause(struct loop *loop, struct service *s, const char *reason);
/* It is held for `pause` ns by a fault, with its errno; 0 where another line has told that. `words`
 * (constant; NULL none) stand in place of what errno says. */
void tally_fault(struct loop *loop, struct service *s, const char *reason, uint64_t pause,
                 int error, const char *words);
/* The fault is over. */
void tally_recovered(const struct service *s);
/* It is not held any more: told where the log's last word is a pause. */
void tally_resume(const struct service *s);

/* What was counted and told of all services, for an upgrade. */
void tally_save(const struct table *t, struct state_out *o);
void tally_restore(struct loop *loop, const struct table *t, struct state_in *records);

/* Tell what is unsaid, and free it all. */
void tally_forget(struct loop *loop, struct service *s);

#endif
