/* lib/late.c -- for LD_PRELOAD: a child runs LATE_MS milliseconds after it was forked */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

pid_t fork(void)
{
    static pid_t (*next)(void);
    const char *late = getenv("LATE_MS");
    if (!next)
        *(void **)(void *)&next = dlsym(RTLD_NEXT, "fork");
    pid_t pid = next();
    if (pid == 0 && late) {
        long ms = strtol(late, NULL, 10);
        const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
        (void)nanosleep(&t, NULL);
    }
    return pid;
}
