/* os/packet.c -- datagrams with both their addresses: receive, answer, put back */
#include "config.h"

#include "os/packet.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Room for one pktinfo of either family, and for a time stamp, aligned as cmsg(3) wants. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct timespec)) + 64];
};

/* ns, or 0 for another kind of message. */
static uint64_t stamp_of(struct cmsghdr *c)
{
#ifdef SO_TIMESTAMPNS
    struct timespec ts;
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
        memcpy(&ts, CMSG_DATA(c), sizeof ts);
        return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
    }
#else
    (void)c;
#endif
    return 0;
}

static void read_control(struct msghdr *msg, struct packet *in)
{
    struct addr *to = &in->to;
    *to = (struct addr){.u.sa.sa_family = AF_UNSPEC};
    in->stamp = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        uint64_t stamp = stamp_of(c);
        if (stamp)
            in->stamp = stamp;
#ifdef IP_PKTINFO
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            *to = addr_any(AF_INET, 0);
            to->u.in.sin_addr = info.ipi_addr;
        }
#endif
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            *to = addr_any(AF_INET6, 0);
            to->u.in6.sin6_addr = info.ipi6_addr;
            if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
                to->u.in6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
        }
    }
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
    in->from = addr_from((const struct sockaddr *)&ss, msg.msg_namelen);
    read_control(&msg, in);
    return n;
}

int packet_stamps(int fd, bool on)
{
#ifdef SO_TIMESTAMPNS
    int value = on;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &value, sizeof value);
#else
    (void)fd;
    (void)on;
    return 0;
#endif
}

/* Append the pktinfo that makes `from` the source. */
static void set_source(struct msghdr *msg, union control *control, const struct addr *from)
{
    msg->msg_control = control;
    msg->msg_controllen = sizeof *control;
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    if (addr_family(from) == AF_INET6) {
        struct in6_pktinfo info = {.ipi6_addr = from->u.in6.sin6_addr};
        info.ipi6_ifindex = from->u.in6.sin6_scope_id;
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
        msg->msg_controllen = CMSG_SPACE(sizeof info);
        return;
    }
#ifdef IP_PKTINFO
    struct in_pktinfo info = {.ipi_spec_dst = from->u.in.sin_addr};
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    msg->msg_controllen = CMSG_SPACE(sizeof info);
#endif
}

int packet_send(int fd, const void *data, size_t len, const struct addr *to,
                const struct addr *from)
{
    union control control = {0};
    struct addr name = *to; /* sendmsg wants it writable */
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr msg = {
        .msg_name = &name.u.sa, .msg_namelen = addr_len(to), .msg_iov = &iov, .msg_iovlen = 1};
    if (addr_family(from) != AF_UNSPEC)
        set_source(&msg, &control, from);
    return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
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
