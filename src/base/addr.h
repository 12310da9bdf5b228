/* base/addr.h -- socket addresses and prefixes as values */
#ifndef DOORWARD_BASE_ADDR_H
#define DOORWARD_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* An address of a peer or of a listener: IPv4, IPv6, or the credentials of a unix peer. */
struct addr {
    union {
        struct sockaddr sa; /* sa_family says which: AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC (none) */
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct {
            struct sockaddr head; /* AF_UNIX; the whole of it, for where the BSDs keep sa_len */
            uid_t uid;
            gid_t gid;
            pid_t pid;
        } un;
    } u;
};

/* Room for any text of addr_format and addr_format_port, NUL included. */
#define ADDR_TEXT 80

/*
 * A numeric address: "1.2.3.4" (four strict decimal parts, inet_pton(3)), "::1", "[::1]",
 * "fe80::1%eth0" or "fe80::1%2". Sets port 0. False, `*a` undefined, for anything else. A zone's
 * name need not be an interface's yet: addr_settle() comes before bind(2). */
bool addr_parse(struct addr *a, const char *text);

/* The same address with its zone's name (base/zone.h) as the interface's index of now. False: there
 * is no such interface. */
bool addr_settle(const struct addr *a, struct addr *out);

/* The unspecified address of `family` (AF_INET or AF_INET6) with `port` (host order). */
struct addr addr_any(int family, uint16_t port);

/* A unix peer. */
struct addr addr_unix(uid_t uid, gid_t gid, pid_t pid);

/* From what accept(2), recvmsg(2) or getsockname(2) filled in; other families give AF_UNSPEC. */
struct addr addr_from(const struct sockaddr *sa, socklen_t len);

/* An IPv4-mapped IPv6 address as plain IPv4; anything else as it is. RFC 4291, 2.5.5.2. */
struct addr addr_unmap(const struct addr *a);

static inline int addr_family(const struct addr *a)
{
    return a->u.sa.sa_family;
}
/* Bytes of the sockaddr for bind(2), connect(2), sendto(2); 0 for unix and none. */
socklen_t addr_len(const struct addr *a);
/* Port in host order; 0 where there is none. */
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);

/* Total order by family, address, scope, port: <0, 0, >0 as memcmp(3). */
int addr_compare(const struct addr *a, const struct addr *b);
/* The same, ports left aside. */
int addr_compare_host(const struct addr *a, const struct addr *b);

/* Mapped addresses are judged as IPv4. */
bool addr_is_any(const struct addr *a);       /* 0.0.0.0 or :: */
bool addr_is_multicast(const struct addr *a); /* 224.0.0.0/4 or ff00::/8 */
/* 255.255.255.255 only: the others need the routing table. */
bool addr_is_broadcast(const struct addr *a);
/* May a datagram from there be answered at all? Not one from multicast, broadcast, unspecified,
 * port 0. */
bool addr_answerable(const struct addr *from);

/* "1.2.3.4", "fe80::1%eth0", "uid:1000", "-" (none); returns `out`. */
const char *addr_format(const struct addr *a, char out[static ADDR_TEXT]);
/* "1.2.3.4:80", "[::1]:80", "uid:1000", "-". */
const char *addr_format_port(const struct addr *a, char out[static ADDR_TEXT]);

/* A prefix: the peers that share the first `bits` bits, or one uid. Host bits are 0, so that equal
 * prefixes are equal bytes. */
struct prefix {
    uint8_t family; /* AF_INET, AF_INET6, AF_UNIX (uid in host order in bytes[0..3]) */
    uint8_t bits;   /* 0-32, 0-128; 32 for a uid */
    uint8_t bytes[16];
};

/*
 * "10.0.0.0/8", "2001:db8::/32", "[::1]", "192.0.2.1" (a /32), "uid:1000". Host bits are cleared.
 * A mapped prefix of at least 96 bits is the IPv4 prefix it stands for: peers are unmapped before
 * they are judged, so that it could never match. No zones. NULL when good, else a constant text
 * that says what is wrong. */
const char *prefix_parse(struct prefix *p, const char *text);
/* The prefix of `a`, unmapped, with the family's number of bits; a unix peer gives its uid, none
 * gives family 0. */
struct prefix prefix_of(const struct addr *a, unsigned v4bits, unsigned v6bits);
/* Is `a` (already unmapped) inside? */
bool prefix_contains(const struct prefix *p, const struct addr *a);
int prefix_compare(const struct prefix *a, const struct prefix *b);
/* "10.0.0.0/8", "uid:1000". */
const char *prefix_format(const struct prefix *p, char out[static ADDR_TEXT]);
/* The same without the length where it is one host: as a user writes it. */
const char *prefix_format_short(const struct prefix *p, char out[static ADDR_TEXT]);

#endif
