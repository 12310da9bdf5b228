/* os/closefds.h -- close what nobody here opened. */
#ifndef DOORWARD_OS_CLOSEFDS_H
#define DOORWARD_OS_CLOSEFDS_H

#include <stddef.h>

/*
 * Close every descriptor from `first` up but the `nkeep` of `keep`, in any order. For the start,
 * and for a child that fork(2) made; not after vfork(2). */
void close_fds(int first, const int *keep, size_t nkeep);

#endif
