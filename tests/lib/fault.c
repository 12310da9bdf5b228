/* lib/fault.c -- calls of the master that fail on demand: LD_PRELOAD, for harness.py's Faults
 *
 * The file named by $FAULT_FILE is shared with the test and has a row for each call that may fail:
 * its name, which errno, how often it is still to fail (-1: always), how often it has. For
 * clock_gettime the first number is the seconds that CLOCK_REALTIME is off. */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
    char name[16];
    volatile int32_t error, left, hits;
};

static struct fault *faults[CALLS]; /* NULL: never to fail */

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

static const struct {
    const char *name;
    void *real;
} calls[CALLS] = {
    [CALL_ACCEPT4] = {"accept4", &real_accept4},
    [CALL_CLONE] = {"clone", &real_clone},
    [CALL_FORK] = {"fork", &real_fork},
    [CALL_EXECVE] = {"execve", &real_execve},
    [CALL_GETSOCKNAME] = {"getsockname", &real_getsockname},
    [CALL_GETPEERNAME] = {"getpeername", &real_getpeername},
    [CALL_CLOCK] = {"clock_gettime", &real_clock_gettime},
    [CALL_PIPE2] = {"pipe2", &real_pipe2},
};

/* Where time_t is wider than long, <time.h> gives our clock_gettime another name, and the C
 * library's of the plain name fills in the narrow one. */
static void find_clock(void)
{
    void *wide = dlsym(RTLD_NEXT, "__clock_gettime64");
    if (sizeof(time_t) > sizeof(long) && wide)
        *(void **)calls[CALL_CLOCK].real = wide;
}

/* A name that nobody here has would never fail: its test would prove nothing. */
static void file_fault(struct fault *f)
{
    for (int i = 0; i < CALLS; i++)
        if (strcmp(calls[i].name, f->name) == 0) {
            faults[i] = f;
            return;
        }
    abort();
}

__attribute__((constructor)) static void open_faults(void)
{
    const char *path = getenv("FAULT_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct stat st;
    /* POSIX dlsym(3): a pointer to a function fits a void *. */
    for (int i = 0; i < CALLS; i++)
        *(void **)calls[i].real = dlsym(RTLD_NEXT, calls[i].name);
    find_clock();
    if (fd < 0 || fstat(fd, &st) < 0)
        return;
    struct fault *rows = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (size_t i = 0; rows != MAP_FAILED && i < (size_t)st.st_size / sizeof *rows; i++)
        file_fault(&rows[i]);
    (void)close(fd);
}

/* Is this call to fail? Then errno is set. */
static int due(enum call call)
{
    struct fault *f = faults[call];
    if (!f)
        return 0;
    /* There are several starters: of one that is left one of them gets it. */
    int32_t left = __atomic_load_n(&f->left, __ATOMIC_RELAXED);
    while (left > 0 && !__atomic_compare_exchange_n(&f->left, &left, left - 1, 0, __ATOMIC_RELAXED,
                                                    __ATOMIC_RELAXED))
        ;
    if (left == 0)
        return 0;
    __atomic_fetch_add(&f->hits, 1, __ATOMIC_RELAXED);
    errno = f->error;
    return 1;
}

int accept4(int fd, void *sa, void *len, int flags)
{
    return due(CALL_ACCEPT4) ? -1 : real_accept4(fd, sa, len, flags);
}

/* Of what follows `arg` only the first is for processes: where the pid is written. */
int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
    va_list rest;
    va_start(rest, arg);
    void *pid = va_arg(rest, void *);
    va_end(rest);
    return due(CALL_CLONE) ? -1 : real_clone(fn, stack, flags, arg, pid, NULL, NULL);
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
    if (result == 0 && clock == CLOCK_REALTIME && faults[CALL_CLOCK]) {
        ts->tv_sec += faults[CALL_CLOCK]->error;
        faults[CALL_CLOCK]->hits++;
    }
    return result;
}
