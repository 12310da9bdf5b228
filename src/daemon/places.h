/* daemon/places.h -- where the pid file and the control socket are */
#ifndef DOORWARD_DAEMON_PLACES_H
#define DOORWARD_DAEMON_PLACES_H

#include "daemon/server.h"

/* As given, empty for none; else (NULL) where a system daemon has them, if there is a place for
 * them; a pid file only for what is a `daemon`. The paths are the caller's. False: one cannot be
 * made absolute, with errno. */
bool places_take(struct server_options *s, const char *pid, const char *control, bool daemon);

#endif
