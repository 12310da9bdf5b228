/* handler/keeper.c -- the process above a handler, with which all of its descendants end */
#include "config.h"

#include "handler/keeper.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "base/text.h"
#include "os/closefds.h"
#include "os/title.h"
#include "os/tree.h"

bool keeper_wanted(const struct entry *e)
{
    return e->settings->handler.end == END_TREE;
}

/* What the master says by signals: KILL cannot be caught, and the first signal may be any. */
enum { SAY_TERM = SIGTERM, SAY_FIRST = SIGUSR1, SAY_KILL = SIGUSR2 };

void keeper_tell(pid_t pid, int signo)
{
    int say = signo == SIGKILL ? SAY_KILL : signo == SIGTERM ? SAY_TERM : SAY_FIRST;
    (void)kill(pid, say);     /* it is not reaped */
    (void)kill(pid, SIGCONT); /* likewise; an ordinary user's handler may have stopped it */
}

static pid_t kept_by;

pid_t keeper_pid(void)
{
    return kept_by;
}

#if TREE_POSSIBLE

const char *keeper_bind(void)
{
    if (kept_by == 0)
        return NULL;
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) < 0)
        return "prctl";
    if (getppid() == kept_by)
        return NULL;
    errno = ECHILD;
    return "keeper";
}

/* --- the keeper's life ---------------------------------------------------------------------- */

enum { LEAST_MS = 1, MOST_MS = 50 }; /* between two rounds of killing, when nobody ends */

struct keeper {
    int proc;  /* of tree.h */
    int first; /* the entry's timeout_signal */
    pid_t handler;
    int status;  /* the handler's, */
    bool ended;  /* when it has */
    bool ending; /* all are to end now */
    sigset_t hears;
};

/* Everybody who has ended. False: there is no child any more, so no descendant. */
static bool reap(struct keeper *k)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (WIFSTOPPED(status)) {     /* it made us its tracer */
            (void)kill(pid, SIGKILL); /* it is not reaped */
        } else if (pid == k->handler) {
            k->handler = 0;
            k->status = status;
            k->ended = k->ending = true;
        }
    }
    return pid == 0 || errno != ECHILD;
}

static void obey(struct keeper *k, int said)
{
    if (said == SAY_KILL)
        k->ending = true;
    else if (said == SAY_TERM || said == SAY_FIRST)
        (void)tree_signal(k->proc, said == SAY_FIRST ? k->first : SIGTERM); /* whoever is there */
}

/* Before everybody else: it kills those who may be forking as fast as they can. */
static void hasten(void)
{
    const struct sched_param p = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_RR, &p) < 0)
        (void)setpriority(PRIO_PROCESS, 0, -20); /* nor this: then as fast as it goes */
}

static void live(struct keeper *k)
{
    const struct timespec now = {.tv_sec = 0};
    struct timespec pause = {.tv_nsec = LEAST_MS * 1000000L};
    bool hurried = false;
    while (reap(k)) {
        if (!k->ending) {
            obey(k, sigwaitinfo(&k->hears, NULL));
            continue;
        }
        if (!hurried)
            hasten();
        hurried = true;
        (void)tree_signal(k->proc, SIGKILL); /* until there is no child */
        while (sigtimedwait(&k->hears, NULL, &now) > 0)
            pause.tv_nsec = LEAST_MS * 1000000L; /* somebody ended meanwhile */
        if (sigtimedwait(&k->hears, NULL, &pause) < 0 && pause.tv_nsec < MOST_MS * 1000000L)
            pause.tv_nsec *= 2;
    }
}

/* For whoever waits for us, as the handler ended. */
static _Noreturn void end_as(int status)
{
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    int signo = WTERMSIG(status);
    sigset_t only;
    (void)sigemptyset(&only);                    /* cannot fail, */
    (void)sigaddset(&only, signo);               /* nor this: it has ended a process */
    (void)signal(signo, SIG_DFL);                /* KILL has no other */
    (void)kill(getpid(), signo);                 /* it waits, */
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL); /* and comes now */
    _exit(EXIT_NOT_STARTED);                     /* it never comes so far */
}

/* --- its beginning -------------------------------------------------------------------------- */

static void prepare(struct keeper *k, const struct spawn_plan *plan)
{
    static const int signals[] = {SIGCHLD, SAY_TERM, SAY_FIRST, SAY_KILL};
    sigset_t all, before;
    (void)sigfillset(&all);                        /* cannot fail */
    (void)sigprocmask(SIG_SETMASK, &all, &before); /* nor this */
    (void)sigemptyset(&k->hears);                  /* nor this */
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaddset(&k->hears, signals[i]); /* nor this */
    (void)signal(SIGCHLD, SIG_DFL);             /* nor this: it is looked at, not handled */
    k->first = plan->entry->settings->handler.timeout_signal;
    k->proc = tree_adopt();
    k->handler = k->proc < 0 ? -1 : fork();
    if (k->handler == 0)
        (void)sigprocmask(SIG_SETMASK, &before, NULL); /* nor this */
}

/* Nothing of the client's is left in it, nor of whoever reads the log. */
static void strip(const struct keeper *k, const struct spawn_plan *plan, int null)
{
    char title[128];
    const int keep[] = {k->proc};
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(null, fd); /* or it stays without */
    close_fds(3, keep, 1);
    (void)setsid(); /* away from the terminal; it may lead a session already */
    (void)prctl(PR_SET_NAME, "doorward-keep"); /* for ps and top */
    (void)prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL,
                0UL); /* an ordinary user's handler cannot trace it */
    title_set(text_fits(title, sizeof title, "doorward: keeper of %s", plan->entry->name)
                  ? title
                  : "doorward: keeper");
}

void keeper_begin(const struct spawn_plan *plan, int null, struct birth *b, int answer)
{
    struct keeper k = {.proc = -1};
    struct outcome o;
    pid_t self = getpid();
    prepare(&k, plan);
    if (k.handler == 0) {
        (void)close(answer); /* the keeper's */
        kept_by = self;
        return;
    }
    memset(&o, 0, sizeof o); /* what is between its members is sent, too */
    o.pid = self;
    b->handler = o.handler = k.handler;
    if (k.handler < 0)
        o.e = (struct spawn_error){k.proc < 0 ? "/proc" : "fork", errno, NULL};
    const int back[2] = {spawn_lacks_process(&o.e) && plan->peer ? plan->fd : -1, -1};
    if (outcome_send(answer, &o, back) < 0 || k.handler < 0)
        _exit(EXIT_NOT_STARTED); /* the master has gone, or knows */
    strip(&k, plan, null);
    live(&k);
    end_as(k.status);
}

#else

const char *keeper_bind(void)
{
    return NULL;
}

/* Never wanted: there is no such word. */
void keeper_begin(const struct spawn_plan *plan, int null, struct birth *b, int answer)
{
    (void)plan;
    (void)null;
    (void)b;
    (void)answer;
}

#endif
