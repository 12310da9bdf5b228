/* daemon/private.h -- what the parts of the composition share */
#ifndef DOORWARD_DAEMON_PRIVATE_H
#define DOORWARD_DAEMON_PRIVATE_H

#include "admit/admit.h"
#include "control/control.h"
#include "daemon/server.h"
#include "listen/listen.h"

struct server {
    const struct server_options *options;
    struct master master;
    struct listening listening;
    struct timer watchdog;
    bool opening; /* server_open() is at work: RPC registrations are made together at its end */
    struct control *control;
    struct control_acts acts;
};

/* Read the configuration; problems go to the log, and to `problem` too when it is not NULL. */
struct table *server_load(struct server *sv, size_t *errors,
                          void (*problem)(void *arg, const char *line), void *arg);

/* Open and arm what of the table is not open yet. */
void server_open(struct server *sv);

/* Two phases: read all, and only if it is good change anything. `change` may be NULL. False:
 * nothing was changed. */
bool server_reload(struct server *sv, struct table_change *change,
                   void (*problem)(void *arg, const char *line), void *arg);

/* Tell systemd how many services and handlers there are, and, if so, that they are ready. */
void server_tell_status(struct server *sv, bool ready);

#endif
