/* cage/caps.h -- capabilities by name, and a handler that has these and no other */
#ifndef DOORWARD_CAGE_CAPS_H
#define DOORWARD_CAGE_CAPS_H

#include "cage/cage.h"

/* The number of "net_raw", "CAP_NET_RAW"; -1: unknown. */
int cage_cap_number(const char *name);
/* "net_raw"; NULL: it has no name here. */
const char *cage_cap_name(unsigned number);

/* For cage.c: NULL, or why there are none here. */
const char *cage_caps_missing(void);

/* Both in the child, async-signal-safe; NULL, or the call that failed, with errno. The first while
 * it may still do anything: out of the bounding set goes all but `c->caps`; what it cannot take
 * from there, no_new_privs keeps away. */
const char *cage_caps_bound(const struct cage *c);
/* When it has its user: these are what it has, through exec too. */
const char *cage_caps_set(const struct cage *c);

#endif
