/* daemon/learn/learn.c -- --learn: which keys of a cage a handler needs, from one run of it */
#include "config.h"

#include "daemon/learn/learn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/learn/facts.h"
#include "daemon/learn/trace.h"
#include "daemon/try.h"

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "doorward: %s: %s\n", what, why); /* nobody else to tell */
    return EX_OSERR;
}

/* Where answers go: to a client that is a socket; stdout is for the keys. */
static int answers(void)
{
    struct stat st;
    return fstat(STDIN_FILENO, &st) == 0 && S_ISSOCK(st.st_mode) ? STDIN_FILENO : STDERR_FILENO;
}

/* In the child: not before somebody looks on. */
static int run(const struct server_options *o, const char *name, const int ready[2])
{
    char byte;
    (void)close(ready[1]); /* the parent's */
    ssize_t n;
    while ((n = read(ready[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    (void)close(ready[0]); /* only read from */
    if (n != 1)
        return EX_OSERR; /* the parent has told why */
    if (dup2(answers(), STDOUT_FILENO) < 0)
        return complain("standard output", strerror(errno));
    return try_service(o, name, false);
}

static int tell(struct facts *f, int status)
{
    if (!f->program)
        return WIFEXITED(status) && WEXITSTATUS(status) >= EX_USAGE && WEXITSTATUS(status) < 127
                   ? WEXITSTATUS(status)
                   : EXIT_FAILURE; /* try has told why */
    if (!facts_print(f, stdout))
        return complain("the keys", "out of memory");
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    (void)complain("standard output", strerror(errno)); /* a status of its own */
    return EX_IOERR;
}

int learn_service(const struct server_options *o, const char *name)
{
    struct facts f = {.program = NULL};
    int ready[2], status = 0;
    const char *missing = trace_missing();
    if (missing)
        return complain("--learn", missing);
    if (pipe(ready) < 0)
        return complain("pipe", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        _exit(run(o, name, ready));
    if (pid < 0)
        return complain("fork", strerror(errno));
    (void)signal(SIGINT, SIG_IGN); /* the child ends its handler, and itself */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)close(ready[0]); /* the child's */
    bool seen = trace_seize(pid);
    if (!seen)
        (void)complain("ptrace, to look on", strerror(errno)); /* the status is below */
    bool told = seen && write(ready[1], "", 1) == 1;
    (void)close(ready[1]); /* one byte, or none, was all */
    if (!told) {
        (void)waitpid(pid, &status, 0); /* it ends by itself */
        return EX_OSERR;
    }
    const char *wrong = trace_until_end(pid, &f, &status);
    status = wrong ? complain("looking on", wrong) : tell(&f, status);
    facts_free(&f);
    return status;
}
