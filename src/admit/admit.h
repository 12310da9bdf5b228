/*
 * admit/admit.h -- who gets a handler, and when a listener leaves the select set. Rank 3.
 *
 * Before a client is taken off the backlog: is there a slot (accept_max) and a start (service_max)?
 * If not, the service is held: its listeners leave the select set and the kernel queues. After it
 * is taken: access, source_max and ip_max decide; who is over is closed and logged.
 */
#ifndef DOORWARD_ADMIT_ADMIT_H
#define DOORWARD_ADMIT_ADMIT_H

#include "service/service.h"

struct children;

/* What the parts of the master share; one in a process, filled in by server.c. */
struct master {
    struct loop *loop;
    struct table *table;
    struct children *children;
    struct sources *sources; /* made at the first need; NULL before */
    bool log_connections;    /* -l */
    /* The service was held, or is no more: who else waits for it? */
    void (*changed)(struct master *m, struct service *s);
};

enum reject {
    REJECT_ACCEPT, /* accept_max, where nobody can wait (tcpmux) */
    REJECT_RATE,   /* service_max, likewise */
    REJECT_SOURCE_MAX,
    REJECT_IP_MAX,
    REJECT_ACCESS,
    REJECT_HOSTS_ACCESS,
    REJECT_PORT,   /* a datagram that could start a loop */
    REJECT_QUEUED, /* a datagram that stood behind another peer's */
    REJECT_REASONS
};

/* One summed-up kind of log line: at most one a second. */
struct tally {
    uint64_t total;  /* ever */
    uint64_t unsaid; /* since the last line */
    uint64_t said;   /* ns, when that was; 0 never */
};

/* What only services with something to tell have. */
struct runtime {
    struct service *service;
    struct master *master;
    struct timer rate;    /* ends HOLD_RATE */
    struct timer fault;   /* ends HOLD_FAULT */
    struct timer summary; /* says what is unsaid */
    uint64_t fault_pause; /* ns, of the last fault; 0 after a success */
    int fault_error;      /* errno of the last fault; 0 after a success */
    struct tally rejects[REJECT_REASONS];
    struct addr last_peer[REJECT_REASONS];
    struct tally pauses, faults;
    bool pause_said;          /* the log's last word is "pause" */
    const char *reason;       /* of the last pause, constant */
    const char *fault_reason; /* of the last fault, constant */
    int unsaid_error;         /* errno that the next line of `faults` tells; 0 none */
    int last_status;          /* of the last handler that ended, from waitpid(2); -1 none */
    char last_error[96];
    struct held *held;     /* start.c's: clients taken but not started */
    struct unread *unread; /* unread.c's: what waited when wait handlers started */
};

/* The runtime of `s`, made when it is not there; NULL: out of memory. */
struct runtime *admit_runtime(struct master *m, struct service *s);
/* Stop its timers and free it; held clients must be gone. */
void admit_forget(struct master *m, struct service *s);

/* Put the service's listeners into the select set, or take them out, as listener_wanted() says. */
void admit_arm(struct master *m, struct service *s);

/* May one more client be taken off the backlog now? If not, the service is held until it may. */
bool admit_ready(struct master *m, struct service *s);

/*
 * A client was taken (`peer` NULL: a wait service is to start): may it have a handler? Yes: a start
 * is counted, `*slot` is for admit_release(). No: `*why` is set, nothing is counted; the caller
 * calls admit_reject() when it has closed.
 */
bool admit_peer(struct master *m, struct service *s, const struct addr *peer, uint32_t *slot,
                enum reject *why);
/* The start did not come to be: give all back, the rates' tokens included. */
void admit_undo(struct master *m, struct service *s, uint32_t slot);
/*
 * After a reload the service may look at sources otherwise, or for the first time: the slot that a
 * running handler of `peer` has from now on, in place of `slot`.
 */
uint32_t admit_recount(struct master *m, const struct service *s, const struct addr *peer,
                       uint32_t slot);
/* The handler ended. */
void admit_release(struct master *m, struct service *s, uint32_t slot);

/* Count and log a refused peer, summed up. `peer` may be NULL. */
void admit_reject(struct master *m, struct service *s, const struct addr *peer, enum reject why);
/* "accept", "rate", "source_max", ...: the words of SPEC 6. */
const char *admit_reject_name(enum reject why);

/*
 * The system or the program failed: hold the service, `first` ns the first time, doubling up to
 * `most` until admit_success(). Logged when it is new, or has another errno: `reason` (constant)
 * and errno `error`, which is left out for "exec", whose event told it.
 */
void admit_fault(struct master *m, struct service *s, const char *reason, int error, uint64_t first,
                 uint64_t most);
/* A start worked: the next fault begins anew. */
void admit_success(struct service *s);

/* doorwardctl pause and resume. */
void admit_pause(struct master *m, struct service *s, bool on);
/* After a reload: limits may have changed; judge every hold anew. */
void admit_refresh(struct master *m, struct service *s);

#endif
