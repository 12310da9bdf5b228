/* serve/peers.h -- the sockets of udp nowait that wait for a handler */
#ifndef DOORWARD_SERVE_PEERS_H
#define DOORWARD_SERVE_PEERS_H

#include "admit/admit.h"

/* A peer and the socket connected to him. Addresses as the socket's family has them. */
struct peer {
    struct peer *next;
    struct watch watch; /* fd -1: a handler has the socket, since a moment */
    struct timer timer;
    struct master *master;
    struct service *service;
    struct addr from, to;
    uint64_t connected; /* CLOCK_REALTIME in ns: what comes later the kernel gives to the socket */
    bool empty;         /* nothing was put into the socket */
};

/* NULL: not known. */
struct peer *peer_find(const struct service *s, const struct addr *from, const struct addr *to);

/* Take over `fd`, just connected to `from`: when it is readable a handler starts. NULL with errno:
 * still the caller's. */
struct peer *peer_add(struct master *m, struct service *s, int fd, const struct addr *from,
                      const struct addr *to);

/* Forget him, close the socket if it still is ours. */
void peer_drop(struct peer *p);

/* May the service have one more? At the limit those go first that hold nothing, then those of
 * services with more of them. No: what comes waits in the listener. */
bool peers_room(const struct service *s);

/* A hold came or went: peers that wait are watched only while the service starts handlers. */
void peers_arm(struct master *m, struct service *s);

/* The service goes, or takes datagrams in another way: close its peers' sockets. */
void peers_forget(const struct service *s);

#endif
