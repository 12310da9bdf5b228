/* ctl/show.h -- all about a service, with a label on each line. Rank 1. */
#ifndef DOORWARD_CTL_SHOW_H
#define DOORWARD_CTL_SHOW_H

#include <stdbool.h>

/* Ask the daemon behind `socket` for `service`, or for all where it is NULL, and print to stdout;
 * what fails is told on stderr. The exit status. */
int ctl_show(const char *socket, const char *service, bool json);

#endif
