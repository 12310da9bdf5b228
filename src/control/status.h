/* control/status.h -- the state of a service in words, for the log and for doorwardctl */
#ifndef DOORWARD_CONTROL_STATUS_H
#define DOORWARD_CONTROL_STATUS_H

#include "admit/tally.h"
#include "base/text.h"

enum { STATUS_ADDRESS = 256 };

/* What is told of one service; texts are borrowed or in the struct. */
struct status {
    const char *name, *protocol, *socktype, *wait; /* "wait" or "nowait" */
    const char *state;                             /* service_state() */
    const char *why; /* the last pause's or fault's reason; "" while listening */
    uint32_t running, max;
    uint64_t started, rejected; /* rejected: all reasons */
    uint64_t rejects[REJECT_REASONS];
    char last_exit[24];           /* "status=1", "signal=9", or "" */
    char last_error[256];         /* "exec: No such file or directory"; "" none */
    uint64_t exit_at, error_at;   /* ns, loop_now(): of these two; 0: none, or just now */
    char address[STATUS_ADDRESS]; /* of all listeners, with blanks between; "-" none */
};

/* All addresses of the service, with blanks between; "-" none. What does not fit is left out. */
void status_addresses(const struct service *s, char out[static STATUS_ADDRESS]);

void status_get(const struct service *s, struct status *st);

/* Is nobody served, because a socket cannot be opened or a program cannot be started? */
bool status_is_down(const struct service *s);

/* "state service= protocol= address= state= ..." into `t`: the line of SIGUSR1. */
void status_line(const struct status *st, struct text *t);

#endif
