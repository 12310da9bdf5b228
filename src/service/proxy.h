/*
 * service/proxy.h -- the PROXY header of a balancer, versions 1 and 2: how far it goes, what it
 * says. Pure.
 *
 * "The PROXY protocol, Versions 1 & 2", section 2. What is not clearly a header is none: nothing is
 * guessed. */
#ifndef DOORWARD_SERVICE_PROXY_H
#define DOORWARD_SERVICE_PROXY_H

#include "base/addr.h"

enum {
    PROXY_LENGTH = 4096,            /* that a version 2 header may say */
    PROXY_MOST = 16 + PROXY_LENGTH, /* bytes of a header */
    PROXY_VALUES = 7
};

enum proxy_state { PROXY_MORE, PROXY_WHOLE, PROXY_NONE };

/* What may be taken off the connection, if there is as much: all of it belongs to the header. */
struct proxy_want {
    size_t most;
    bool line; /* no further than the first newline, which ends it */
};

/* The first `len` bytes of a connection, all of them taken by the wants that this gave. PROXY_MORE
 * fills in `*want`, with `most` above 0, and len + most at most PROXY_MOST. */
enum proxy_state proxy_look(const uint8_t *head, size_t len, struct proxy_want *want);

/* What a header says. Values are borrowed from it, and are printable ASCII of at most 255 bytes. */
struct proxy_said {
    bool own; /* LOCAL, UNKNOWN, UNSPEC, a unix client: the connection's own addresses hold */
    struct addr client, server; /* unmapped */
    struct proxy_value {
        const char *name; /* of its variable */
        const uint8_t *at;
        size_t len;
    } values[PROXY_VALUES];
    size_t count;
};

/* Read a header that is PROXY_WHOLE. False: it is none that could be trusted. */
bool proxy_read(const uint8_t *head, size_t len, struct proxy_said *said);

#endif
