/*
 * handler/starter.h -- the process that starts handlers.
 *
 * Whoever waits for an exec can be held by the handler's user (SIGSTOP between setresuid(2) and
 * execve(2), a lease on the program, a file system that does not answer). With vfork semantics that
 * is the process that starts, so it is not the master. A starter is forked after each load, so it
 * has the entries as an unchanging copy; it owns one socket to the master, and no listener. The
 * handlers that it makes are the master's children (CLONE_PARENT).
 */
#ifndef DOORWARD_HANDLER_STARTER_H
#define DOORWARD_HANDLER_STARTER_H

#include "handler/spawn.h"

/* Master to starter, one datagram: with it the connection, and with stderr = log the pipe's end. */
struct order {
    const struct entry *entry; /* at the place that it had when the starter was forked; NULL: close
                                * the connection, which may take as long as a handler has wished */
    bool has_peer, has_local;
    struct addr peer, local;
};

/* Starter to master: the connection is with it when the process that failed is worth another try.
 */
struct outcome {
    pid_t pid;            /* of the handler; -1: none */
    struct spawn_error e; /* step NULL: none */
};

/* No process now, but maybe soon: no room, none of the starters was free (EBUSY), or execve(2) says
 * EAGAIN as its user has too many. */
bool starter_lacks_process(const struct spawn_error *e);

/* Serve orders from `sock` until the master closes its end. Keeps `sock` and what spawn needs. */
_Noreturn void starter_run(int sock, struct birth *birth);

/* sendmsg(2) of one datagram with at most 2 descriptors (below 0: none). 0, or -1 with errno. */
int starter_send(int sock, const void *data, size_t len, const int fds[2]);
/* The next one of exactly `len` bytes into `data`, its descriptors into `fds` (-1: none), close-on-
 * exec. 1; 0 at the end; -1 with errno. */
int starter_receive(int sock, void *data, size_t len, int fds[2], int flags);

#endif
