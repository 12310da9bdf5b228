/* service/via.h -- the way by which a client came: what a handler is told of his balancer. Pure */
#ifndef DOORWARD_SERVICE_VIA_H
#define DOORWARD_SERVICE_VIA_H

#include "service/proxy.h"

enum { VIA_LINES = 2 + PROXY_VALUES, VIA_MOST = VIA_LINES * (20 + 256) };

/* Variables of the handler's environment: one allocation. */
struct via {
    size_t len;   /* at most VIA_MOST */
    char lines[]; /* NAME=value, each with its NUL */
};

/* Of a connection by `balancer`, whose header was read. NULL: out of memory. free(3) ends it. */
struct via *via_new(const struct addr *balancer, const struct proxy_said *said);

/* The line behind `line` (NULL: the first) of the `len` bytes at `lines`. NULL: it was the last. */
const char *via_next(const char *lines, size_t len, const char *line);

#endif
