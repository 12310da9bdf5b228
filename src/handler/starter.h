/*
 * handler/starter.h -- the process that starts handlers.
 *
 * Whoever waits for an exec can be held by the handler's user (SIGSTOP between setresuid(2) and
 * execve(2), a lease on the program, a file system that does not answer). With vfork semantics that
 * is the process that starts, so it is not the master. A starter is forked after each load, so it
 * has the entries as an unchanging copy; it owns one socket to the master, and no listener. The
 * handlers that it makes are the master's children (CLONE_PARENT). */
#ifndef DOORWARD_HANDLER_STARTER_H
#define DOORWARD_HANDLER_STARTER_H

#include "handler/spawn.h"

/* Master to starter, one datagram: with it the connection, or all sockets of a wait service, and
 * with stderr = log the pipe's end. */
struct order {
    const struct entry *entry; /* at the place that it had when the starter was forked */
    uint32_t seen;             /* answers of this starter that the master had when it wrote this */
    bool has_peer, has_local;
    uint8_t sockets; /* how many come with it */
    uint64_t places; /* of those in their entry, a bit each */
    struct addr peer, local;
    size_t via; /* bytes of struct via's lines that follow */
};
struct full_order {
    struct order order;
    char via[VIA_MOST];
};

/* Serve orders from `sock` until the master closes its end; `seen` answers were given by others in
 * its place. Keeps `sock` and what spawn needs. */
_Noreturn void starter_run(int sock, struct birth *birth, uint32_t seen);

#endif
