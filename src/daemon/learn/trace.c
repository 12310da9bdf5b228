/* daemon/learn/trace.c -- a process and all that it starts, looked on by ptrace(2) */
#include "config.h"

#include "daemon/learn/trace.h"

#include <errno.h>

#ifdef __linux__

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "daemon/learn/watch.h"

/* --- the kernel's words, where the headers are older ------------------------------------------ */

#define GET_SYSCALL_INFO 0x420e

enum { AT_ENTRY = 1, AT_EXIT = 2, EVENT_STOP = 128, A_CALL = SIGTRAP | 0x80 };

struct call_info {
    uint8_t op, pad[3];
    uint32_t arch;
    uint64_t instruction, stack;
    union {
        struct {
            uint64_t nr, args[6];
        } entry;
        struct {
            int64_t value;
            uint8_t is_error;
        } exit;
    } u;
};

/* --- the threads ----------------------------------------------------------------------------- */

struct thread {
    pid_t pid;    /* 0: the row is free */
    bool watched; /* it belongs to the handler */
    bool held;    /* it has stopped, and nobody knows yet whose it is */
    bool known;   /* its parent has told */
    bool in_call;
    struct watch_call call;
};

struct trace {
    pid_t first; /* doorward's own child, which becomes no handler */
    struct facts *f;
    struct thread *threads;
    size_t count;
    uint32_t arch; /* of the first call; 0 none so far */
    const char *wrong;
};

static struct thread *thread_of(struct trace *t, pid_t pid)
{
    struct thread *unused = NULL;
    for (size_t i = 0; i < t->count; i++) {
        if (t->threads[i].pid == pid)
            return &t->threads[i];
        if (t->threads[i].pid == 0)
            unused = &t->threads[i];
    }
    if (!unused) {
        struct thread *more = realloc(t->threads, (t->count + 1) * sizeof *more);
        if (!more)
            return NULL;
        t->threads = more;
        unused = &more[t->count++];
    }
    *unused = (struct thread){.pid = pid};
    return unused;
}

static void drop(struct trace *t, pid_t pid)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->threads[i].pid == pid) {
            watch_drop(&t->threads[i].call);
            t->threads[i].pid = 0;
        }
}

/* With the signal, 0 none. It may just have been killed. */
static void go_on(const struct thread *th, int signo)
{
    unsigned long with = (unsigned long)signo;
    if (th->watched)
        (void)ptrace(PTRACE_SYSCALL, th->pid, NULL, with);
    else
        (void)ptrace(PTRACE_CONT, th->pid, NULL, with);
}

/* --- what they stop for ----------------------------------------------------------------------- */

static void at_call(struct trace *t, struct thread *th)
{
    struct call_info info = {.op = 0};
    if (ptrace(GET_SYSCALL_INFO, th->pid, sizeof info, &info) < 0) {
        if (errno != ESRCH)
            t->wrong = "this kernel does not tell of system calls (Linux 5.3 does)";
        return;
    }
    if (info.op == AT_ENTRY) {
        if (!t->arch)
            t->arch = info.arch;
        th->in_call = info.arch == t->arch;
        if (!th->in_call) {
            facts_note(t->f, "a program of another architecture ran, whose calls are not here");
            return;
        }
        th->call = (struct watch_call){.pid = th->pid, .nr = info.u.entry.nr};
        for (size_t i = 0; i < 6; i++)
            th->call.args[i] = info.u.entry.args[i];
        watch_begin(t->f, &th->call);
    } else if (info.op == AT_EXIT && th->in_call) {
        th->in_call = false;
        watch_end(t->f, &th->call, info.u.exit.value);
    }
}

/* A child or a thread: it is what its parent is. */
static void at_birth(struct trace *t, const struct thread *parent)
{
    unsigned long born = 0;
    bool watched = parent->watched;
    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &born) < 0 || born == 0)
        return;
    struct thread *child = thread_of(t, (pid_t)born); /* moves the table */
    if (!child) {
        t->wrong = "out of memory";
        return;
    }
    child->watched = watched;
    child->known = true;
    if (child->held)
        go_on(child, 0);
    child->held = false;
}

static void at_exec(struct trace *t, struct thread *th)
{
    unsigned long former = 0;
    pid_t pid = th->pid;
    if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &former) == 0 && (pid_t)former != pid)
        drop(t, (pid_t)former); /* a thread that has taken the first one's number */
    watch_drop(&th->call);
    th->in_call = false;
    th->watched |= pid != t->first;
    if (th->watched)
        watch_program(t->f, pid);
}

static bool stays_stopped(int signo)
{
    return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static void stopped(struct trace *t, pid_t pid, int status)
{
    int signo = WSTOPSIG(status), event = status >> 16;
    struct thread *th = thread_of(t, pid);
    if (!th) {
        t->wrong = "out of memory";
        return;
    }
    if (!th->known && pid != t->first) {
        th->held = true;
        return;
    }
    if (event == EVENT_STOP && stays_stopped(signo)) {
        (void)ptrace(PTRACE_LISTEN, pid, NULL, NULL); /* it may just have been killed */
        return;
    }
    if (signo == A_CALL)
        at_call(t, th);
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        at_birth(t, th);
    if (event == PTRACE_EVENT_EXEC)
        at_exec(t, th);
    th = thread_of(t, pid);
    if (th)
        go_on(th, event || signo == A_CALL ? 0 : signo);
}

/* --- from outside ---------------------------------------------------------------------------- */

const char *trace_missing(void)
{
    return NULL;
}

bool trace_seize(pid_t pid)
{
    unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                            PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    return ptrace(PTRACE_SEIZE, pid, NULL, options) == 0;
}

const char *trace_until_end(pid_t pid, struct facts *f, int *status)
{
    struct trace t = {.first = pid, .f = f};
    bool ended = false;
    while (!ended && !t.wrong) {
        int now;
        pid_t who = waitpid(-1, &now, __WALL);
        if (who < 0 && errno != EINTR)
            t.wrong = "nobody is left to wait for";
        if (who > 0 && WIFSTOPPED(now)) {
            stopped(&t, who, now);
        } else if (who > 0) {
            drop(&t, who);
            ended = who == pid;
            *status = now;
        }
    }
    for (size_t i = 0; i < t.count; i++)
        watch_drop(&t.threads[i].call);
    free(t.threads);
    return t.wrong;
}

#else

const char *trace_missing(void)
{
    return "this system has no way to look on: learn is for Linux";
}

bool trace_seize(pid_t pid)
{
    (void)pid;
    errno = ENOSYS;
    return false;
}

const char *trace_until_end(pid_t pid, struct facts *f, int *status)
{
    (void)pid, (void)f, (void)status;
    return trace_missing();
}

#endif
