/* lib/late.c -- for LD_PRELOAD: a child runs LATE_MS late, a starter answers LATE_ANSWER_MS late */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void be_late(const char *name)
{
    const char *late = getenv(name);
    long ms = late ? strtol(late, NULL, 10) : 0;
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    if (ms > 0)
        (void)nanosleep(&t, NULL);
}

pid_t fork(void)
{
    static pid_t (*next)(void);
    if (!next)
        *(void **)(void *)&next = dlsym(RTLD_NEXT, "fork");
    pid_t pid = next();
    if (pid == 0)
        be_late("LATE_MS");
    return pid;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    static ssize_t (*next)(int, const struct msghdr *, int);
    char name[16] = "";
    if (!next)
        *(void **)(void *)&next = dlsym(RTLD_NEXT, "sendmsg");
    if (prctl(PR_GET_NAME, name) == 0 && strcmp(name, "doorward-start") == 0)
        be_late("LATE_ANSWER_MS");
    return next(fd, m, flags);
}
