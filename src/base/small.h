/* base/small.h -- the well-known ports of the small services, for systems without /etc/services */
#ifndef DOORWARD_BASE_SMALL_H
#define DOORWARD_BASE_SMALL_H

enum {
    SMALL_TCPMUX = 1,
    SMALL_ECHO = 7,
    SMALL_DISCARD = 9,
    SMALL_DAYTIME = 13,
    SMALL_CHARGEN = 19,
    SMALL_TIME = 37,
    SMALL_AUTH = 113
};

/* The port of that name; 0: it is none of them. */
unsigned small_port(const char *name);
/* The name of that port; NULL. */
const char *small_name(unsigned port);

#endif
