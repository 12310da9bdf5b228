/* handler/jailed.c -- a child that has a jail: it prepares that, and stands before the handler */
#include "config.h"

#include "handler/jailed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "cage/enter.h"
#include "cage/jail.h"
#include "handler/become.h"
#include "handler/keeper.h"
#include "handler/report.h"
#include "os/closefds.h"

extern char **environ;

#ifdef __linux__

struct inner {
    const struct spawn_plan *plan;
    struct spawn_error e;
};

static int become_inner(void *arg)
{
    struct inner *t = arg;
    t->e = become_program(t->plan, environ);
    return EXIT_NOT_STARTED;
}

/* The connection is the handler's alone. */
static _Noreturn void stand_before(const struct spawn_plan *plan, pid_t pid)
{
    struct spawn_report mine = {.refused = 0};
    const int keep[] = {report_fd()};
    close_fds(0, keep, 1);
    int status = jail_stand(pid, plan->entry->settings->handler.end == END_HANDLER);
    mine.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (mine.signal)
        report_send(&mine, &(struct spawn_error){NULL, 0, NULL}, 128 + mine.signal);
    _exit(WEXITSTATUS(status));
}

/* It is the first process of its namespaces. Of a namespace of pids it stays that: the first one
 * ignores most signals, and has to reap. */
static _Noreturn void lead_jailed(const struct spawn_plan *plan)
{
    static alignas(16) char stack[16 * 1024];
    struct inner t = {plan, {NULL, 0, NULL}};
    t.e.step = enter_jail(&plan->entry->settings->cage, plan->entry->program->path);
    t.e.error = errno;
    if (t.e.step)
        report(0, t.e, EXIT_NOT_STARTED);
    if (!(enter_flags() & CLONE_NEWPID))
        report_program(plan, become_program(plan, environ));
    if (setsid() < 0) /* the master ends a group */
        report(0, (struct spawn_error){"setsid", errno, NULL}, EXIT_NOT_STARTED);
    pid_t pid = clone(become_inner, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &t);
    if (pid < 0)
        report(0, (struct spawn_error){"clone", errno, NULL}, EXIT_NOT_STARTED);
    if (t.e.step)
        report_program(plan, t.e);
    stand_before(plan, pid);
}

/* The first process of a jail, seen from outside. */
struct outside {
    const struct spawn_plan *plan;
    int stands[2]; /* a pipe: the second end is open as long as who stands outside lives */
};

/* It ends with who stands outside, whom KILL ends alone. */
static int lead_apart(void *arg)
{
    struct outside *o = arg;
    struct pollfd p = {.fd = o->stands[0]};
    (void)close(o->stands[1]); /* the other's */
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) < 0)
        report(0, (struct spawn_error){"prctl", errno, NULL}, EXIT_NOT_STARTED);
    if (poll(&p, 1, 0) > 0)
        _exit(EXIT_NOT_STARTED); /* it has gone meanwhile */
    lead_jailed(o->plan);
}

/* What it says, it says in our name. */
static _Noreturn void stand_outside(const struct spawn_plan *plan)
{
    static alignas(16) char stack[64 * 1024];
    struct outside o = {.plan = plan};
    if (pipe2(o.stands, O_CLOEXEC) < 0)
        report(0, (struct spawn_error){"pipe", errno, NULL}, EXIT_NOT_STARTED);
    pid_t pid = clone(lead_apart, stack + sizeof stack, enter_flags() | SIGCHLD, &o);
    if (pid < 0)
        report(0, (struct spawn_error){"clone", errno, NULL}, EXIT_NOT_STARTED);
    if (setsid() < 0)
        report(0, (struct spawn_error){"setsid", errno, NULL}, EXIT_NOT_STARTED);
    close_fds(0, &o.stands[1], 1);
    int status = jail_stand(pid, true);
    if (WIFSIGNALED(status)) /* the first process: that is KILL */
        (void)kill(getpid(), WTERMSIG(status));
    _exit(WEXITSTATUS(status));
}

_Noreturn void jailed_become(const struct spawn_plan *plan, bool in_jail)
{
    const char *step = keeper_bind();
    if (step)
        report(0, (struct spawn_error){step, errno, NULL}, EXIT_NOT_STARTED);
    if (!keeper_pid())
        report_as(in_jail ? jail_outer_pid() : getpid());
    if (!in_jail && enter_flags() & CLONE_NEWPID)
        stand_outside(plan);
    if (!in_jail && unshare(enter_flags()) < 0)
        report(0, (struct spawn_error){"unshare", errno, NULL}, EXIT_NOT_STARTED);
    lead_jailed(plan);
}

#else

_Noreturn void jailed_become(const struct spawn_plan *plan, bool in_jail)
{
    (void)plan, (void)in_jail;
    report(0, (struct spawn_error){"clone", ENOSYS, NULL}, EXIT_NOT_STARTED);
}

#endif
