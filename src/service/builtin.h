/* service/builtin.h -- the services that need no program */
#ifndef DOORWARD_SERVICE_BUILTIN_H
#define DOORWARD_SERVICE_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum builtin_how {
    BUILTIN_FORK,   /* stream: in a child, under the entry's user, with the socket on 0 and 1 */
    BUILTIN_INLINE, /* stream: in the master, answers without waiting and returns */
    BUILTIN_DGRAM,  /* dgram: in the master, one datagram in, at most one out */
    BUILTIN_TABLES, /* as FORK, in a child of the master itself: it tells of what is there now */
    BUILTIN_MUX     /* tcpmux: conn.c and mux.c know it */
};

struct builtin {
    const char *name; /* "echo" */
    unsigned port;    /* its well-known one */
    int socktype;     /* SOCK_STREAM or SOCK_DGRAM */
    enum builtin_how how;
    unsigned ip_max; /* dgram: its default, starts a minute and source; 0 none */
    /* FORK: serve `fd` until the peer is done. INLINE: write the answer to `fd`, never waiting. */
    void (*stream)(int fd);
    /* DGRAM: the answer to `len` bytes at `in` into `out`; its length, or -1 for none. */
    ssize_t (*dgram)(const char *in, size_t len, char *out, size_t size);
};

/* What `status` does, as web.h has it: for whoever knows how, once. */
void builtin_status(void (*look)(void), void (*serve)(int fd));
/* In a child that will be a BUILTIN_TABLES, before anything else. */
void builtin_look(const struct builtin *b);

/* The builtin of that name (case counts) and socket type; NULL if there is none. */
const struct builtin *builtin_find(const char *name, int socktype);
/* Any builtin of that name or, with NULL, of that port: for systems without /etc/services. */
const struct builtin *builtin_known(const char *name, unsigned port);
/* Every builtin, for -V and the manual: NULL after the last. */
const struct builtin *builtin_at(size_t i);

/* Is `port` (host order) that of a small service, 0 included, from which a forged datagram could
 * start a loop? */
bool builtin_small_port(unsigned port);

#endif
