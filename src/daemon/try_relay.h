/* daemon/try_relay.h -- a client and its handler: what they say, until one ends */
#ifndef DOORWARD_DAEMON_TRY_RELAY_H
#define DOORWARD_DAEMON_TRY_RELAY_H

#include "daemon/try_socket.h"

struct try_relay {
    pid_t pid;        /* of the handler, the leader of its group, */
    bool kept;        /* or of its keeper */
    int client;       /* the socket */
    bool stream;      /* it has an end */
    bool stays;       /* the handler does not end with its client: it is ended then */
    uint64_t timeout; /* ns; 0 none */
    int signal;       /* the first one at the timeout; KILL follows after 5 s */
};

/* Once, before the handler is started. */
void try_relay_prepare(void);
/* Its status, of waitpid(2). An interrupt ends the handler, not us. */
int try_relay(const struct try_relay *r);

#endif
