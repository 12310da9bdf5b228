/*
 * fault.c -- calls of the master that fail on demand: LD_PRELOAD, for e2e/faults.sh and
 * e2e/limits.sh
 *
 * The file named by $FAULT_FILE is shared with the test: for each call of the table three numbers,
 * which errno, how often it is still to fail (-1: always), how often it has. For clock_gettime the
 * first is the seconds that CLOCK_REALTIME is off.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum call {
    CALL_ACCEPT4,
    CALL_CLONE,
    CALL_FORK,
    CALL_EXECVE,
    CALL_GETSOCKNAME,
    CALL_GETPEERNAME,
    CALL_CLOCK,
    CALL_PIPE2,
    CALLS
};

struct fault {
    volatile int32_t error, left, hits;
};

static struct fault *faults;

/* Without <sys/socket.h>: what it says of these differs between C libraries. */
static int (*real_accept4)(int, void *, void *, int);
static int (*real_clone)(int (*)(void *), void *, int, void *, ...);
static pid_t (*real_fork)(void);
static int (*real_execve)(const char *, char *const *, char *const *);
static int (*real_getsockname)(int, void *, void *);
static int (*real_getpeername)(int, void *, void *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_pipe2)(int[2], int);
int accept4(int fd, void *sa, void *len, int flags);
int getsockname(int fd, void *sa, void *len);
int getpeername(int fd, void *sa, void *len);
int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);

/* POSIX dlsym(3): a pointer to a function fits a void *. */
static void find(void *at, const char *name)
{
    *(void **)at = dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void open_faults(void)
{
    const char *path = getenv("FAULT_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    find(&real_accept4, "accept4");
    find(&real_clone, "clone");
    find(&real_fork, "fork");
    find(&real_execve, "execve");
    find(&real_getsockname, "getsockname");
    find(&real_getpeername, "getpeername");
    find(&real_clock_gettime, "clock_gettime");
    find(&real_pipe2, "pipe2");
    if (fd < 0)
        return;
    void *map = mmap(NULL, CALLS * sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    faults = map == MAP_FAILED ? NULL : map;
    (void)close(fd);
}

/* Is this call to fail? Then errno is set. */
static int due(enum call call)
{
    struct fault *f = faults ? &faults[call] : NULL;
    if (!f || f->left == 0)
        return 0;
    if (f->left > 0)
        f->left--;
    f->hits++;
    errno = f->error;
    return 1;
}

int accept4(int fd, void *sa, void *len, int flags)
{
    return due(CALL_ACCEPT4) ? -1 : real_accept4(fd, sa, len, flags);
}

/* What follows `arg` is for threads. */
int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
    return due(CALL_CLONE) ? -1 : real_clone(fn, stack, flags, arg);
}

pid_t fork(void)
{
    return due(CALL_FORK) ? -1 : real_fork();
}

int execve(const char *path, char *const *argv, char *const *envp)
{
    return due(CALL_EXECVE) ? -1 : real_execve(path, argv, envp);
}

int getsockname(int fd, void *sa, void *len)
{
    return due(CALL_GETSOCKNAME) ? -1 : real_getsockname(fd, sa, len);
}

int getpeername(int fd, void *sa, void *len)
{
    return due(CALL_GETPEERNAME) ? -1 : real_getpeername(fd, sa, len);
}

int pipe2(int ends[2], int flags)
{
    return due(CALL_PIPE2) ? -1 : real_pipe2(ends, flags);
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int result = real_clock_gettime(clock, ts);
    if (result == 0 && clock == CLOCK_REALTIME && faults) {
        ts->tv_sec += faults[CALL_CLOCK].error;
        faults[CALL_CLOCK].hits++;
    }
    return result;
}
