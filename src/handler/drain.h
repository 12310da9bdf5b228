/* handler/drain.h -- after a handler's end: send FIN and drain, so that the whole answer arrives */
#ifndef DOORWARD_HANDLER_DRAIN_H
#define DOORWARD_HANDLER_DRAIN_H

#include <stdint.h>

#include "handler/starters.h"
#include "os/loop.h"

/*
 * close(2) of a TCP socket with unread input sends RST, and the client may lose what was written
 * before (RFC 1122, 4.2.2.13; RFC 9293, 3.10.4). One more copy of the connection's descriptor, kept
 * while the handler runs, puts that off. */
struct drain;

/* Copy `fd`; drain for at most `limit` ns once the handler has ended. `starters` let go of it then;
 * NULL where no handler ever has it. NULL with errno. */
struct drain *drain_new(struct loop *loop, struct starters *starters, int fd, uint64_t limit);
/* The handler ended: FIN now, then read and throw away until the peer's FIN or the limit; then
 * free. When very many linger, the oldest of them makes room. */
void drain_begin(struct drain *g);
/* How many connections linger now. */
size_t drain_count(void);
/* The handler could not be started. NULL is nothing. */
void drain_discard(struct drain *g);

#endif
