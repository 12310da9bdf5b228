/* daemon/probe.c -- the child in which a new binary proves that it can take over */
#include "config.h"

#include "daemon/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/text.h"
#include "os/closefds.h"

/* --- in the child --------------------------------------------------------------------------- */

static _Noreturn void child(const char *program, const struct server_options *o, int out, int state,
                            int answers)
{
    const int keep[] = {state, answers};
    char option[32], line[PROBE_LINE];
    char *words[256] = {o->again[0], option};
    size_t n = 2;
    (void)text_fits(option, sizeof option, "--probe-state=%d", state); /* it fits */
    for (; o->again[n - 1] && n + 1 < sizeof words / sizeof words[0]; n++)
        words[n] = o->again[n - 1];
    for (int signo = 1; signo < NSIG; signo++)
        (void)signal(signo, SIG_DFL); /* fails for two, and for what is none */
    loop_child_signals();
    (void)setsid(); /* a forked child leads no group yet */
    if (dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(EX_OSERR);
    close_fds(3, keep, 2);
    if (fcntl(state, F_SETFD, 0) == 0 && fcntl(answers, F_SETFD, 0) == 0)
        (void)execve(program, words, o->environ); /* returns only when it fails */
    (void)text_fits(line, sizeof line, "no it cannot be executed: %s\n", strerror(errno));
    (void)!write(1, line, strlen(line)); /* else the status has to do */
    _exit(EX_OSERR);
}

/* --- its end -------------------------------------------------------------------------------- */

static void let_go(struct probe *p)
{
    loop_unwatch(p->loop, &p->watch);
    loop_timer_stop(p->loop, &p->deadline);
    if (p->watch.fd >= 0)
        (void)close(p->watch.fd); /* only read from */
    p->watch.fd = -1;
    p->pid = 0;
}

/* While it is ours to wait for, nobody else has its number. */
static void kill_all(const struct probe *p)
{
    siginfo_t info;
    if (p->pid <= 0 || waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return;
    (void)kill(p->pid, SIGKILL);  /* it may not have a group yet */
    (void)kill(-p->pid, SIGKILL); /* or nobody is left in it */
}

void probe_stop(struct probe *p)
{
    if (p->pid <= 0)
        return;
    kill_all(p);
    let_go(p);
}

static void too_late(struct timer *t)
{
    struct probe *p = loop_owner(t, struct probe, deadline);
    char why[64];
    (void)text_fits(why, sizeof why, "no answer in %.3g s", (double)p->time / NS_PER_S); /* fits */
    probe_stop(p);
    p->done(p->arg, why);
}

/* --- what it says --------------------------------------------------------------------------- */

static void hear(struct probe *p)
{
    if (p->in[0] == ' ')
        p->line(p->arg, p->in + 1);
    else if (strcmp(p->in, "yes") == 0)
        p->yes = true;
    else if (strncmp(p->in, "no ", 3) == 0)
        (void)text_fits(p->why, sizeof p->why, "%s", p->in + 3); /* it is shorter */
    else if (p->in[0] != '\0')
        memcpy(p->last, p->in, sizeof p->last);
}

/* One read; its result. */
static ssize_t take(struct probe *p)
{
    char bytes[4096];
    ssize_t n = read(p->watch.fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n' && p->len + 1 < sizeof p->in) {
            p->in[p->len++] = bytes[i];
        } else if (bytes[i] == '\n') {
            p->in[p->len] = '\0';
            p->len = 0;
            hear(p);
        }
    }
    return n;
}

static void readable(struct watch *w)
{
    struct probe *p = loop_owner(w, struct probe, watch);
    if (take(p) == 0)
        loop_unwatch(p->loop, w); /* it has closed its end: it ends, or the deadline comes */
}

/* Why it did not say yes. */
static const char *verdict(struct probe *p, int status)
{
    if (p->why[0])
        return p->why;
    if (p->yes && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    struct text t;
    text_init(&t, p->why, sizeof p->why);
    if (WIFSIGNALED(status))
        text_add(&t, "it crashed: signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) == EX_USAGE)
        text_add(&t, "it is too old for this: it does not know --probe-state");
    else
        text_add(&t, "it gave no answer, and ended with status %d", WEXITSTATUS(status));
    if (p->last[0] && (WIFSIGNALED(status) || WEXITSTATUS(status) != EX_USAGE))
        text_add(&t, " (%.500s)", p->last);
    return p->why;
}

void probe_child(struct probe *p)
{
    siginfo_t info = {.si_pid = 0};
    int status = 0;
    if (p->pid <= 0)
        return;
    /* An error: somebody else has reaped it. */
    if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
        return;
    kill_all(p); /* what it left behind */
    if (waitpid(p->pid, &status, WNOHANG) < 0 || WIFSTOPPED(status))
        status = 0; /* it may have said yes all the same */
    while (take(p) > 0)
        ;
    let_go(p);
    p->done(p->arg, verdict(p, status));
}

/* --- its beginning -------------------------------------------------------------------------- */

int probe_start(struct probe *p, const char *program, const struct server_options *o, int state,
                int answers, uint64_t time)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    p->watch = (struct watch){.ready = readable, .fd = ends[0]};
    p->deadline.fire = too_late;
    p->time = time;
    p->yes = false;
    p->len = 0;
    p->why[0] = p->last[0] = '\0';
    bool good = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && loop_watch(p->loop, &p->watch) == 0 &&
                loop_timer(p->loop, &p->deadline, loop_now() + time) == 0;
    p->pid = good ? fork() : -1;
    if (p->pid == 0)
        child(program, o, ends[1], state, answers);
    int error = errno;
    (void)close(ends[1]); /* the child's */
    if (p->pid > 0)
        return 0;
    let_go(p);
    errno = error;
    return -1;
}
