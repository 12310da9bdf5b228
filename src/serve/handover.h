/* serve/handover.h -- udp nowait: each peer gets a socket and a handler of his own.
 *
 * A peer who stands alone in the listener's queue gets the listener's own socket, connected to him,
 * and a new one listens. Where others stand there, too, all are sorted by peer (serve/sort.h): each
 * gets a socket bound to the address he asked and connected to his, so that the kernel sends it all
 * that follows, and what had been read goes back into it. Where that is not allowed (ordinary user)
 * or does not arrive (NAT, filters), the listener's socket goes to the peer who stands last in its
 * queue; of the others the datagrams are dropped, and the socket that each now has serves his next
 * try. Handlers start from the peers' sockets, when these are readable.
 *
 * A datagram that reached the listener before its peer's socket was connected may be read later.
 * The kernel's time stamp tells: it belongs to that socket, even when a handler has it already, and
 * never starts a second one. A later one means that the handler has closed its socket. */
#ifndef DOORWARD_SERVE_HANDOVER_H
#define DOORWARD_SERVE_HANDOVER_H

#include "admit/admit.h"

/* The listener of a udp nowait service with a program is readable. */
void handover_ready(struct master *m, struct listener *l);

#endif
