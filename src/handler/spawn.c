/* handler/spawn.c -- start one handler: the fork, and how its failure comes back */
#include "config.h"

#include "handler/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handler/private.h"
#include "os/hosts.h"

#if USE_VFORK
const char spawn_kind[] = "vfork";
#else
const char spawn_kind[] = "fork";
#endif

extern char **environ;

int spawn_init(void)
{
    environment_init(environ);
    if (!become_init())
        return -1;
#if USE_VFORK
    vfork_init();
#endif
    (void)umask(022); /* cannot fail */
    return chdir("/");
}

/* A full fork keeps descriptors that only exec would close. */
static void close_others(void)
{
#if HAVE_CLOSE_RANGE
    if (close_range(3, ~0U, 0) == 0)
        return;
#endif
#if HAVE_CLOSEFROM
    closefrom(3);
#else
    for (int fd = 3; fd < FD_SETSIZE; fd++)
        (void)close(fd); /* most are not open */
#endif
}

static void become_builtin(const struct spawn_plan *plan, struct spawn_error *e)
{
    e->step = become(plan);
    e->error = errno;
    if (e->step)
        return;
    close_others();
    plan->service->entry->program->builtin->stream(0);
    _exit(0);
}

/* --- names first ---------------------------------------------------------------------------- */

/* One pipe for all such children: a report is far below PIPE_BUF, so none is torn. */
static int reports[2] = {-1, -1};

static bool open_reports(void)
{
    if (reports[0] >= 0)
        return true;
    if (pipe2(reports, O_CLOEXEC) < 0)
        return false;
    if (fcntl(reports[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    (void)close(reports[0]); /* never used */
    (void)close(reports[1]);
    reports[0] = reports[1] = -1;
    return false;
}

bool spawn_reported(struct spawn_report *report)
{
    return reports[0] >= 0 && read(reports[0], report, sizeof *report) == (ssize_t)sizeof *report;
}

/* Async-signal-safe. */
static _Noreturn void report(bool refused, struct spawn_error e, int status)
{
    struct spawn_report mine = {getpid(), refused, e};
    (void)!write(reports[1], &mine, sizeof mine); /* if it fails the master has gone */
    _exit(status);
}

static void too_late(int signo)
{
    (void)signo;
    report(true, (struct spawn_error){"hosts_access", ETIMEDOUT}, 0);
}

/* Ask the name services, in a process of our own. */
static _Noreturn void become_after_names(const struct spawn_plan *plan, char **env)
{
    struct spawn_error e;
    const struct service *s = plan->service;
    if (s->entry->settings->access.hosts_access) {
        switch (hosts_allow(s->entry->program->argv[0], plan->fd, too_late)) {
        case HOSTS_ALLOW:
            break;
        case HOSTS_DENY:
            if (!plan->peer) /* wait: the refused datagram must not be found there again */
                (void)!recv(plan->fd, &e, 1, MSG_DONTWAIT);
            report(true, (struct spawn_error){0}, 0);
        case HOSTS_BROKEN:
            report(false, (struct spawn_error){"libwrap", ENOSYS}, EXIT_NOT_STARTED);
        }
    }
    if (s->entry->program->builtin) {
        become_builtin(plan, &e);
    } else {
        if (s->entry->settings->handler.resolve_names)
            env = environment_resolve(plan, env);
        become_program(plan, env, &e);
    }
    report(false, e, EXIT_NOT_STARTED);
}

/* --- the fork ------------------------------------------------------------------------------- */

/* The child said why, and is gone in a moment: nobody else shall reap it. */
static pid_t failed_child(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return -1;
}

/* The child's error comes through a pipe that exec closes; a builtin closes it itself. */
static pid_t run_forked(const struct spawn_plan *plan, char **env, struct spawn_error *e)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct spawn_error mine = {0};
        if (plan->service->entry->program->builtin)
            become_builtin(plan, &mine);
        else
            become_program(plan, env, &mine);
        /* If the pipe is gone the master has gone too. */
        (void)!write(pipe_fds[1], &mine, sizeof mine);
        _exit(EXIT_NOT_STARTED);
    }
    int error = errno;
    (void)close(pipe_fds[1]); /* our copy was for the child */
    ssize_t n = 0;
    while (pid > 0 && (n = read(pipe_fds[0], e, sizeof *e)) < 0 && errno == EINTR)
        ;
    if (n != (ssize_t)sizeof *e)
        e->step = NULL;
    (void)close(pipe_fds[0]); /* read to its end */
    errno = error;
    return pid;
}

bool spawn_asks(const struct spawn_plan *plan)
{
    const struct settings *set = plan->service->entry->settings;
    /* A datagram's source can be seen before it is read; of a waiting connection nothing can. */
    bool known = plan->peer || plan->service->entry->socktype == SOCK_DGRAM;
    return (known && set->access.hosts_access) ||
           (plan->peer && set->handler.resolve_names && !plan->service->entry->program->builtin);
}

pid_t spawn_run(const struct spawn_plan *plan, struct spawn_error *e)
{
    *e = (struct spawn_error){0};
    pid_t pid = -1;
    char **env = environment_make(plan);
    if (!env) {
        errno = ENOMEM;
    } else if (spawn_asks(plan)) {
        pid = open_reports() ? fork() : -1;
        if (pid == 0)
            become_after_names(plan, env);
    } else {
#if USE_VFORK
        pid = plan->service->entry->program->builtin ? run_forked(plan, env, e)
                                                     : vfork_program(plan, env, e);
#else
        pid = run_forked(plan, env, e);
#endif
    }
    if (pid < 0)
        *e = (struct spawn_error){"fork", errno};
    else if (e->step)
        pid = failed_child(pid);
    return pid;
}
