/* os/packet.c -- datagrams with both their addresses: receive, answer, put back */
#include "config.h"

#include "os/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Room for pktinfo and hops of both families, and for a time stamp, aligned as cmsg(3) wants. */
union control {
    struct cmsghdr align;
    char bytes[2 * CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct timespec)) +
               2 * CMSG_SPACE(sizeof(int)) + 64];
};

/* Absent ones give ENOPROTOOPT at run time, and no message is of such a type. */
#ifndef IP_PKTINFO
#define IP_PKTINFO (-1)
#endif
#ifndef IP_RECVTTL
#define IP_RECVTTL (-1)
#endif
#ifdef __linux__
enum { HOPS_TYPE = IP_TTL };
#else
enum { HOPS_TYPE = IP_RECVTTL };
#endif

/* Who shares the socket may have had the kernel tell more than there is room for: the last message
 * is cut then. */
static bool is_whole(const struct cmsghdr *c, size_t size)
{
    return c->cmsg_len >= CMSG_LEN(size);
}

static void read_stamp(const struct cmsghdr *c, struct packet *in)
{
#ifdef SO_TIMESTAMPNS
    struct timespec ts;
    if (c->cmsg_type != SCM_TIMESTAMPNS || !is_whole(c, sizeof ts))
        return;
    memcpy(&ts, CMSG_DATA(c), sizeof ts);
    in->stamp = (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
#else
    (void)c;
    (void)in;
#endif
}

/* BSDs tell the TTL as a byte, Linux as an int. */
static int hops_of(const struct cmsghdr *c)
{
    int hops = -1;
    if (c->cmsg_len == CMSG_LEN(1))
        return *(const unsigned char *)CMSG_DATA(c);
    if (is_whole(c, sizeof hops))
        memcpy(&hops, CMSG_DATA(c), sizeof hops);
    return hops;
}

static void read_ip4(const struct cmsghdr *c, struct packet *in)
{
    if (c->cmsg_type == HOPS_TYPE)
        in->hops = hops_of(c);
#ifdef __linux__
    struct in_pktinfo info;
    if (c->cmsg_type != IP_PKTINFO || !is_whole(c, sizeof info))
        return;
    memcpy(&info, CMSG_DATA(c), sizeof info);
    /* The host's own address for an answer; of a unicast datagram it is the one asked. */
    in->group |= info.ipi_spec_dst.s_addr != info.ipi_addr.s_addr;
    if (addr_family(&in->from) != AF_INET)
        return; /* a dual-stack socket tells the mapped one, too */
    in->to = addr_any(AF_INET, 0);
    in->to.u.in.sin_addr = info.ipi_addr;
#endif
}

static void read_ip6(const struct cmsghdr *c, struct packet *in)
{
    struct in6_pktinfo info;
    if (c->cmsg_type == IPV6_HOPLIMIT)
        in->hops = hops_of(c);
    if (c->cmsg_type != IPV6_PKTINFO || !is_whole(c, sizeof info))
        return;
    memcpy(&info, CMSG_DATA(c), sizeof info);
    in->to = addr_any(AF_INET6, 0);
    in->to.u.in6.sin6_addr = info.ipi6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        in->to.u.in6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
}

/* musl's macro compares what has a sign with what has none. */
static struct cmsghdr *next_control(struct msghdr *msg, struct cmsghdr *c)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wsign-conversion"
    return CMSG_NXTHDR(msg, c);
#pragma GCC diagnostic pop
}

static void read_control(struct msghdr *msg, struct packet *in)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = next_control(msg, c)) {
        if (c->cmsg_level == SOL_SOCKET)
            read_stamp(c, in);
        else if (c->cmsg_level == IPPROTO_IP)
            read_ip4(c, in);
        else if (c->cmsg_level == IPPROTO_IPV6)
            read_ip6(c, in);
    }
    in->group |= addr_is_multicast(&in->to) || addr_is_broadcast(&in->to);
}

ssize_t packet_receive(int fd, void *buf, size_t size, struct packet *in, int flags)
{
    struct sockaddr_storage ss;
    union control control;
    struct iovec iov = {buf, size};
    struct msghdr msg = {.msg_name = &ss,
                         .msg_namelen = sizeof ss,
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof control};
    ssize_t n;
    do
        n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    *in = (struct packet){.from = addr_from((const struct sockaddr *)&ss, msg.msg_namelen),
                          .to.u.sa.sa_family = AF_UNSPEC,
                          .hops = -1};
    read_control(&msg, in);
    return n;
}

int packet_stamps(int fd, bool on)
{
#ifdef SO_TIMESTAMPNS
    int value = on;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &value, sizeof value) == 0)
        return 0;
    return errno == ENOPROTOOPT ? 0 : -1; /* an emulator's kernel; as if compiled without */
#else
    (void)fd;
    (void)on;
    return 0;
#endif
}

/* IPv4, IPv6, or both on a dual-stack socket; there IPv4's part may fail, as it does with
 * V6ONLY. */
static int switch_both(int fd, int ip4, int ip6, int on)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return -1;
    int failed = setsockopt(fd, IPPROTO_IP, ip4, &on, sizeof on);
    return ss.ss_family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, ip6, &on, sizeof on) : failed;
}

int packet_addresses(int fd, bool on)
{
    return switch_both(fd, IP_PKTINFO, IPV6_RECVPKTINFO, on);
}

int packet_hops(int fd, bool on)
{
    return switch_both(fd, IP_RECVTTL, IPV6_RECVHOPLIMIT, on);
}

/* Append one control message; msg_controllen says how much is used. */
static void append(struct msghdr *msg, union control *control, int level, int type,
                   const void *data, size_t len)
{
    struct cmsghdr c = {.cmsg_level = level, .cmsg_type = type};
    c.cmsg_len = (socklen_t)CMSG_LEN(len); /* POSIX's type of it */
    char *at = control->bytes + msg->msg_controllen;
    memcpy(at, &c, sizeof c);
    memcpy(at + CMSG_LEN(0), data, len);
    msg->msg_control = control;
    msg->msg_controllen += (socklen_t)CMSG_SPACE(len);
}

/* The pktinfo that makes `from` the source. */
static void set_source(struct msghdr *msg, union control *control, const struct addr *from)
{
    if (addr_family(from) == AF_INET6) {
        struct in6_pktinfo info = {.ipi6_addr = from->u.in6.sin6_addr};
        info.ipi6_ifindex = from->u.in6.sin6_scope_id;
        append(msg, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
        return;
    }
#ifdef __linux__
    struct in_pktinfo info = {.ipi_spec_dst = from->u.in.sin_addr};
    append(msg, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
#endif
}

/* A mapped peer's datagram is an IPv4 one. */
static void set_hops(struct msghdr *msg, union control *control, const struct addr *to, int hops)
{
    struct addr plain = addr_unmap(to);
    if (addr_family(&plain) == AF_INET6)
        append(msg, control, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops);
#ifdef __linux__
    else
        append(msg, control, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
#endif
}

int packet_send(int fd, const void *data, size_t len, const struct addr *to,
                const struct addr *from, int hops)
{
    union control control = {0};
    struct addr name = *to; /* sendmsg wants it writable */
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr msg = {
        .msg_name = &name.u.sa, .msg_namelen = addr_len(to), .msg_iov = &iov, .msg_iovlen = 1};
    if (addr_family(from) != AF_UNSPEC)
        set_source(&msg, &control, from);
    if (hops >= 0)
        set_hops(&msg, &control, to, hops);
    return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

bool packet_route(const struct addr *peer, struct addr *local)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = socket(addr_family(peer), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = fd >= 0 && connect(fd, &peer->u.sa, addr_len(peer)) == 0 &&
                getsockname(fd, (struct sockaddr *)&ss, &len) == 0;
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* nothing was sent */
    errno = error;
    if (!good)
        return false;
    *local = addr_from((const struct sockaddr *)&ss, len);
    addr_set_port(local, 0);
    return true;
}

/* --- putting back: RFC 791, 768, 8200 by hand ------------------------------------------------ */

enum { IP4_HEADER = 20, IP6_HEADER = 40, UDP_HEADER = 8, UDP_PROTOCOL = 17, HOPS = 64 };

struct header {
    unsigned char bytes[IP6_HEADER + UDP_HEADER];
    size_t len;
};

static void put16(unsigned char *at, size_t n)
{
    at[0] = (unsigned char)(n >> 8 & 0xff);
    at[1] = (unsigned char)(n & 0xff);
}

/* RFC 1071, to be folded. */
static uint32_t sum(uint32_t so_far, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < len; i++) {
        so_far += i % 2 ? p[i] : (uint32_t)p[i] << 8;
        so_far = (so_far & 0xffff) + (so_far >> 16);
    }
    return so_far;
}

static void ip4_header(struct header *h, size_t total, const struct addr *from,
                       const struct addr *to)
{
    unsigned char *ip = h->bytes;
    ip[0] = 0x45; /* version 4, five words; the kernel fills in id and checksum, raw(7) */
    put16(ip + 2, total);
    ip[8] = HOPS;
    ip[9] = UDP_PROTOCOL;
    memcpy(ip + 12, &from->u.in.sin_addr, 4);
    memcpy(ip + 16, &to->u.in.sin_addr, 4);
    h->len = IP4_HEADER;
}

static void ip6_header(struct header *h, size_t payload, const struct addr *from,
                       const struct addr *to)
{
    unsigned char *ip = h->bytes;
    ip[0] = 0x60;
    put16(ip + 4, payload);
    ip[6] = UDP_PROTOCOL;
    ip[7] = HOPS;
    memcpy(ip + 8, &from->u.in6.sin6_addr, 16);
    memcpy(ip + 24, &to->u.in6.sin6_addr, 16);
    h->len = IP6_HEADER;
}

/* UDP's checksum may be left out over IPv4, not over IPv6: RFC 8200, 8.1. */
static void udp_header(struct header *h, const void *data, size_t len, const struct addr *from,
                       const struct addr *to)
{
    unsigned char *udp = h->bytes + h->len;
    put16(udp, addr_port(from));
    put16(udp + 2, addr_port(to));
    put16(udp + 4, UDP_HEADER + len);
    h->len += UDP_HEADER;
    if (addr_family(to) == AF_INET)
        return;
    uint32_t check = sum(0, h->bytes + 8, 32); /* both addresses */
    check = sum(check + UDP_PROTOCOL + (uint32_t)(UDP_HEADER + len), udp, UDP_HEADER);
    check = ~sum(check, data, len) & 0xffff;
    put16(udp + 6, check ? check : 0xffff);
}

static int raw_socket(int family)
{
    static int raw[2] = {-1, -1}; /* opened once, kept: IPv4, IPv6 */
    int *fd = &raw[family == AF_INET6];
    if (*fd < 0)
        *fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
    return *fd;
}

bool packet_can_inject(int family)
{
    return raw_socket(family) >= 0;
}

int packet_inject(const void *data, size_t len, const struct addr *from, const struct addr *to)
{
    int family = addr_family(to), fd = raw_socket(family);
    if (fd < 0)
        return -1;
    struct header h = {0};
    if (family == AF_INET)
        ip4_header(&h, IP4_HEADER + UDP_HEADER + len, from, to);
    else
        ip6_header(&h, UDP_HEADER + len, from, to);
    udp_header(&h, data, len, from, to);
    struct addr name = *to;
    addr_set_port(&name, 0);
    struct iovec iov[2] = {{h.bytes, h.len}, {(void *)(uintptr_t)data, len}};
    struct msghdr msg = {
        .msg_name = &name.u.sa, .msg_namelen = addr_len(&name), .msg_iov = iov, .msg_iovlen = 2};
    return sendmsg(fd, &msg, MSG_DONTWAIT) < 0 ? -1 : 0;
}

uint64_t packet_clock(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail: POSIX requires this clock */
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

/* --- is it still the same one? --------------------------------------------------------------- */

uint64_t packet_first_stamp(int fd)
{
    char byte;
    struct packet in;
    /* On only for the look: the handler's recvmsg must not find an option that it did not set. */
    if (packet_stamps(fd, true) < 0)
        return 0;
    bool some = packet_receive(fd, &byte, 1, &in, MSG_PEEK) >= 0;
    (void)packet_stamps(fd, false); /* as it was */
    return some ? in.stamp : 0;
}
