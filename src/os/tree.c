/* os/tree.c -- all descendants of this process, those that left their parent or session too */
#include "config.h"

#include "os/tree.h"

#if TREE_POSSIBLE

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/text.h"

int tree_adopt(void)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) < 0)
        return -1;
    return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct seen {
    pid_t parent;
    char state;
};

/* What /proc says of a process: `name` is its number's "stat", or that in its own folder, which is
 * never that of another one who has its number later. */
static bool look(int folder, const char *name, struct seen *s)
{
    char text[512];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        (void)close(fd); /* it was read only */
    text[n > 0 ? n : 0] = '\0';
    const char *after = strrchr(text, ')'); /* a name may have any character */
    if (!after || strlen(after) < 5)
        return false;
    s->state = after[2];
    s->parent = (pid_t)strtol(after + 4, NULL, 10);
    return true;
}

enum { NAME = 32 };

static const char *name_of(pid_t pid, const char *file, char name[static NAME])
{
    struct text t;
    text_init(&t, name, NAME);
    text_number(&t, (uint64_t)pid);
    text_string(&t, file);
    return name;
}

/* Upwards from a process whose parent is `pid`: do we come to this one? */
static bool descends(int proc, pid_t pid)
{
    char name[NAME];
    struct seen s;
    pid_t self = getpid();
    for (int steps = 0; pid > 1 && steps < INT16_MAX; steps++) {
        if (pid == self)
            return true;
        if (!look(proc, name_of(pid, "/stat", name), &s))
            return false; /* it ends: its children come to us, and are found next time */
        pid = s.parent;
    }
    return false;
}

/* A child of ours keeps its number until we wait for it. */
static void send_near(pid_t pid, int signo)
{
    /* What it forks until it has ended does not keep us from the processor. */
    if (signo == SIGKILL)
        (void)sched_setscheduler(pid, SCHED_IDLE, &(const struct sched_param){0}); /* or not */
    (void)kill(pid, signo); /* EPERM: a set-user-ID program, which has to end by itself */
}

/* Nobody waits for it but its parent, so its number may pass on any moment: what is signalled is
 * the process that the folder is of. */
static void send_far(int proc, pid_t pid, const struct seen *first, int signo)
{
#ifdef SYS_pidfd_send_signal
    char name[NAME];
    struct seen again;
    int folder = openat(proc, name_of(pid, "", name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    if (look(folder, "stat", &again) && again.parent == first->parent)
        (void)syscall(SYS_pidfd_send_signal, folder, signo, NULL, 0U); /* an old kernel: its
                                                                turn comes when it is our child */
    (void)close(folder);                                               /* of /proc */
#else
    (void)proc;
    (void)pid;
    (void)first;
    (void)signo;
#endif
}

/* Is it a descendant, alive? It has got the signal, if that may be. */
static bool visit(int proc, pid_t pid, int signo)
{
    char name[NAME];
    struct seen s;
    if (!look(proc, name_of(pid, "/stat", name), &s) || s.state == 'Z' || s.state == 'X' ||
        !descends(proc, s.parent))
        return false;
    if (s.parent == getpid())
        send_near(pid, signo);
    else
        send_far(proc, pid, &s, signo);
    return true;
}

/* As getdents64(2) gives it. */
struct entry64 {
    uint64_t ino;
    int64_t off;
    uint16_t len;
    uint8_t type;
    char name[];
};

enum { BATCH = 4096 }; /* bytes: about a hundred processes */

/*
 * The youngest of each batch first: who forks and ends in a circle, so as never to be met, has a
 * number that has just been given. */
static size_t visit_batch(int proc, const char *buffer, size_t len, int signo)
{
    pid_t pids[BATCH / sizeof(struct entry64)];
    size_t n = 0, found = 0;
    for (size_t at = 0; at < len;) {
        uint16_t step;
        const char *one = buffer + at;
        memcpy(&step, one + offsetof(struct entry64, len), sizeof step);
        long pid = strtol(one + offsetof(struct entry64, name), NULL, 10); /* 0: no process */
        if (pid > 1)
            pids[n++] = (pid_t)pid;
        at += step;
    }
    while (n > 0)
        found += visit(proc, pids[--n], signo);
    return found;
}

size_t tree_signal(int proc, int signo)
{
    char buffer[BATCH];
    size_t found = 0;
    long n;
    if (lseek(proc, 0, SEEK_SET) < 0)
        return 0;
    while ((n = syscall(SYS_getdents64, proc, buffer, sizeof buffer)) > 0)
        found += visit_batch(proc, buffer, (size_t)n, signo);
    return found;
}

#else

int tree_adopt(void)
{
    return -1;
}

size_t tree_signal(int proc, int signo)
{
    (void)proc;
    (void)signo;
    return 0;
}

#endif
