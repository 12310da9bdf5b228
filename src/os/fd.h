/* os/fd.h -- one descriptor: does it block, where is it bound, of what family is it. Rank 1. */
#ifndef DOORWARD_OS_FD_H
#define DOORWARD_OS_FD_H

#include "base/addr.h"

/* Make `fd` blocking or not. 0, or -1 with errno. */
int fd_blocking(int fd, bool blocking);

/* The address that a socket is bound to. False with errno. */
bool fd_local(int fd, struct addr *at);

/* The family of a socket; AF_UNSPEC when the system does not tell. */
int fd_family(int fd);

#endif
