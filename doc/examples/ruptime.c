/*
 * ruptime.c -- ask a machine how long it is up: ruptime [-w SECONDS] [HOST [PORT]]
 *
 *     cc -o ruptime ruptime.c
 *     ruptime example.net 7101
 *
 * The client of ruptimed.sh. It tries each address that the host has, then waits and tries them
 * all again: 0.1 s, 0.2, 0.4 and so on, at most SECONDS (default 10) in sum. A server that is just
 * starting is found that way, and one that is down is not hammered. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* After a connect(2) that failed a socket is good for nothing: each try has its own. */
static int connect_one(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int connect_any(const struct addrinfo *list)
{
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        int fd = connect_one(a);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static int connect_patiently(const struct addrinfo *list, long most_ms)
{
    for (long ms = 100;; ms *= 2) {
        int fd = connect_any(list);
        if (fd >= 0 || most_ms <= 0)
            return fd;
        if (ms > most_ms)
            ms = most_ms;
        pause_ms(ms);
        most_ms -= ms;
    }
}

/* Everything until the server's end of file. */
static int print_answer(int fd)
{
    char buffer[4096];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        if (fwrite(buffer, 1, (size_t)n, stdout) < (size_t)n)
            return -1;
    return n < 0 || fflush(stdout) ? -1 : 0;
}

static int usage(void)
{
    fputs("usage: ruptime [-w SECONDS] [HOST [PORT]]\n", stderr);
    return 64;
}

int main(int argc, char **argv)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    long most_s = 10;
    char *end = NULL;
    for (int c; (c = getopt(argc, argv, "w:")) != -1;)
        if (c != 'w' || (most_s = strtol(optarg, &end, 10)) < 0 || most_s > 3600 || *end)
            return usage();
    if (argc - optind > 2)
        return usage();

    /* Without a host: this machine, over each family that it has. */
    const char *host = optind < argc ? argv[optind] : NULL;
    const char *port = optind + 1 < argc ? argv[optind + 1] : "7101";
    struct addrinfo *list;
    int error = getaddrinfo(host && *host ? host : NULL, port, &hints, &list);
    if (error) {
        fprintf(stderr, "ruptime: %s: %s\n", host ? host : port, gai_strerror(error));
        return 1;
    }
    int fd = connect_patiently(list, most_s * 1000);
    freeaddrinfo(list);
    if (fd < 0 || print_answer(fd) < 0) {
        fprintf(stderr, "ruptime: %s\n", strerror(errno));
        return 1;
    }
    close(fd);
    return 0;
}
