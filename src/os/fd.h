/* os/fd.h -- one descriptor: does it block, where is it bound, of what family is it. */
#ifndef DOORWARD_OS_FD_H
#define DOORWARD_OS_FD_H

#include <sys/select.h>

#include "base/addr.h"

/* Make `fd` blocking or not. 0, or -1 with errno. */
int fd_blocking(int fd, bool blocking);

/* Are `n`, at most 2, descriptors to be had? Who receives some without asking loses them. */
bool fd_room(size_t n);

/* The address that a socket is bound to. False with errno. */
bool fd_local(int fd, struct addr *at);

/* The address of its other end. False with errno. */
bool fd_peer(int fd, struct addr *at);

/* The family of a socket; AF_UNSPEC when the system does not tell. */
int fd_family(int fd);

/* Is there something to read, or to accept? Does not wait. */
bool fd_readable(int fd);

/* accept(2): close-on-exec, blocking. -1 with errno. */
int fd_accept(int listener, struct sockaddr_storage *ss, socklen_t *len);

/* FD_SET and FD_ISSET, which warn of a sign in one C library or the other; `fd` < FD_SETSIZE. */
void fd_put(int fd, fd_set *set);
bool fd_among(int fd, const fd_set *set);

#endif
