/*
 * admit/admit.h -- who gets a handler.
 *
 * This folder: slots and holds, and what is told of them. It includes base/, os/ and service/ only;
 * news goes up through master.changed.
 *
 * Before a client is taken off the backlog: is there a slot (accept_max) and a start (service_max)?
 * If not, the service is held: its listeners leave the select set and the kernel queues. After it
 * is taken: access, source_max and ip_max decide; who is over is closed and logged. */
#ifndef DOORWARD_ADMIT_ADMIT_H
#define DOORWARD_ADMIT_ADMIT_H

#include "admit/master.h"
#include "admit/tally.h"
#include "service/service.h"

/* May `peer` (unmapped) be served at all, by bans and by the rules of the entry? No: `*why`. */
bool admit_allowed(const struct master *m, const struct service *s, const struct addr *peer,
                   enum reject *why);

/* Count and tell that `peer` is refused, and in the ban that keeps him out. */
void admit_refuse(struct master *m, struct service *s, const struct addr *peer, enum reject why);

/* May one more client be taken off the backlog now? If not, the service is held until it may. */
bool admit_ready(struct master *m, struct service *s);
/* The same for a client who is off the backlog, and about to give back the place that he has as
 * another service's. */
bool admit_passes(struct master *m, struct service *s);

/*
 * A client was taken (`peer` NULL: a wait service is to start): may it have a handler? Yes: a start
 * is counted, `*slot` is for admit_release(). No: `*why` is set, nothing is counted; the caller
 * calls admit_refuse() when it has closed. */
bool admit_peer(struct master *m, struct service *s, const struct addr *peer, uint32_t *slot,
                enum reject *why);
/*
 * For a client who was taken but has not said yet whom he speaks for: a place among the handlers,
 * and a start. admit_settle() then asks as admit_peer() does; where it says no, and at admit_undo()
 * (with SOURCE_NONE), both are given back. The caller asked admit_ready() before. */
void admit_place(struct master *m, struct service *s);
bool admit_settle(struct master *m, struct service *s, const struct addr *peer, uint64_t since,
                  uint32_t *slot, enum reject *why);
/* The start that was admitted at `since` (ns, loop_now(), here and above) did not come to be: give
 * all back, the rates' tokens included. */
void admit_undo(struct master *m, struct service *s, uint32_t slot, uint64_t since);
/*
 * After a reload the service may look at sources otherwise, or for the first time: the slot that a
 * running handler of `peer` has from now on, in place of `slot`. */
uint32_t admit_recount(struct master *m, const struct service *s, const struct addr *peer,
                       uint32_t slot);
/* The handler ended. */
void admit_release(struct master *m, struct service *s, uint32_t slot);

/* After a reload: limits may have changed; judge every hold anew. */
void admit_refresh(struct master *m, struct service *s);
/* After an upgrade: it has one handler, or client, who was admitted before. */
void admit_again(struct master *m, struct service *s);
/* After an upgrade: holds of time go on, and whoever waits for the service is told. */
void admit_resume(struct master *m, struct service *s);

/* The sources, for an upgrade. */
void admit_save(const struct master *m, struct state_out *o);
void admit_restore(struct master *m, struct state_in *records);

#endif
