/* os/packet.h -- datagrams with both their addresses: receive, answer, put back */
#ifndef DOORWARD_OS_PACKET_H
#define DOORWARD_OS_PACKET_H

#include "base/addr.h"

/* What came with a datagram; addresses as the socket's family has them: not unmapped. */
struct packet {
    struct addr from; /* the peer */
    struct addr to;   /* the address it was sent to, where the socket has IP_PKTINFO or
                         IPV6_RECVPKTINFO on (RFC 3542, 6), with port 0; AF_UNSPEC otherwise */
    uint64_t stamp;   /* when it reached the kernel, CLOCK_REALTIME in ns, where the socket has
                         packet_stamps() on; 0 otherwise */
    bool group;       /* sent to a multicast or broadcast address, subnets' ones included */
    int hops;         /* TTL or hop limit that it came with, where the socket has packet_hops() on;
                         -1 otherwise */
};

/* recvmsg(2) without waiting. `flags` is 0 or MSG_PEEK. The length, 0 for an empty datagram, or -1
 * with errno. */
ssize_t packet_receive(int fd, void *buf, size_t size, struct packet *in, int flags);

/* Switch time stamps. 0, or -1 with errno; nothing where the system has none. */
int packet_stamps(int fd, bool on);

/* Switch the report of both addresses, by the family that `fd` has. 0, or -1 with errno. */
int packet_addresses(int fd, bool on);

/* Switch the report of TTL or hop limit, likewise. 0, or -1 with errno. */
int packet_hops(int fd, bool on);

/* sendmsg(2) without waiting to `to`, from the address `from` (AF_UNSPEC: the system's choice), for
 * so many `hops` (-1: the system's choice). 0, or -1 with errno. */
int packet_send(int fd, const void *data, size_t len, const struct addr *to,
                const struct addr *from, int hops);

/* The address that this host has for `peer` when it may choose, with port 0. False with errno: it
 * cannot reach him. */
bool packet_route(const struct addr *peer, struct addr *local);

/* Put a datagram that was received back into the kernel as it came: same source, same destination,
 * so that the socket bound to `to` and connected to `from` gets it. It goes over a raw socket and
 * the loopback device (raw(7), ipv6(7)), which needs CAP_NET_RAW. Both addresses with ports,
 * unmapped. 0, or -1 with errno (EPERM: not allowed here; EMSGSIZE: more than the loopback device
 * takes in one piece). That it was sent does not say that it arrives: filters and NAT see it,
 * too. */
int packet_inject(const void *data, size_t len, const struct addr *from, const struct addr *to);

/* Is packet_inject() allowed here? Opens its sockets at the first question. */
bool packet_can_inject(int family);

/* Now, by the clock of the stamps. */
uint64_t packet_clock(void);

/* A listener's peer that stands at the first datagram waiting: ns of the kernel's time stamp on it,
 * which stays the same while it waits there; 0 when none waits, or when the system has no such
 * stamps. */
uint64_t packet_first_stamp(int fd);

#endif
