/* hosts.h -- hosts.allow and hosts.deny through libwrap, only in a forked child. Rank 2. */
#ifndef DOORWARD_HOSTS_H
#define DOORWARD_HOSTS_H

#include "addr.h"

/* Was doorward built for libwrap? */
extern const bool hosts_built_in;

/*
 * May the peer of the connected socket `fd` use `daemon`? hosts_access(3), hosts_access(5). Loads
 * the library, may ask name servers, gives up after 30 s. No whenever the question cannot be asked.
 */
bool hosts_allow(const char *daemon, int fd, const struct addr *peer);

#endif
