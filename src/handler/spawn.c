/* handler/spawn.c -- the process of one handler: made, and what became of it */
#include "config.h"

#include "handler/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/outlet.h"
#include "base/text.h"
#include "cage/enter.h"
#include "handler/become.h"
#include "handler/env.h"
#include "handler/gate.h"
#include "handler/jailed.h"
#include "handler/keeper.h"
#include "handler/report.h"
#include "os/closefds.h"
#include "os/hosts.h"
#include "os/loop.h"
#include "os/title.h"

extern char **environ;

int spawn_init(void)
{
    environment_init(environ);
    if (!become_init() || !report_init())
        return -1;
    (void)umask(022); /* cannot fail */
    return chdir("/");
}

size_t spawn_keeps(int keep[static SPAWN_KEEPS])
{
    keep[0] = become_null();
    keep[1] = report_fd();
    return 2 + outlet_descriptors(keep + 2); /* those that ask names complain to the log */
}

/* Does its child ask name services first? */
static bool asks(const struct spawn_plan *plan)
{
    const struct settings *set = plan->entry->settings;
    /* A datagram's source can be seen before it is read; of a waiting connection nothing can. */
    bool known = plan->peer || plan->entry->socktype == SOCK_DGRAM;
    return (known && set->access.hosts_access) ||
           (plan->peer && set->handler.resolve_names && !plan->entry->program->builtin);
}

/* Then a process of its own prepares that. */
static bool is_jailed(const struct spawn_plan *plan)
{
    return !plan->entry->program->builtin && enter_needs_jail(&plan->entry->settings->cage);
}

bool spawn_later(const struct spawn_plan *plan)
{
    return plan->entry->program->builtin || asks(plan) || is_jailed(plan) ||
           keeper_wanted(plan->entry) || plan->entry->settings->handler.gate;
}

/* Builtins have no cage. */
static const char *prepare(const struct spawn_plan *plan)
{
    const struct settings *set = plan->entry->settings;
    const struct program *p = plan->entry->program;
    return p->builtin ? NULL : enter_prepare(&set->cage, set->handler.chroot, p->path);
}

/* --- the child that asks -------------------------------------------------------------------- */

static const struct spawn_plan *asking; /* for the signal handler */

/* A refused datagram must not be found at its listener again. */
static _Noreturn void refuse(const struct spawn_plan *plan, struct spawn_error why)
{
    char byte;
    if (!plan->peer)
        (void)!recv(plan->fd, &byte, 1, MSG_DONTWAIT); /* gone already: as well */
    report(REFUSED_BY_HOSTS, why, 0);
}

static void too_late(int signo)
{
    (void)signo;
    refuse(asking, (struct spawn_error){"hosts_access", ETIMEDOUT, NULL});
}

static void ask_hosts(const struct spawn_plan *plan)
{
    asking = plan;
    switch (hosts_allow(plan->entry->program->argv[0], plan->fd, plan->via_len ? plan->peer : NULL,
                        plan->local, too_late)) {
    case HOSTS_ALLOW:
        return;
    case HOSTS_DENY:
        refuse(plan, (struct spawn_error){NULL, 0, NULL});
    case HOSTS_BROKEN:
        report(0, (struct spawn_error){"libwrap", ENOSYS, NULL}, EXIT_NOT_STARTED);
    }
}

/* What ends a handler ends this, too; who has not solved it has never been there. */
static void ask_for_work(const struct spawn_plan *plan)
{
    const struct handler_settings *set = &plan->entry->settings->handler;
    (void)signal(SIGTERM, SIG_DFL);             /* cannot fail, */
    (void)signal(set->timeout_signal, SIG_DFL); /* nor this, but for KILL */
    loop_child_signals();
    if (gate_passes(plan->fd, set->gate, set->gate_timeout))
        return;
    (void)shutdown(plan->fd, SHUT_RDWR); /* he may have gone */
    report(REFUSED_BY_GATE, (struct spawn_error){NULL, 0, NULL}, 0);
}

/* What is decided in a process of its own, which may take its time. */
static _Noreturn void become_later(const struct spawn_plan *plan, char **env, bool in_jail)
{
    const struct builtin *builtin = plan->entry->program->builtin;
    char title[128];
#if HAVE_SYS_PRCTL_H
    (void)prctl(PR_SET_NAME, "doorward"); /* for ps: no starter any more */
#endif
    title_set(text_fits(title, sizeof title, "doorward: %s", plan->entry->name) ? title
                                                                                : "doorward");
    if (keeper_pid())
        report_as(keeper_pid());
    environ = env; /* hosts.allow's option setenv changes it */
    if (plan->entry->names)
        report_out_of_the_way(plan->nfds);
    if (asks(plan) && plan->entry->settings->access.hosts_access)
        ask_hosts(plan);
    if (plan->entry->settings->handler.gate)
        ask_for_work(plan);
    if (!builtin && plan->entry->settings->handler.resolve_names)
        environment_resolve(plan);
    if (is_jailed(plan))
        jailed_become(plan, in_jail); /* binds itself to the keeper */
    if (!builtin)
        report_program(plan, become_program(plan, environ));
    const char *step = become(plan);
    if (step)
        report(0, (struct spawn_error){step, errno, NULL}, EXIT_NOT_STARTED);
    close_fds(3, NULL, 0);
    builtin->stream(0);
    _exit(0);
}

/* --- a child of our parent ------------------------------------------------------------------ */

#ifdef USE_VFORK

const bool spawn_has_parent = true;

struct task {
    const struct spawn_plan *plan;
    char **env;
    struct birth *birth;
    int answer[2]; /* with a keeper: its end is the second */
};

static int become_now_task(void *arg)
{
    const struct task *t = arg;
    t->birth->e = become_program(t->plan, t->env);
    return EXIT_NOT_STARTED;
}

/* Its process begins in its jail, where nothing has to be done outside first. */
static bool enters_jail(const struct spawn_plan *plan)
{
    return is_jailed(plan) && !asks(plan) && !keeper_wanted(plan->entry) &&
           !plan->entry->settings->handler.gate;
}

static int become_later_task(void *arg)
{
    const struct task *t = arg;
    if (keeper_wanted(t->plan->entry)) {
        (void)close(t->answer[0]); /* the starter's */
        keeper_begin(t->plan, become_null(), t->birth, t->answer[1]);
    }
    become_later(t->plan, t->env, enters_jail(t->plan));
}

/* A stack for what libraries do: the kernel finds pages for it as it grows. */
static char *deep_stack(size_t size)
{
    static char *stack;
    if (!stack) {
        stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (stack == MAP_FAILED)
            stack = NULL;
    }
    return stack;
}

static alignas(16) char small_stack[16 * 1024]; /* one child at a time */

static int leave_mark(void *mark)
{
    *(volatile bool *)mark = true;
    return 0;
}

/* Some emulators make a vfork a fork: nobody waits for exec then, nor hears why it failed. */
static bool has_vfork(void)
{
    static bool known;
    static volatile bool marked;
    if (known)
        return marked;
    pid_t pid = clone(leave_mark, small_stack + sizeof small_stack,
                      CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)(uintptr_t)&marked);
    if (pid < 0)
        return true; /* the handler's own clone says why */
    known = true;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return marked;
}

/* The child that decides later. */
static pid_t clone_later(struct task *t)
{
    enum { DEEP = 8 * 1024 * 1024 };
    char *deep = deep_stack(DEEP);
    if (!deep) {
        errno = ENOMEM;
        return -1;
    }
    return clone(become_later_task, deep + DEEP,
                 CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD |
                     (enters_jail(t->plan) ? enter_flags() : 0),
                 t, &t->birth->pid);
}

/* The same above a keeper, who says who the handler is before any of that user's code runs. */
static pid_t clone_keeper(struct task *t)
{
    struct outcome o;
    int back = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, t->answer) < 0)
        return -1;
    pid_t pid = clone_later(t);
    int error = errno;
    (void)close(t->answer[1]); /* the keeper's */
    if (pid > 0 && outcome_receive(t->answer[0], &o, &back, 0) <= 0)
        o.e.step = NULL; /* it has ended, and the master will see it */
    else if (pid > 0 && o.e.step)
        t->birth->e = (struct spawn_error){.step = o.e.step, .error = o.e.error};
    if (back >= 0)
        (void)close(back);     /* we have it, too */
    (void)close(t->answer[0]); /* it has said all */
    errno = error;
    return pid;
}

pid_t spawn_for_parent(const struct spawn_plan *plan, struct birth *b)
{
    struct task t = {plan, environment_make(plan), b, {-1, -1}};
    pid_t pid = -1;
    b->e.step = prepare(plan);
    if (b->e.step) {
        b->e.error = errno;
        return -1;
    }
    if (!t.env)
        errno = ENOMEM;
    else if (keeper_wanted(plan->entry))
        pid = clone_keeper(&t);
    else if (spawn_later(plan))
        pid = clone_later(&t);
    else if (!has_vfork())
        errno = ENOSYS;
    else
        pid = clone(become_now_task, small_stack + sizeof small_stack,
                    CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, &t,
                    &b->pid);
    if (pid < 0)
        b->e = (struct spawn_error){"fork", errno, NULL};
    return pid;
}

#else

const bool spawn_has_parent = false;

pid_t spawn_for_parent(const struct spawn_plan *plan, struct birth *b)
{
    (void)plan;
    b->e = (struct spawn_error){"fork", ENOSYS, NULL};
    return -1;
}

#endif

/* --- a child of our own --------------------------------------------------------------------- */

static _Noreturn void answer_failed(int answer, const struct spawn_plan *plan, struct outcome *o)
{
    spawn_explain(plan, NULL, &o->e, o->why);
    o->pid = -1;
    const int back[2] = {spawn_lacks_process(&o->e) && plan->peer ? plan->fd : -1, -1};
    (void)outcome_send(answer, o, back); /* if it fails the master has gone */
    _exit(EXIT_NOT_STARTED);
}

_Noreturn void spawn_become(const struct spawn_plan *plan, struct birth *b, int answer)
{
    int keep[SPAWN_KEEPS + 2 + ENTRY_SOCKETS] = {plan->err, answer};
    builtin_look(plan->entry->program->builtin);
    memcpy(keep + 2, plan->fds, plan->nfds * sizeof *keep);
    close_fds(3, keep, 2 + plan->nfds + spawn_keeps(keep + 2 + plan->nfds));
    if (plan->entry->names)
        answer = become_out_of_the_way(answer, plan->nfds);
    struct outcome o;
    memset(&o, 0, sizeof o); /* what is between its members is sent, too */
    o.e = (struct spawn_error){prepare(plan), errno, NULL};
    if (o.e.step)
        answer_failed(answer, plan, &o);
    o.e = (struct spawn_error){"fork", ENOMEM, NULL};
    char **env = environment_make(plan);
    if (env && keeper_wanted(plan->entry))
        keeper_begin(plan, become_null(), b, answer);
    else if (env && spawn_later(plan))
        (void)close(answer); /* which says: later */
    if (env && spawn_later(plan))
        become_later(plan, env, false);
    if (env)
        o.e = become_program(plan, env);
    answer_failed(answer, plan, &o);
}
