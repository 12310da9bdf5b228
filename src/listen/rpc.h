/* listen/rpc.h -- tell rpcbind which ports Sun RPC services have; only in a forked child */
#ifndef DOORWARD_LISTEN_RPC_H
#define DOORWARD_LISTEN_RPC_H

#include "service/service.h"

/*
 * Note that the open socket of `l` is to be registered (or the socket, about to be closed,
 * unregistered) for every version of its service with rpcb_set(3) and rpcb_unset(3). Nothing for
 * services without an RPC program. */
void rpc_note(const struct listener *l, bool on);

/*
 * Carry out what was noted, in that order, in a child that begins when the one before it has ended:
 * rpcbind may be slow or gone, and the library is loaded there only. Failures are logged by the
 * child, which gives up after 10 s. At the `last` time, when nothing is served any more, give it
 * 0.2 s. */
void rpc_flush(bool at_end);

#endif
