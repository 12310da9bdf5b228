/* floor.c -- what the kernel charges for a start: accept, vfork, exec, and nothing else; with -s a
 * session for each, too, since that costs no call alone: the scheduler sees them as groups */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const char *address, unsigned long port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (port == 0 || port > 65535 || inet_pton(AF_INET, address, &sin.sin_addr) != 1) {
        return -1;
    }
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)&sin, sizeof sin) != 0 || listen(fd, SOMAXCONN) != 0) {
        return -1;
    }
    return fd;
}

/* A function of its own: nothing that it uses changes behind vfork's back. */
__attribute__((noinline)) static void serve(int listener, int sessions, char *const *words)
{
    static char *environment[] = {NULL};

    (void)signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) {
            continue;
        }
        if (vfork() == 0) {
            if ((!sessions || setsid() > 0) && dup2(fd, 0) == 0 && dup2(fd, 1) == 1 &&
                dup2(fd, 2) == 2) {
                (void)execve(words[0], words, environment);
            }
            _exit(127);
        }
        (void)close(fd);
    }
}

int main(int argc, char **argv)
{
    const int sessions = argc > 1 && strcmp(argv[1], "-s") == 0;
    char **words = argv + sessions; /* address, port, program, ... */
    int listener;

    if (argc - sessions < 4) {
        (void)fputs("usage: floor [-s] address port program [argument ...]\n", stderr);
        return 64;
    }
    listener = listen_on(words[1], strtoul(words[2], NULL, 10));
    if (listener < 0) {
        perror("floor");
        return 71;
    }
    serve(listener, sessions, words + 3);
    return 0;
}
