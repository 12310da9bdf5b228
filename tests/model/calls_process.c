/* model/calls_process.c -- played calls of processes, signals and limits */
#include "config.h"

#include "model/calls.h"
#include "model/kernel.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/outlet.h"

/* --- processes ------------------------------------------------------------------------------- */

PLAYED(pid_t, fork, void)
{
    if (!kernel.plays)
        return __real_fork();
    if (FAILS(kernel.fail.fork))
        return -1;
    struct process *p = process_new(ROLE_HELPER);
    if (!p) {
        errno = EAGAIN;
        return -1;
    }
    p->socket = object_take(kernel.pair[1]);
    kernel.forked(p);
    return p->pid;
}

static struct process *zombie(pid_t which)
{
    struct process *first = NULL;
    for (size_t i = 0; i < PROCESSES; i++) {
        struct process *p = &kernel.processes[i];
        if (p->life != LIFE_ZOMBIE || (which != -1 && p->pid != which))
            continue;
        if (!first || (kernel.rank && kernel.rank(p) < kernel.rank(first)))
            first = p;
    }
    return first;
}

static bool has_children(pid_t which)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (kernel.processes[i].life != LIFE_NONE &&
            (which == -1 || kernel.processes[i].pid == which))
            return true;
    return false;
}

PLAYED(pid_t, wait4, pid_t which, int *status, int options, struct rusage *use)
{
    if (!kernel.plays)
        return __real_wait4(which, status, options, use);
    struct process *p = zombie(which);
    if (use)
        memset(use, 0, sizeof *use);
    if (!p && !has_children(which)) {
        errno = ECHILD;
        return -1;
    }
    if (!p)
        return 0;
    if (status)
        *status = p->status;
    p->life = LIFE_NONE;
    kernel_tell("wait4: %d", (int)p->pid);
    return p->pid;
}

PLAYED(pid_t, waitpid, pid_t which, int *status, int options)
{
    return kernel.plays ? __wrap_wait4(which, status, options, NULL)
                        : __real_waitpid(which, status, options);
}

PLAYED(int, waitid, idtype_t type, id_t id, siginfo_t *info, int options)
{
    if (!kernel.plays)
        return __real_waitid(type, id, info, options);
    pid_t which = type == P_ALL ? -1 : (pid_t)id;
    const struct process *p = zombie(which);
    if (!p && !has_children(which)) {
        errno = ECHILD;
        return -1;
    }
    info->si_pid = p ? p->pid : 0;
    info->si_code = p && WIFSIGNALED(p->status) ? CLD_KILLED : CLD_EXITED;
    return 0;
}

PLAYED(int, kill, pid_t pid, int signo)
{
    if (!kernel.plays)
        return __real_kill(pid, signo);
    struct process *p = process_find(pid < 0 ? -pid : pid);
    if (!p) {
        errno = ESRCH;
        return -1;
    }
    kernel_tell("kill: %d %d", (int)pid, signo);
    if (signo == SIGKILL || (signo == SIGTERM && !p->deaf))
        process_exit(p, signo);
    return 0;
}

PLAYED(int, execve, const char *path, char *const *argv, char *const *env)
{
    if (!kernel.plays)
        return __real_execve(path, argv, env);
    static const char name[] = "DOORWARD_STATE=";
    int state = -1;
    if (FAILS(kernel.fail.fork))
        return -1;
    for (; *env; env++)
        if (strncmp(*env, name, sizeof name - 1) == 0)
            state = (int)strtol(*env + sizeof name - 1, NULL, 10);
    if (state < 0)
        kernel_wrong("executed without a state");
    for (int fd = FD_FIRST; fd < kernel.top; fd++) {
        struct object *o = kernel.fds[fd].object;
        if (!o || !kernel.fds[fd].cloexec)
            continue;
        if (o->watched == fd)
            o->watched = 0; /* the kernel does that */
        fd_close(fd);
    }
    for (int fd = FD_FIRST; fd < kernel.top; fd++)
        if (kernel.fds[fd].object)
            kernel.fds[fd].object->watched = 0;
    memset(kernel.caught, 0, sizeof kernel.caught);
    memset(kernel.ignored, 0, sizeof kernel.ignored);
    kernel.fail = (struct failing){.accept = 0};
    kernel.executes = state;
    longjmp(kernel.again, 1);
}

/* --- signals --------------------------------------------------------------------------------- */

PLAYED(int, sigaction, int signo, const struct sigaction *to, struct sigaction *before)
{
    if (!kernel.plays)
        return __real_sigaction(signo, to, before);
    if (before)
        memset(before, 0, sizeof *before);
    if (!to || signo >= 64)
        return 0;
    bool informed = to->sa_flags & SA_SIGINFO;
    kernel.caught[signo] = informed ? to->sa_sigaction : NULL;
    kernel.ignored[signo] = informed ? NULL : to->sa_handler;
    return 0;
}

/* All of them are blocked but in pselect(2), and when another doorward begins. */
PLAYED(int, sigprocmask, int how, const sigset_t *set, sigset_t *before)
{
    if (!kernel.plays)
        return __real_sigprocmask(how, set, before);
    if (before)
        (void)sigemptyset(before); /* cannot fail */
    return 0;
}

PLAYED(int, sigpending, sigset_t *set)
{
    if (!kernel.plays)
        return __real_sigpending(set);
    (void)sigemptyset(set); /* cannot fail */
    for (int signo = 1; signo < 64 && !kernel.mute; signo++)
        if (kernel.pending & UINT64_C(1) << signo)
            (void)sigaddset(set, signo); /* good */
    return 0;
}

#if HAVE_SIGWAITINFO
PLAYED(int, sigwaitinfo, const sigset_t *set, siginfo_t *info)
{
    if (!kernel.plays)
        return __real_sigwaitinfo(set, info);
    for (int signo = 1; signo < 64; signo++) {
        if (sigismember(set, signo) != 1 || !(kernel.pending & UINT64_C(1) << signo))
            continue;
        kernel.pending &= ~(UINT64_C(1) << signo);
        memset(info, 0, sizeof *info);
        info->si_signo = signo;
        info->si_pid = kernel.sender[signo];
        return signo;
    }
    kernel_wrong("sigwaitinfo would wait");
}
#endif

/* --- what would differ from run to run ------------------------------------------------------- */

PLAYED(long, sysconf, int name)
{
    return kernel.plays && name == _SC_NPROCESSORS_ONLN ? kernel.processors : __real_sysconf(name);
}

#if HAVE_GETENTROPY
PLAYED(int, getentropy, void *to, size_t len)
{
    if (!kernel.plays)
        return __real_getentropy(to, len);
    memset(to, 42, len);
    return 0;
}
#endif

PLAYED(int, chdir, const char *path)
{
    return kernel.plays ? 0 : __real_chdir(path);
}

PLAYED(int, setrlimit, int which, const struct rlimit *to)
{
    return kernel.plays ? 0 : __real_setrlimit(which, to);
}

#if HAVE_MALLOC_TRIM
PLAYED(int, malloc_trim, size_t pad)
{
    return kernel.plays ? 0 : __real_malloc_trim(pad);
}
#endif

PLAYED(bool, outlet_stderr, const char *line, size_t len)
{
    if (!kernel.plays)
        return __real_outlet_stderr(line, len);
    if (kernel.heard)
        kernel.heard(line, len);
    return true;
}
