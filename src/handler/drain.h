/* handler/drain.h -- after a handler's end: send FIN and drain, so that the whole answer arrives */
#ifndef DOORWARD_HANDLER_DRAIN_H
#define DOORWARD_HANDLER_DRAIN_H

#include <stdint.h>

#include "base/state.h"
#include "os/helper.h"

/*
 * close(2) of a TCP socket with unread input sends RST, and the client may lose what was written
 * before (RFC 1122, 4.2.2.13; RFC 9293, 3.10.4). One more copy of the connection's descriptor, kept
 * while the handler runs, puts that off. */
struct drain;

/* Copy `fd`; drain for at most `limit` ns once the handler has ended. What the handler left behind
 * may hold the socket, and close(2) may linger, so that `helpers` do all of it, for `whose` it is;
 * NULL where no handler ever has the connection. NULL with errno. */
struct drain *drain_new(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                        int fd, uint64_t limit);
/* The handler ended: FIN now, then read and throw away until the peer's FIN or the limit; then
 * free. When very many linger, the oldest of them makes room. */
void drain_begin(struct drain *g);
/* For an upgrade: one of a handler's (NULL: he has none) of `service`, and all those that linger.
 * NULL: there was none, or no memory, which is bad. */
void drain_save(const struct drain *g, struct state_out *o);
struct drain *drain_restore(struct loop *loop, struct helpers *helpers, const void *service,
                            struct state_in *r);
void drains_save(struct state_out *o);
void drains_restore(struct loop *loop, struct helpers *helpers, struct state_in *records);
/* How many connections linger now. */
size_t drain_count(void);
/* The handler could not be started. NULL is nothing. */
void drain_discard(struct drain *g);

#endif
