/* serve/answer.h -- udp builtins: a datagram in, at most one out, in the master */
#ifndef DOORWARD_SERVE_ANSWER_H
#define DOORWARD_SERVE_ANSWER_H

#include "admit/admit.h"

/* The listener of a udp builtin is readable: answer a batch. */
void answer_ready(struct master *m, struct listener *l);

/* After each load: which ports the configured udp builtins have. A datagram from one of them, or
 * from any small service's port, may be forged to make two services talk for ever: it gets no
 * answer. */
void answer_ports(const struct table *t);

#endif
