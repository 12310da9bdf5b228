/*
 * os/tree.h -- all descendants of this process, those that left their parent or session too.
 *
 * A process that adopts (a subreaper) is the parent of every descendant whose own parent has ended,
 * so one without a child has no descendant. Linux alone. */
#ifndef DOORWARD_OS_TREE_H
#define DOORWARD_OS_TREE_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__linux__) && HAVE_SYS_PRCTL_H
#define TREE_POSSIBLE 1
#else
#define TREE_POSSIBLE 0
#endif

/* From now on this process adopts. The /proc that tree_signal() wants; -1 with errno. */
int tree_adopt(void);

/*
 * Send `signo` to each descendant that can be found now, itself excepted. How many there were that
 * lived. Who is born meanwhile may be missed: repeat SIGKILL until wait(2) says ECHILD. Nobody else
 * is ever hit: a number is looked up and signalled as the process that it then was. */
size_t tree_signal(int proc, int signo);

#endif
