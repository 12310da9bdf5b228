/* ctl/status.h -- the state of the services: ask, print for people or machines */
#ifndef DOORWARD_CTL_STATUS_H
#define DOORWARD_CTL_STATUS_H

enum ctl_form { CTL_TABLE, CTL_JSON, CTL_WATCH };

/* Ask the daemon behind `socket` for `service`, or for all where it is NULL, and print to stdout;
 * what fails is told on stderr. The exit status. */
int ctl_status(const char *socket, enum ctl_form form, const char *service);

#endif
