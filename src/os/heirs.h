/*
 * os/heirs.h -- children that were forked a moment ago, and still have copies of our descriptors.
 *
 * A child closes what is not its own, but not before it runs: until then a socket that we have
 * closed is open still, and the next daemon finds its address in use. */
#ifndef DOORWARD_OS_HEIRS_H
#define DOORWARD_OS_HEIRS_H

/* Before the first fork(2). 0, or -1 with errno. */
int heirs_start(void);

/* At the end: wait until no child has a copy of what we had, which takes as long as it takes them
 * to run; at most `ms`. */
void heirs_await(int ms);

#endif
