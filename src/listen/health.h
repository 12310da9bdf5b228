/* listen/health.h -- is a socket still what was opened? Private to listen/. */
#ifndef DOORWARD_LISTEN_HEALTH_H
#define DOORWARD_LISTEN_HEALTH_H

#include "service/service.h"

/* Can the socket of `l` go away under us: a unix path, an interface by its name? */
bool health_can_fade(const struct listener *l);

/*
 * Look at the open socket of `l`. What its path or its interface leads to is compared with what was
 * made. `lent`: handlers shared it, so all that they can have done is looked at too, and set back
 * where that is possible. NULL: it is what was opened; else a constant word that says why it has to
 * be opened anew: "path", "device", "address", "accepts", "connected", "shutdown", "filter",
 * "options". */
const char *health_look(struct listener *l, bool lent);

/* Does `fd`, of type `socktype`, take clients or datagrams? NULL, or a word as above. */
const char *health_serves(int fd, int socktype);

#endif
