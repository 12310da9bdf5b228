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
    bool empty;         /* nothing was seen in the socket */
};

/* NULL: not known. */
struct peer *peer_find(const struct service *s, const struct addr *from, const struct addr *to);

/* Take over `fd`, just connected to `from`: when it is readable a handler starts. NULL with errno:
 * still the caller's. */
struct peer *peer_add(struct master *m, struct service *s, int fd, const struct addr *from,
                      const struct addr *to);

/* Does a datagram wait in his socket, which still is ours? */
bool peer_has_datagram(const struct peer *p);

/* Forget him, close the socket if it still is ours. */
void peer_drop(struct peer *p);

/* Is a slot left for one more handler, when all that have a datagram have started theirs? */
bool peers_slot(const struct service *s);

/* May the service have one more? There must be a slot. At the limit of all services those go first
 * that hold nothing for a while, then those of services with more of them. */
bool peers_room(const struct service *s);

/* Is there one with a datagram, who waits for a handler? */
bool peers_waiting(const struct service *s);

/* Is there such a one of any service? */
bool peers_wait(void);

/* All of them, for an upgrade. */
void peers_save(struct state_out *o);
void peers_restore(struct master *m, struct state_in *records);

/* A hold came or went: peers that wait are watched only while the service starts handlers. */
/* Start the handler of one who has a datagram, if there is one. */
void peers_serve_one(const struct service *s);
void peers_arm(struct master *m, struct service *s);

/* The service goes, or takes datagrams in another way: close its peers' sockets. */
void peers_forget(const struct service *s);

#endif
