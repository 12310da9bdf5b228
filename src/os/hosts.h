/* os/hosts.h -- hosts.allow and hosts.deny through libwrap, only in a forked child */
#ifndef DOORWARD_OS_HOSTS_H
#define DOORWARD_OS_HOSTS_H

#include <stdbool.h>

#include "base/addr.h"

/* Was doorward built for libwrap? */
extern const bool hosts_built_in;

enum hosts_verdict { HOSTS_ALLOW, HOSTS_DENY, HOSTS_BROKEN /* cannot be asked; logged */ };

/*
 * May the peer of the connected socket `fd`, or `client` (NULL: that), who asked `server` (NULL:
 * not known), use `daemon`? hosts_access(3), hosts_access(5). Loads the library and may ask name
 * servers. Without an answer after 30 s `late(SIGALRM)` is called, which must not return. */
enum hosts_verdict hosts_allow(const char *daemon, int fd, const struct addr *client,
                               const struct addr *server, void (*late)(int signo));

#endif
