/* lib/apart.c -- for LD_PRELOAD: the clone of a kernel that shares no memory with a child, nor
 * waits for it
 *
 * CLONE_AS=refused: it knows no such child, as qemu's and valgrind's. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
    const char *as = getenv("CLONE_AS");
    va_list rest;
    va_start(rest, arg);
    int *ptid = flags & CLONE_PARENT_SETTID ? va_arg(rest, int *) : NULL;
    va_end(rest);
    (void)stack; /* it is in a copy of this one */
    if (as && strcmp(as, "refused") == 0 && flags & CLONE_PARENT) {
        errno = EINVAL;
        return -1;
    }
    long without = flags & ~(CLONE_VM | CLONE_VFORK);
    long pid = syscall(SYS_clone, without, NULL, ptid, NULL, NULL);
    if (pid == 0)
        _exit(fn(arg));
    return (int)pid;
}
