/* cage/prober_network.c -- attempts at the network */
#include "config.h"

#include "cage/prober.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static struct sockaddr_in there(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(outside.port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

static bool connects(int type, int protocol)
{
    struct sockaddr_in at = there();
    int fd = socket(AF_INET, type, protocol);
    return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool connect_tcp(void)
{
    return connects(SOCK_STREAM, 0);
}

static bool connect_mapped(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(outside.port)};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    return inet_pton(AF_INET6, "::ffff:127.0.0.1", &at.sin6_addr) == 1 && fd >= 0 &&
           connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool connect_mptcp(void)
{
    return connects(SOCK_STREAM, 262);
}

static bool connect_fast(void)
{
    struct sockaddr_in at = there();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&at, sizeof at) == 1;
}

static bool connect_sctp(void)
{
    return connects(SOCK_STREAM, 132);
}

static bool connect_udp(void)
{
    return connects(SOCK_DGRAM, 0);
}

static bool send_udp(void)
{
    struct sockaddr_in at = there();
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return fd >= 0 && sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof at) == 1;
}

static bool binds(int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, type, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool bind_tcp(void)
{
    return binds(SOCK_STREAM);
}

static bool bind_udp(void)
{
    return binds(SOCK_DGRAM);
}

static bool listen_unbound(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && listen(fd, 1) == 0;
}

static bool has(int family, int type, int protocol)
{
    return socket(family, type, protocol) >= 0;
}

static bool ping_socket(void)
{
    return has(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static bool raw_socket(void)
{
    return has(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static bool packet_socket(void)
{
    return has(17, SOCK_RAW, 0);
}

static bool netlink_socket(void)
{
    return has(16, SOCK_RAW, 0);
}

static bool vsock_socket(void)
{
    return has(40, SOCK_STREAM, 0);
}

static bool crypto_socket(void)
{
    return has(38, SOCK_SEQPACKET, 0);
}

static bool bluetooth_socket(void)
{
    return has(31, SOCK_RAW, 1);
}

static bool unix_pair(void)
{
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static const struct attempt at[] = {{"connect-tcp", connect_tcp},
                                    {"connect-tcp-by-ipv6", connect_mapped},
                                    {"connect-mptcp", connect_mptcp},
                                    {"connect-tcp-by-fastopen", connect_fast},
                                    {"connect-sctp", connect_sctp},
                                    {"connect-udp", connect_udp},
                                    {"send-udp", send_udp},
                                    {"bind-tcp", bind_tcp},
                                    {"bind-udp", bind_udp},
                                    {"listen-without-bind", listen_unbound},
                                    {"ping-socket", ping_socket},
                                    {"raw-socket", raw_socket},
                                    {"packet-socket", packet_socket},
                                    {"netlink-socket", netlink_socket},
                                    {"vsock-socket", vsock_socket},
                                    {"crypto-socket", crypto_socket},
                                    {"bluetooth-socket", bluetooth_socket},
                                    {"socket-pair", unix_pair}};
const struct attempts prober_network = {at, sizeof at / sizeof *at};
