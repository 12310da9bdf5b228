/* ctl/edit/learn.c -- the keys of a cage that a handler needs, by the daemon's program */
#include "config.h"

#include "ctl/edit/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/edit/daemon.h"
#include "ctl/program.h"

static char *option(const char *name, const char *value)
{
    struct bytes b = {.at = NULL};
    bytes_string(&b, name);
    bytes_string(&b, value);
    return b.at;
}

static int failed(const char *what)
{
    ctl_complain("%s: %s", what, strerror(errno));
    return EX_UNAVAILABLE;
}

/* The child becomes the command, or tells why not. */
static void become_client(char **command, int end, int failure)
{
    if (dup2(end, STDIN_FILENO) >= 0 && dup2(end, STDOUT_FILENO) >= 0)
        (void)execvp(command[0], command); /* returns only when it fails */
    (void)failed(command[0]);              /* its status is below */
    _exit(write(failure, "", 1) == 1 ? EX_UNAVAILABLE : EX_OSERR);
}

/* Start the client; what it is connected to becomes our standard input. False: told. */
static bool start_client(char **command)
{
    int ends[2], failure[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || pipe(failure) < 0)
        return failed("the client") == 0;
    for (size_t i = 0; i < 2; i++) /* exec closes them: that is how we hear of it */
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) < 0 || fcntl(failure[i], F_SETFD, FD_CLOEXEC) < 0)
            return failed("the client") == 0;
    pid_t pid = fork();
    if (pid == 0)
        become_client(command, ends[1], failure[1]);
    if (pid < 0 || dup2(ends[0], STDIN_FILENO) < 0)
        return failed("the client") == 0;
    (void)close(ends[1]);    /* the child's */
    (void)close(failure[1]); /* likewise */
    return read(failure[0], &byte, 1) == 0;
}

int ctl_learn(const char *socket, const char *file, const char *service, char **command)
{
    char program[4096];
    struct places places = {.paths = NULL};
    if (!ctl_find_daemon(program, sizeof program))
        return failed(program);
    if (file) {
        places_add(&places, file);
    } else if (!daemon_places(socket, &places) && socket) {
        ctl_complain("%s: no daemon answers: say with -f which file is meant", socket);
        return EX_UNAVAILABLE;
    }
    command += *command && strcmp(*command, "--") == 0; /* some getopts leave it */
    if (*command && !start_client(command)) {
        places_free(&places);
        return EX_UNAVAILABLE;
    }
    char **argv = ctl_grow(NULL, (places.count + 5) * sizeof *argv);
    size_t n = 0;
    argv[n++] = program;
    argv[n++] = option("--learn=", service);
    if (socket)
        argv[n++] = option("--control=", socket);
    argv[n++] = option("--", "");
    for (size_t i = 0; i < places.count; i++)
        argv[n++] = places.paths[i];
    argv[n] = NULL;
    (void)execv(program, argv); /* returns only when it fails */
    return failed(program);
}
