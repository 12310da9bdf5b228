/* serve/tell.h -- what the log says of a handler's start and of its end, and what is counted */
#ifndef DOORWARD_SERVE_TELL_H
#define DOORWARD_SERVE_TELL_H

#include "admit/admit.h"
#include "handler/child.h"

/* With -l: it runs, as `pid` (0: the master itself answers). `peer` NULL: of wait. */
void tell_accept(const struct master *m, const struct service *s, const struct addr *peer,
                 pid_t pid);
/* With -l: the master has answered. */
void tell_answered(const struct master *m, const struct service *s, const struct addr *peer);
/* It has ended, and is counted. Without -l only what is no clean end is told, and nothing
 * of a process that did not become the handler. */
void tell_exit(const struct master *m, const struct child *c, const struct child_end *end);

#endif
