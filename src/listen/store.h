/* listen/store.h -- sockets that systemd keeps for us, should we crash */
#ifndef DOORWARD_LISTEN_STORE_H
#define DOORWARD_LISTEN_STORE_H

#include "listen/listen.h"

/*
 * systemd's descriptor store (sd_notify(3), FDSTORE=1) has a copy of each socket that we made,
 * under the name of its endpoint; whoever is started after a crash gets them all as LISTEN_FDS,
 * with the clients in their backlogs. Not those of udp nowait, which go to handlers one after the
 * other, nor systemd's own. Its queue is short: what it does not take now is tried again from the
 * loop. */

/* A socket was opened. */
void store_note(struct listening *ctx);
/* The one of `l` is about to be closed, and systemd's copy with it. */
void store_forget(struct listener *l);
/* The daemon ends: what systemd has it keeps, for the next one or until the service is stopped. */
void store_leave(void);

/* Is that the name of one that we had stored? */
bool store_is_ours(const char *name);
/* Nobody wants what was stored under this name. */
void store_drop(const char *name);

#endif
