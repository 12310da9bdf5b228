/* listen/options.h -- socket options of listeners. */
#ifndef DOORWARD_LISTEN_OPTIONS_H
#define DOORWARD_LISTEN_OPTIONS_H

#include "service/service.h"

/* udp nowait with a program: handlers get sockets of their own on the port, and may outlive the
 * listener. */
bool options_hands_over(const struct listener *l);

/* Options that work on a socket at any time. NULL, or the name of the one that failed, with
 * errno. */
const char *options_apply(const struct listener *l, int fd);
/* What the settings leave to the system, back to what a new socket has: a reload may have taken a
 * key away. As above. */
const char *options_reset(const struct listener *l, int fd);
/* Options that must be there before bind(2). As above. */
const char *options_before_bind(const struct listener *l, int fd);
/* A socket that handlers shared: all options back to what a new one of the entry has. False: one
 * cannot be set back. */
bool options_restore(const struct listener *l, int fd);
/* What listen(2) gets. */
int options_backlog(const struct listener *l);

/* A unix socket's file: bind it with its owner and mode in place before anyone can connect. 0, or
 * errno. */
int unix_bind(struct listener *l, int fd);
/* Give the file its owner, group and mode. 0, or errno. */
int unix_own(const struct listener *l);
/* Remove the file if it still is the one we made. */
void unix_remove(struct listener *l);

#endif
