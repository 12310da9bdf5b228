/* ctl/edit/daemon.h -- which files the daemon reads, and that it shall read them again */
#ifndef DOORWARD_CTL_EDIT_DAEMON_H
#define DOORWARD_CTL_EDIT_DAEMON_H

#include "ctl/edit/listing.h"

/* Ask which files it was started with, the usual ones for none. False: no daemon answers that we
 * may ask and that reads files. */
bool daemon_places(const char *socket, struct places *places);
void places_add(struct places *places, const char *path);
void places_free(struct places *places);

/* Have it reload. What it says, a line each, is appended. False: it refused, which is told. */
bool daemon_reload(const char *socket, struct bytes *said);

#endif
