/* os/owner.h -- whose is a tcp connection of this machine? */
#ifndef DOORWARD_OS_OWNER_H
#define DOORWARD_OS_OWNER_H

#include <sys/types.h>

#include "base/addr.h"

enum owner {
    OWNER_KNOWN,
    OWNER_NOBODY, /* there is no such connection, or no process has it */
    OWNER_UNKNOWN /* the system does not tell */
};

/*
 * Who made the connection between `local` here and `peer` (addresses and ports, unmapped)? Into
 * `*uid`. Only for a process of its own: where the kernel cannot be asked for one connection, the
 * table of all of them is read. */
enum owner owner_of(const struct addr *local, const struct addr *peer, uid_t *uid);

#endif
