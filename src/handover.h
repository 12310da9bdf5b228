/*
 * handover.h -- udp nowait: each peer gets a socket and a handler of his own. Rank 5.
 *
 * All datagrams that wait are sorted by peer. Each peer gets a socket bound to the address he asked
 * and connected to his, so that the kernel sends it all that follows. What had been read goes back
 * into it through packet_inject(). Where that is not allowed (ordinary user), the listener itself
 * becomes the socket of the peer at the head and a new one listens; if others stood behind him all
 * of them are dropped, and the socket each now has serves his next try. Handlers start from the
 * peers' sockets, when these are readable.
 */
#ifndef DOORWARD_HANDOVER_H
#define DOORWARD_HANDOVER_H

#include "admit.h"

/* The listener of a udp nowait service with a program is readable. */
void handover_ready(struct master *m, struct listener *l);

/* A hold came or went: peers that wait are watched only while the service starts handlers. */
void handover_arm(struct master *m, struct service *s);

/* The service goes: close its peers' sockets. */
void handover_forget(struct master *m, const struct service *s);

#endif
