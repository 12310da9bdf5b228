/* listen/adopt.h -- sockets that systemd handed over: who gets which. */
#ifndef DOORWARD_LISTEN_ADOPT_H
#define DOORWARD_LISTEN_ADOPT_H

#include "service/service.h"

/*
 * Take the inherited socket that has the address of `l`, or else its service's name: a name stands
 * for the port (and for the address, where the entry has none). 1: l->watch.fd is set. 0: there is
 * none. -1: nothing to open, for the service has the socket through its other family, or has those
 * of its name.
 */
int listen_adopt(struct listener *l);

/* The socket stays open for the next listener that wants it. */
void listen_give_back(struct listener *l);

#endif
