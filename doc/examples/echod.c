/*
 * echod.c -- a TCP echo server that logs who comes and who goes
 *
 * config: 7102 on protocol = tcp, user = nobody, exec = /usr/local/libexec/echod, stderr = log;
 *
 * With `stderr = log' what is written to standard error goes to doorward's log, a line at a time,
 * with the service and the process. The client sees nothing of it. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* "ADDRESS port PORT", or "-" where standard input is no socket: when it is tried by hand. */
static void name_peer(char *name, size_t size)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    char address[64], port[8];
    if (getpeername(0, (struct sockaddr *)&peer, &len) < 0 ||
        getnameinfo((struct sockaddr *)&peer, len, address, sizeof address, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(name, size, "-");
    else
        snprintf(name, size, "%s port %s", address, port);
}

/* write(2) may take less than it was given. */
static int write_all(const char *at, size_t left)
{
    while (left > 0) {
        ssize_t n = write(1, at, left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        }
    }
    return 0;
}

int main(void)
{
    char peer[128], buffer[16384];
    ssize_t n;
    name_peer(peer, sizeof peer);
    signal(SIGPIPE, SIG_IGN); /* else a client who goes early would not be logged */
    fprintf(stderr, "connected from %s\n", peer);
    while ((n = read(0, buffer, sizeof buffer)) != 0)
        if (n < 0 ? errno != EINTR : write_all(buffer, (size_t)n) < 0)
            break;
    fprintf(stderr, "disconnected from %s\n", peer);
    return 0;
}
