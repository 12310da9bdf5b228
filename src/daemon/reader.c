/* daemon/reader.c -- the child that asks the system what a load wants to know */
#include "config.h"

#include "daemon/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "base/text.h"
#include "conf/ask.h"
#include "os/closefds.h"

enum { PIECE = 1 << 16 };

/* --- in the child ---------------------------------------------------------------------------- */

/* What the loop does with signals is the master's; the next exec, or who waits, has the usual. */
static void default_signals(void)
{
    for (int signo = 1; signo < NSIG; signo++)
        (void)signal(signo, SIG_DFL); /* fails for two, and for what is none */
    loop_child_signals();
}

/* Without the master nobody wants to know. */
static void end_with(pid_t master)
{
#if HAVE_SYS_PRCTL_H && defined PR_SET_PDEATHSIG
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);    /* else it ends when it writes */
    (void)prctl(PR_SET_NAME, "doorward-read"); /* for ps and top */
#endif
    if (getppid() != master)
        _exit(1);
}

static _Noreturn void child(const struct reader *r, pid_t master, int fd)
{
    close_fds(STDERR_FILENO + 1, &fd, 1);
    default_signals();
    (void)setsid(); /* a forked child leads no group yet */
    end_with(master);
    const struct reading before = {r->bytes, r->len, false, *r->why ? r->why : NULL};
    r->ask(r->arg, fd, &before);
    _exit(0);
}

/* --- its end --------------------------------------------------------------------------------- */

static void let_go(struct reader *r)
{
    loop_unwatch(r->loop, &r->watch);
    loop_timer_stop(r->loop, &r->deadline);
    if (r->watch.fd >= 0)
        (void)close(r->watch.fd); /* only read from */
    r->watch.fd = -1;
    r->pid = 0;
    r->busy = false;
}

/* While it is ours to wait for, nobody else has its number: kill it and its group. */
static void kill_all(const struct reader *r)
{
    siginfo_t info;
    if (r->pid <= 0 || waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return;
    (void)kill(r->pid, SIGKILL);  /* it may not have a group yet */
    (void)kill(-r->pid, SIGKILL); /* or nobody is left in it */
}

/* To the owner, who may start the next one. */
static void finish(struct reader *r, bool failed)
{
    char why[sizeof r->why];
    struct reading all = {.bytes = r->bytes, .len = r->len, .failed = failed};
    memcpy(why, r->why, sizeof why);
    let_go(r);
    r->bytes = NULL;
    r->len = r->room = 0;
    if (*why || !ask_is_whole(all.bytes, all.len))
        all.why = *why ? why : "the look-up process failed";
    all.failed |= all.why && !*why;
    r->done(r->arg, &all);
}

static void give_up(struct reader *r, const char *why, bool failed)
{
    kill_all(r);
    (void)text_fits(r->why, sizeof r->why, "%s", why); /* constants that fit */
    finish(r, failed);
}

void reader_stop(struct reader *r)
{
    if (!r->busy)
        return;
    kill_all(r);
    let_go(r);
    free(r->bytes);
    r->bytes = NULL;
    r->len = r->room = 0;
}

/* --- what it says ---------------------------------------------------------------------------- */

/* Until the next answer, but not for ever. */
static void be_patient(struct reader *r)
{
    uint64_t due = loop_now() + r->patience * NS_PER_S;
    (void)loop_timer(r->loop, &r->deadline, due < r->end ? due : r->end); /* it is armed, or was */
}

/* Read what there is, a piece at most. NULL, or why not; `*end`: nothing more comes for now. */
static const char *take(struct reader *r, bool *end)
{
    *end = true;
    if (r->room - r->len < PIECE) {
        size_t room = r->room ? r->room * 2 : 2 * PIECE;
        if (r->len > ASK_MOST_RECORDED)
            return "more answers than 64 MiB";
        char *grown = realloc(r->bytes, room);
        if (!grown)
            return "out of memory";
        r->bytes = grown;
        r->room = room;
    }
    ssize_t n = read(r->watch.fd, r->bytes + r->len, PIECE);
    if (n > 0) {
        r->len += (size_t)n;
        be_patient(r);
    }
    *end = n == 0 || (n < 0 && errno != EINTR);
    if (n == 0)
        loop_unwatch(r->loop,
                     &r->watch); /* it has closed its end: it ends, or the deadline comes */
    return NULL;
}

static void readable(struct watch *w)
{
    struct reader *r = loop_owner(w, struct reader, watch);
    bool end;
    const char *wrong = take(r, &end);
    if (wrong)
        give_up(r, wrong, true);
}

static void note_status(struct reader *r, int status)
{
    if (WIFSIGNALED(status))
        (void)text_fits(r->why, sizeof r->why, "the look-up process failed: signal %d",
                        WTERMSIG(status)); /* it fits */
    else if (WEXITSTATUS(status) == EX_OSERR)
        (void)text_fits(r->why, sizeof r->why, "out of memory"); /* it fits */
    else if (WEXITSTATUS(status) != 0)
        (void)text_fits(r->why, sizeof r->why, "the look-up process failed: status %d",
                        WEXITSTATUS(status)); /* the same */
}

void reader_child(struct reader *r)
{
    siginfo_t info = {.si_pid = 0};
    int status = 0;
    bool end = false;
    const char *wrong = NULL;
    if (!r->busy || r->pid <= 0)
        return;
    /* An error: somebody else has reaped it. */
    if (waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
        return;
    kill_all(r); /* what it left behind */
    if (info.si_pid > 0 && waitpid(r->pid, &status, WNOHANG) > 0 && !WIFSTOPPED(status))
        note_status(r, status);
    r->pid = 0;
    while (!end && !wrong)
        wrong = take(r, &end);
    if (wrong)
        give_up(r, wrong, true);
    else
        finish(r, *r->why != '\0');
}

/* --- its beginning, and the next one's ------------------------------------------------------- */

static int open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    (void)close(ends[0]); /* never used */
    (void)close(ends[1]); /* the same */
    return -1;
}

/* The child runs. False: why not is noted. */
static bool begin(struct reader *r)
{
    const char *step = "pipe";
    int ends[2] = {-1, -1};
    pid_t master = getpid(), pid = -1;
    if (open_pipe(ends) == 0) {
        step = "fork";
        pid = fork();
    }
    if (pid == 0)
        child(r, master, ends[1]);
    int error = errno;
    r->watch = (struct watch){.ready = readable, .fd = ends[0]};
    if (ends[1] >= 0)
        (void)close(ends[1]); /* the child's */
    if (pid > 0) {
        r->pid = pid;
        if (loop_watch(r->loop, &r->watch) == 0)
            return true;
        step = "watch";
        error = errno;
        kill_all(r);
    }
    (void)text_fits(r->why, sizeof r->why, "no process to look things up: %s: %s", step,
                    strerror(error)); /* it fits */
    return false;
}

/* Another one, which does not ask what this one waits for. */
static void go_on(struct reader *r)
{
    kill_all(r); /* the children's sweep reaps it */
    loop_unwatch(r->loop, &r->watch);
    (void)close(r->watch.fd); /* only read from */
    r->watch.fd = -1;
    r->pid = 0;
    r->len = ask_records(r->bytes, r->len);
    (void)text_fits(r->why, sizeof r->why, "no answer in %u second%s", r->patience,
                    r->patience == 1 ? "" : "s"); /* it fits */
    r->patience = READER_NEXT_S;
    be_patient(r);
    if (begin(r))
        *r->why = '\0'; /* the child has it */
    else
        finish(r, true);
}

static void too_late(struct timer *t)
{
    struct reader *r = loop_owner(t, struct reader, deadline);
    if (*r->why) /* it never began */
        finish(r, true);
    else if (loop_now() >= r->end)
        give_up(r, "no answer in 30 seconds", false);
    else
        go_on(r);
}

int reader_start(struct reader *r)
{
    if (r->busy)
        return 0;
    *r->why = '\0';
    r->pid = 0;
    r->len = r->room = 0;
    r->watch.fd = -1;
    r->deadline.fire = too_late;
    r->patience = READER_PATIENCE_S;
    r->end = loop_now() + READER_TIME_S * NS_PER_S;
    if (loop_timer(r->loop, &r->deadline, r->end) < 0)
        return -1;
    be_patient(r);
    r->busy = true;
    if (begin(r))
        return 0;
    return loop_timer(r->loop, &r->deadline, loop_now()); /* moved: that does not fail */
}
