/* serve/sort.h -- datagrams of a udp nowait listener, each to its peer's socket. Rank 5. */
#ifndef DOORWARD_SERVE_SORT_H
#define DOORWARD_SERVE_SORT_H

#include "os/packet.h"
#include "serve/peers.h"

/* Caught by a socket that was meant for one peer; to be sorted. */
struct stray;

/* One listener's datagrams on their way to their peers. */
struct sorting {
    struct master *master;
    struct listener *listener;
    uint16_t port;                 /* the listener's */
    struct stray *strays, **after; /* a queue; `after` is &strays at first */
};

enum owner {
    NEW, /* nobody's yet: a peer to be */
    HIS, /* it goes into the socket that the peer has */
    LOST /* the kernel does not bring it to that socket: nor will it again */
};

/* Whose is it? `p` is the record of its peer, or NULL. */
enum owner sort_whose(const struct packet *in, const struct peer *p);

/* May its sender have a handler at all? No: `*why`. */
bool sort_welcome(const struct sorting *w, const struct packet *in, enum reject *why);

/* Can what was read be put back now, to an address of that family (unmapped)? Not where it is not
 * allowed, nor for a while after it was not seen to arrive. */
bool sort_puts_back(const struct sorting *w, int family);

/* The next datagram of `fd`, with the listener's port in `in->to`. `flags` is 0 or MSG_PEEK. Its
 * length, or -1. `*data` is good until the next call. */
ssize_t sort_next(const struct sorting *w, int fd, struct packet *in, int flags, const char **data);

/* One that was read: to its peer's socket with it, or it is dropped and counted. */
void sort_one(struct sorting *w, const struct packet *in, const char *data, size_t len);

/* All that waits in the listener's socket, as long as there is room; the rest stays there. */
void sort_listener(struct sorting *w);

/* All that waits in `fd`, which is about to be closed. */
void sort_rest(struct sorting *w, int fd);

/* What new sockets have caught meanwhile. */
void sort_strays(struct sorting *w);

/* Dropped and counted. */
void sort_drop(const struct sorting *w, const struct addr *from);

/* No new socket, by errno: for want of descriptors or memory? Then the service is held, unless some
 * come back by themselves; what waits in the listener stays there. */
bool sort_no_room(const struct sorting *w, int error);

#endif
