/* ctl/edit/learn.c -- the keys of a cage that a handler needs, by the daemon's program */
#include "config.h"

#include "ctl/edit/learn.h"

#include <errno.h>
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

/* Start the client; what it is connected to becomes our standard input. False: told. */
static bool start_client(char **command)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return failed("socketpair") == 0;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]); /* the parent's */
        if (dup2(ends[1], STDIN_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0) {
            (void)close(ends[1]);              /* it is 0 and 1 now */
            (void)execvp(command[0], command); /* returns only when it fails */
        }
        _exit(failed(command[0]));
    }
    bool good = pid > 0 && dup2(ends[0], STDIN_FILENO) >= 0;
    if (!good)
        (void)failed("the client"); /* told, which was all */
    (void)close(ends[0]);           /* it is standard input */
    (void)close(ends[1]);           /* the child's */
    return good;
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
    command += *command && strcmp(*command, "--") == 0; /* some getopts leave it */
    if (*command && !start_client(command))
        return EX_UNAVAILABLE;
    (void)execv(program, argv); /* returns only when it fails */
    return failed(program);
}
