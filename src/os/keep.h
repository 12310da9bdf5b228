/* os/keep.h -- the descriptors that a forked child keeps */
#ifndef DOORWARD_OS_KEEP_H
#define DOORWARD_OS_KEEP_H

#include <stddef.h>

/*
 * Close every descriptor from 3 up but the `n` of `keep` (any order; below 0: none). What cannot be
 * listed is not left open: where there is no close_range(2) the system's list of open ones is read,
 * and without that list all below the limit are closed. For a child that has been forked and has
 * one thread.
 */
void keep_only(const int *keep, size_t n);

#endif
