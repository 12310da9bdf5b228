/* handler/become.c -- the child between fork and exec: only async-signal-safe calls on prepared
 * data */
#include "config.h"

#include "handler/become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cage/enter.h"
#include "handler/env.h"
#include "handler/keeper.h"

/* glibc has an enum of its own where POSIX has int. */
#if defined(__GLIBC__)
typedef __rlimit_resource_t rlimit_resource;
#else
typedef int rlimit_resource;
#endif

enum { FIRST_SOCKET = 3 /* SD_LISTEN_FDS_START */ };

/* What the child needs besides the plan. */
static struct {
    int null_fd;          /* /dev/null */
    struct rlimit nofile; /* what doorward was started with */
    bool nofile_changed;
} around = {.null_fd = -1};

bool become_init(void)
{
    if (getrlimit(RLIMIT_NOFILE, &around.nofile) < 0)
        return false;
    around.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (around.null_fd < 0)
        return false;
    struct rlimit raised = around.nofile;
    raised.rlim_cur = raised.rlim_max;
    /* Where more than the soft limit is refused, the soft limit it is. */
    around.nofile_changed =
        raised.rlim_cur != around.nofile.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0;
    return true;
}

int become_null(void)
{
    return around.null_fd;
}

void become_save(struct state_out *o)
{
    state_put(o, around.nofile_changed);
    state_put(o, around.nofile.rlim_cur);
    state_put(o, around.nofile.rlim_max);
}

void become_restore(struct state_in *r)
{
    around.nofile_changed = state_get_flag(r);
    struct rlimit then = {.rlim_cur = (rlim_t)state_get(r)};
    then.rlim_max = (rlim_t)state_get(r);
    if (around.nofile_changed)
        around.nofile = then;
}

int become_out_of_the_way(int fd, size_t sockets)
{
    int first = FIRST_SOCKET + (int)sockets;
    int other = fd < first ? fcntl(fd, F_DUPFD_CLOEXEC, first) : fd;
    if (other < 0)
        return fd; /* then what it would tell is lost: the end tells, too */
    if (other != fd)
        (void)close(fd); /* it is there twice */
    return other;
}

/* To 3, 4, ...: first out of each other's way. */
static const char *take_sockets(const struct spawn_plan *plan)
{
    int fds[ENTRY_SOCKETS], after = FIRST_SOCKET + (int)plan->nfds;
    for (size_t i = 0; i < plan->nfds; i++) {
        fds[i] = plan->fds[i] < after ? fcntl(plan->fds[i], F_DUPFD_CLOEXEC, after) : plan->fds[i];
        if (fds[i] < 0)
            return "fcntl";
    }
    for (size_t i = 0; i < plan->nfds; i++)
        if (dup2(fds[i], FIRST_SOCKET + (int)i) < 0)
            return "dup2";
    return NULL;
}

static const char *take_descriptors(const struct spawn_plan *plan)
{
    const struct handler_settings *set = &plan->entry->settings->handler;
    const int sinks[] = {
        [STDERR_SOCKET] = plan->fd, [STDERR_LOG] = plan->err, [STDERR_NULL] = around.null_fd};
    int in = plan->entry->names ? around.null_fd : plan->fd;
    /* Our own 0, 1 and 2 are open, so none of these is one of them. */
    if (dup2(in, 0) < 0 || dup2(sinks[set->stdout_to], 1) < 0 || dup2(sinks[set->stderr_to], 2) < 0)
        return "dup2";
    return plan->entry->names ? take_sockets(plan) : NULL;
}

static const char *take_limits(const struct handler_settings *set)
{
    if (around.nofile_changed && setrlimit(RLIMIT_NOFILE, &around.nofile) < 0)
        return "setrlimit";
    for (size_t i = 0; i < set->rlimits.count; i++)
        if (setrlimit((rlimit_resource)set->rlimits.at[i].which, &set->rlimits.at[i].value) < 0)
            return "setrlimit";
    if (set->nice != 0) {
        errno = 0;
        if (nice(set->nice) == -1 && errno != 0)
            return "nice";
    }
    if (set->umask != 022)
        (void)umask((mode_t)set->umask); /* cannot fail */
    return NULL;
}

const char *become(const struct spawn_plan *plan)
{
    const struct settings *set = plan->entry->settings;
    errno = EPERM;
    if (cage_is_closed(&set->cage))
        return "sandbox";
    const char *failed = take_descriptors(plan);
    if (!failed)
        failed = take_limits(&set->handler);
    if (failed)
        return failed;
    if (set->handler.chroot && (chroot(set->handler.chroot) < 0 || chdir("/") < 0))
        return "chroot";
    failed = enter_with_privileges(&set->cage);
    if (!failed)
        failed = priv_drop(set->who);
    if (failed)
        return failed;
    /* As the user: a directory closed to him stays closed. */
    if (set->handler.directory && chdir(set->handler.directory) < 0)
        return "chdir";
    /* Late: to Linux's autogroups a session is a group of its own, which waits for its turn among
     * all others, and the starter waits with it. */
    if (setsid() < 0)
        return "setsid";
    loop_child_signals();
    /* Where pids are its own the first process is bound, whose end is that of all in there. */
    failed = enter_owns_pids(&set->cage) ? NULL : keeper_bind();
    return failed ? failed : enter_as_user(&set->cage);
}

struct spawn_error become_program(const struct spawn_plan *plan, char **env)
{
    const struct program *p = plan->entry->program;
    if (plan->entry->names)
        environment_own(env, getpid());
    const char *step = become(plan);
    if (!step)
        step = enter_at_last(&plan->entry->settings->cage);
    if (!step) {
        (void)execve(p->path, p->argv, env); /* returns only to fail */
        step = "execve";
    }
    return (struct spawn_error){step, errno, NULL};
}
