/* daemon/learn/learn.h -- --learn: which keys of a cage a handler needs, from one run of it
 *
 * This folder: a handler watched with ptrace(2), and keys of what it used. It includes conf/ and
 * below, and of daemon/ its options and --try. */
#ifndef DOORWARD_DAEMON_LEARN_LEARN_H
#define DOORWARD_DAEMON_LEARN_LEARN_H

#include "daemon/server.h"

/* Run the entry that `name` means once, without its cage, as --try does: its client is standard
 * input, which hears the answers if it is a socket; else they go to stderr. The keys go to stdout.
 * The exit status: 0, the keys are there; 1, the handler was not started; or of sysexits.h. */
int learn_service(const struct server_options *o, const char *name);

#endif
