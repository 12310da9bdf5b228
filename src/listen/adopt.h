/* listen/adopt.h -- sockets that systemd handed over: who gets which. */
#ifndef DOORWARD_LISTEN_ADOPT_H
#define DOORWARD_LISTEN_ADOPT_H

#include "service/service.h"

enum adopted {
    ADOPT_NONE,  /* there is none: open one */
    ADOPT_TAKEN, /* l->watch.fd is set */
    ADOPT_SERVED /* nothing to open: the service has the socket through its other family, or has
                    those of its name */
};

/*
 * Take the inherited socket that has the address of `l`, or else its service's name: a name stands
 * for the port (and for the address, where the entry has none). */
enum adopted listen_adopt(struct listener *l);

/* After an upgrade: `l` has the inherited socket that it had before. */
void listen_adopted(struct listener *l);

/* The socket stays open for the next listener that wants it. */
void listen_give_back(struct listener *l);

#endif
