/* handler/vfork.c -- a program's child in our memory, with a descriptor table cut to what it needs
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if HAVE_LINUX_CLOSE_RANGE_H
#include <linux/close_range.h>
#include <sys/syscall.h>
#endif

#include "handler/private.h"

#if USE_VFORK

#if HAVE_CLONE && defined CLOSE_RANGE_UNSHARE && defined SYS_close_range
/*
 * vfork(2) copies the table of descriptors, with thousands of listeners that exec closes one by
 * one. Here the child shares it, and takes a copy that ends after what it needs.
 */
struct birth {
    const struct spawn_plan *plan;
    char **env;
    unsigned keep; /* descriptors below it */
    struct spawn_error *e;
};

static int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;

/* Valgrind knows vfork, and ends a program whose child shares descriptors besides. */
static bool under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return preload && strstr(preload, "vgpreload");
}

void vfork_init(void)
{
    if (!under_valgrind() && syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0)
        flags |= CLONE_FILES;
}

static int child_main(void *arg)
{
    const struct birth *b = arg;
    if ((flags & CLONE_FILES) && syscall(SYS_close_range, b->keep, ~0U, CLOSE_RANGE_UNSHARE) < 0)
        *b->e = (struct spawn_error){"close_range", errno};
    else
        become_program(b->plan, b->env, b->e);
    return EXIT_NOT_STARTED;
}

pid_t vfork_program(const struct spawn_plan *plan, char **env, struct spawn_error *e)
{
    static alignas(16) char stack[16 * 1024]; /* one child at a time */
    struct birth b = {.plan = plan, .env = env, .keep = (unsigned)become_highest(plan) + 1, .e = e};
    pid_t pid = clone(child_main, stack + sizeof stack, flags, &b);
    if (pid < 0 && errno == EINVAL && (flags & CLONE_FILES)) {
        flags &= ~CLONE_FILES; /* an emulator that knows vfork only */
        pid = clone(child_main, stack + sizeof stack, flags, &b);
    }
    return pid;
}

#else

void vfork_init(void) {}

/* No local changes after vfork: the child could not clobber one. */
pid_t vfork_program(const struct spawn_plan *plan, char **env, struct spawn_error *e)
{
    pid_t pid = vfork();
    if (pid == 0) {
        become_program(plan, env, e);
        _exit(EXIT_NOT_STARTED);
    }
    return pid;
}

#endif

#endif
