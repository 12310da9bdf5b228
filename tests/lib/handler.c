/* lib/handler.c -- one handler for each kind of socket
 *
 * handler MODE [IDLE_MS [LOG]]: it ends when nothing came for IDLE_MS. With LOG it appends a line
 * there for its start and for each thing that it handled. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 65536 };

static char buffer[ROOM];
static int idle_ms = 500;
static int log_fd = -1;

/* One write a line: several handlers append to one file. */
static void note(const char *what, const char *detail)
{
    char line[512];
    int n = snprintf(line, sizeof line, "%s %ld %.300s\n", what, (long)getpid(), detail);
    if (log_fd >= 0 && n > 0)
        (void)!write(log_fd, line, (size_t)n); /* a test that misses the line fails */
}

static bool comes(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, idle_ms) > 0;
}

/* Bytes, or packets with their boundaries, back to where they came from. */
static void echo(int fd)
{
    ssize_t n;
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
        for (ssize_t done = 0, m; done < n; done += m)
            if ((m = send(fd, buffer + done, (size_t)(n - done), MSG_NOSIGNAL)) < 0)
                return;
}

static void mode_echo(void)
{
    echo(0);
}

/* wait: the listening socket; one client after the other. */
static void mode_accept(void)
{
    note("start", "");
    while (comes(0)) {
        int fd = accept(0, NULL, NULL);
        if (fd < 0)
            continue;
        note("accept", "");
        echo(fd);
        close(fd);
    }
}

/* wait: the datagram socket; all peers. */
static void mode_dgram(void)
{
    note("start", "");
    while (comes(0)) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        ssize_t n =
            recvfrom(0, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&peer, &len);
        if (n >= 0)
            (void)sendto(0, buffer, (size_t)n, 0, (struct sockaddr *)&peer, len);
    }
}

static void describe(char *out, size_t size, bool remote)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char host[64], port[8];
    int failed = remote ? getpeername(0, (struct sockaddr *)&ss, &len)
                        : getsockname(0, (struct sockaddr *)&ss, &len);
    if (failed || getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port, sizeof port,
                              NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(out, size, "%s", failed ? strerror(errno) : "?");
    else
        (void)snprintf(out, size, "%s#%s", host, port);
}

/* nowait: a socket connected to the peer, his datagram waiting. The answer is "PID text". */
static void mode_peer(void)
{
    char peer[128], local[128], text[300], what[400];
    describe(peer, sizeof peer, true);
    describe(local, sizeof local, false);
    (void)snprintf(what, sizeof what, "peer=%s local=%s waiting=%d", peer, local,
                   recv(0, buffer, 1, MSG_PEEK | MSG_DONTWAIT) >= 0);
    note("start", what);
    while (comes(0)) {
        ssize_t n = recv(0, text, sizeof text - 1, MSG_DONTWAIT);
        if (n < 0)
            continue;
        text[n] = '\0';
        note("got", text);
        int len = snprintf(what, sizeof what, "%ld %s %s", (long)getpid(), peer, text);
        (void)send(0, what, (size_t)len, 0);
        if (strcmp(text, "bye") == 0)
            return;
    }
}

/* --- socket options -------------------------------------------------------------------------- */

static int option(int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(0, level, name, &value, &len) < 0 ? -1 : value;
}

/* A listening TCP socket's tcpi_sacked is its backlog, tcp_get_info(). */
static int backlog(void)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    bool listens = option(SOL_SOCKET, SO_ACCEPTCONN) > 0;
    if (!listens || getsockopt(0, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return -1;
    return (int)info.tcpi_sacked;
}

static size_t list_options(void)
{
    static const struct {
        const char *name;
        int level, option;
    } options[] = {
        {"type", SOL_SOCKET, SO_TYPE},
        {"domain", SOL_SOCKET, SO_DOMAIN},
        {"listening", SOL_SOCKET, SO_ACCEPTCONN},
        {"sndbuf", SOL_SOCKET, SO_SNDBUF},
        {"recvbuf", SOL_SOCKET, SO_RCVBUF},
        {"keepalive", SOL_SOCKET, SO_KEEPALIVE},
        {"reuseport", SOL_SOCKET, SO_REUSEPORT},
        {"nodelay", IPPROTO_TCP, TCP_NODELAY},
        {"keepidle", IPPROTO_TCP, TCP_KEEPIDLE},
        {"keepintvl", IPPROTO_TCP, TCP_KEEPINTVL},
        {"keepcnt", IPPROTO_TCP, TCP_KEEPCNT},
        {"user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT},
        {"defer", IPPROTO_TCP, TCP_DEFER_ACCEPT},
        {"freebind", IPPROTO_IP, IP_FREEBIND},
        {"tos", IPPROTO_IP, IP_TOS},
        {"tclass", IPPROTO_IPV6, IPV6_TCLASS},
        {"v6only", IPPROTO_IPV6, IPV6_V6ONLY},
    };
    char device[64] = "", local[128];
    socklen_t len = sizeof device;
    struct rlimit nofile = {0};
    size_t n = 0;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        n += (size_t)snprintf(buffer + n, sizeof buffer - n, "%s=%d\n", options[i].name,
                              option(options[i].level, options[i].option));
    (void)getsockopt(0, SOL_SOCKET, SO_BINDTODEVICE, device, &len); /* "" where it fails */
    (void)getrlimit(RLIMIT_NOFILE, &nofile);                        /* 0 where it fails */
    describe(local, sizeof local, false);
    n += (size_t)snprintf(buffer + n, sizeof buffer - n,
                          "backlog=%d\ndevice=%s\nlocal=%s\nnofile=%llu:%llu\n", backlog(), device,
                          local, (unsigned long long)nofile.rlim_cur,
                          (unsigned long long)nofile.rlim_max);
    return n;
}

/* What the socket at 0 is set to, told to the client, whatever kind it is. */
static void mode_options(void)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    int to = 0;
    if (option(SOL_SOCKET, SO_ACCEPTCONN) > 0)
        to = accept(0, NULL, NULL);
    else if (option(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM)
        (void)recvfrom(0, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &len);
    size_t n = list_options();
    if (to == 0 && option(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM)
        (void)sendto(0, buffer, n, 0, (struct sockaddr *)&peer, len);
    else
        (void)send(to, buffer, n, MSG_NOSIGNAL);
}

/* --- Sun RPC: the NULL procedure, RFC 5531 --------------------------------------------------- */

static uint32_t word(const char *at)
{
    uint32_t w;
    memcpy(&w, at, sizeof w);
    return ntohl(w);
}

/* Turn the call in buffer + at into its answer; the length, or 0. */
static size_t answer(size_t at, size_t n)
{
    enum { CALL = 40, ANSWER = 24 };
    if (n < CALL || word(buffer + at + 4) != 0 || word(buffer + at + 20) != 0)
        return 0; /* only calls of procedure 0 */
    char what[64];
    (void)snprintf(what, sizeof what, "program=%u version=%u", word(buffer + at + 12),
                   word(buffer + at + 16));
    note("null", what);
    memset(buffer + at + 4, 0, ANSWER - 4); /* accepted, no verifier, success */
    buffer[at + 7] = 1;                     /* REPLY */
    return ANSWER;
}

static void mode_rpc_dgram(void)
{
    while (comes(0)) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        ssize_t n =
            recvfrom(0, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&peer, &len);
        size_t out = n > 0 ? answer(0, (size_t)n) : 0;
        if (out)
            (void)sendto(0, buffer, out, 0, (struct sockaddr *)&peer, len);
    }
}

static void mode_rpc_stream(void)
{
    while (comes(0)) {
        if (recv(0, buffer, 4, MSG_WAITALL) != 4)
            return;
        size_t len = word(buffer) & 0x7fffffff;
        if (len > sizeof buffer - 4 || recv(0, buffer + 4, len, MSG_WAITALL) != (ssize_t)len)
            return;
        size_t out = answer(4, len);
        uint32_t mark = htonl(0x80000000 | (uint32_t)out);
        memcpy(buffer, &mark, sizeof mark);
        if (out)
            (void)send(0, buffer, out + 4, MSG_NOSIGNAL);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {
        {"echo", mode_echo},
        {"accept", mode_accept},
        {"dgram", mode_dgram},
        {"peer", mode_peer},
        {"options", mode_options},
        {"rpc_dgram", mode_rpc_dgram},
        {"rpc_stream", mode_rpc_stream},
    };
    if (argc > 2)
        idle_ms = (int)strtol(argv[2], NULL, 10);
    if (argc > 3)
        log_fd = open(argv[3], O_WRONLY | O_APPEND | O_CLOEXEC);
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argv[1], modes[i].name) == 0) {
            modes[i].run();
            return 0;
        }
    return 64;
}
