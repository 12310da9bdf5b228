/* ctl/lookup/served.h -- which services of the daemon have a port, an address or a protocol */
#ifndef DOORWARD_CTL_LOOKUP_SERVED_H
#define DOORWARD_CTL_LOOKUP_SERVED_H

#include "base/addr.h"
#include "ctl/rows.h"

struct served {
    struct ctl_rows rows;
    bool known; /* the daemon has answered */
};

/* What is looked for: each that is set has to fit. */
struct wanted {
    const char *protocol; /* "tcp", "udp", "tcp46", "rpc"; NULL any */
    unsigned port;        /* 0 any */
    struct addr at;       /* AF_UNSPEC any; also what a wildcard stands for */
    int family;           /* of its sockets; AF_UNSPEC any */
    const char *path;     /* of a unix socket; NULL any */
    const char *program;  /* of RPC, "rusersd" or "100002"; NULL any */
};

/* Ask the daemon; that there is none is told on stderr. `socket` NULL: there is nobody to ask. */
void served_read(struct served *v, const char *socket);
void served_free(struct served *v);

/* The next from `*at` on, which moves behind it; NULL: there is no more. */
const struct ctl_row *served_next(const struct served *v, const struct wanted *w, size_t *at);
/* A line for each: "served by  NAME PROTOCOL ADDRESS: STATE", or that it is nobody; nothing where
 * nobody knows. */
void served_print(const struct served *v, const struct wanted *w);

#endif
