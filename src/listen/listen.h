/*
 * listen/listen.h -- open, adopt and close the sockets of a service; retry until it works.
 *
 * This folder: the sockets of services. It includes base/, os/ and service/ only; conf/ and
 * handler/ are its siblings.
 */
#ifndef DOORWARD_LISTEN_LISTEN_H
#define DOORWARD_LISTEN_LISTEN_H

#include "service/service.h"

/* Who opens sockets; filled in by the composition, must outlive all listeners. */
struct listening {
    struct loop *loop;
    void (*opened)(void *arg, struct listener *l); /* l->watch.fd is ready to be watched */
    void *arg;
};

/*
 * Open the socket of `l`: non-blocking, close-on-exec, with the options of its settings, bound, and
 * listening where its type listens. A socket that systemd handed over for the same address, or
 * under the service's name, is taken instead (listen/adopt.h). On failure, whatever its cause, logs
 * it (again only when the errno changes) and tries again after 1 s, doubling to 60 s. An IPv6
 * listener of plain tcp or udp on a system without IPv6 is left closed silently.
 */
void listen_start(const struct listening *ctx, struct listener *l);

/*
 * The settings changed but the endpoint did not: apply the socket options, backlog, and a unix
 * socket's owner and mode, to the open socket. Failures are logged. Nothing for a closed one.
 */
void listen_update(struct listener *l);

/*
 * Close the socket, stop retrying; a unix socket's file is removed if it still is the one we made.
 * A socket of systemd's is kept open for the next listener that wants it.
 */
void listen_close(struct loop *loop, struct listener *l);

/* Say which of systemd's sockets no listener has. */
void listen_spare(void);

/*
 * For the hand-over of udp nowait: another socket bound to `local` (address and port) with the
 * options of `l`, non-blocking. SO_REUSEADDR is on only during the bind, so that no stranger can
 * share the port. -1 with errno.
 */
int listen_twin(const struct listener *l, const struct addr *local);

/* Switch SO_REUSEADDR: may other sockets be bound where this one is? */
int listen_share(int fd, bool on);

/* A connection that was accepted: give it the options that it does not inherit. */
void listen_accepted(const struct listener *l, int fd);

/* `fd`, that was or could be the socket of `l`, goes to a handler: without the options that only we
 * want. */
void listen_plain(const struct listener *l, int fd);

/* Does the service want to know which of its addresses a datagram was sent to? */
bool listen_wants_pktinfo(const struct service *s);

#endif
