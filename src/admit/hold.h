/*
 * admit/hold.h -- why a service's listeners are out of the select set, and what brings them back.
 *
 * A held service's clients wait in the kernel's queue. Only this file writes the holds. */
#ifndef DOORWARD_ADMIT_HOLD_H
#define DOORWARD_ADMIT_HOLD_H

#include "admit/master.h"
#include "base/ring.h"
#include "base/state.h"
#include "service/service.h"

/* What failed, with the pause that follows. */
enum fault {
    FAULT_WATCH,       /* no memory, or no room in epoll, for a listener */
    FAULT_ACCEPT_FULL, /* accept(2): descriptors or memory have run out */
    FAULT_ACCEPT,      /* accept(2): anything else */
    FAULT_SOCKET,      /* no socket for a udp peer */
    FAULT_FORK,        /* no process */
    FAULT_START,       /* starts are under way that do not end */
    FAULT_EXEC,        /* the program cannot be started; its own event tells why */
    FAULT_UNREAD,      /* a wait handler left unread what it was started for */
    FAULT_MAYBE,       /* perhaps: nobody knows */
    FAULTS
};

/* Put the service's listeners into the select set, or take them out, as listener_wanted() says. */
void hold_arm(struct master *m, struct service *s);

void hold_begin(struct master *m, struct service *s, enum hold why);
void hold_end(struct master *m, struct service *s, enum hold why);
/* HOLD_RATE until `at` (ns, loop_now()). */
void hold_until(struct master *m, struct service *s, uint64_t at);

/* HOLD_FAULT, with a pause that grows until hold_success(). Logged when it is new, or has another
 * errno. `step` (a constant; NULL: the fault's own word) is what failed, for hold_last_fault(). */
void hold_fault(struct master *m, struct service *s, enum fault why, const char *step, int error);
/* The words for the fault that has just begun, copied: hold_last_fault() has them in place of its
 * errno's. */
void hold_explain(struct service *s, const char *words);
/* A start that began at `began` (ns, loop_now()) worked: if there has been no fault since then, the
 * next one begins anew. */
void hold_success(struct service *s, uint64_t began);
/* The errno of the fault that is not over; 0: all is well. */
int hold_error(const struct service *s);

/* After a reload: the holds of rate and fault are over, and the service is `full` or not. */
void hold_anew(struct master *m, struct service *s, bool full);

/* After an upgrade: the service is `full` or not; its other holds go on. */
void hold_resume(struct master *m, struct service *s, bool full);
/* The holds that time ends, of all services, for an upgrade. */
void hold_save(const struct table *t, struct state_out *o);
void hold_restore(struct master *m, struct state_in *records);

/* "accept_max", "exec", ...: what the service's state is due to; NULL: not held. */
const char *hold_reason(const struct service *s);
/* The last fault ever: what failed, in `*why` the words for it, good until the next fault, and in
 * `*at` when (ns, loop_now()). NULL: none. */
const char *hold_last_fault(const struct service *s, const char **why, uint64_t *at);

/* Where the service stands in line while HOLD_SHARE lasts; NULL: nowhere, it never had to. */
struct ring *hold_line(const struct service *s);
/* The same, made at the first need; NULL: out of memory, with a word and a moment's rest. */
struct ring *hold_make_line(struct master *m, struct service *s);
/* Whose it is. */
struct service *hold_in_line(struct ring *line);

/* The service goes. */
void hold_forget(struct master *m, struct service *s);

#endif
