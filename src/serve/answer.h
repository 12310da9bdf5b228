/* serve/answer.h -- builtins that the master answers itself, without a process */
#ifndef DOORWARD_SERVE_ANSWER_H
#define DOORWARD_SERVE_ANSWER_H

#include "admit/admit.h"
#include "handler/worker.h"

/* The listener of a udp builtin is readable: answer a batch. */
void answer_ready(struct master *m, struct listener *l);

/* After each load: which ports the configured udp builtins have. A datagram from one of them, or
 * from any small service's port, may be forged to make two services talk for ever: it gets no
 * answer. */
void answer_ports(const struct table *t);

/* A builtin that answers at once needs no process: is `st`, admitted with `slot`, for such a one?
 * Then it has its answer, and is over. */
bool answer_stream(struct master *m, const struct start *st, uint32_t slot);

#endif
