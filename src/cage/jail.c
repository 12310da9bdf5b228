/* cage/jail.c -- a handler in namespaces of its own, and the process that stands before it there */
#include "config.h"

#include "cage/jail.h"

#include <errno.h>

#ifdef __linux__

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cage/view.h"

/* --- which ----------------------------------------------------------------------------------- */

static const struct {
    enum cage_layer layer;
    int flag;
} namespaces[] = {{CAGE_MOUNTS, CLONE_NEWNS},
                  {CAGE_PIDS, CLONE_NEWPID | CLONE_NEWNS /* /proc is theirs */},
                  {CAGE_IPC, CLONE_NEWIPC | CLONE_NEWUTS},
                  {CAGE_NETWORK, CLONE_NEWNET}};
enum { NAMESPACES = sizeof namespaces / sizeof *namespaces };

/* Of the start at hand: what cannot be asked in the namespaces any more. */
static struct {
    int flags;
    uid_t uid;
    gid_t gid;
} outside;

int jail_prepare(const struct cage *c)
{
    outside.flags = 0;
    for (size_t i = 0; i < NAMESPACES; i++)
        if (c->layers & UINT32_C(1) << namespaces[i].layer)
            outside.flags |= namespaces[i].flag;
    if (!outside.flags)
        return 0;
    outside.uid = geteuid();
    outside.gid = getegid();
    if (outside.uid != 0) /* then he has to be the root of a namespace of users */
        outside.flags |= CLONE_NEWUSER;
    return outside.flags;
}

/* --- ids ------------------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* the kernel has it, or not */
    errno = error;
    return good;
}

static bool map(const char *path, unsigned long id)
{
    char line[64];
    return text_fits(line, sizeof line, "%lu %lu 1", id, id) && write_file(path, line);
}

/* Its user stays who he is. */
static const char *map_ids(void)
{
    if (!write_file("/proc/self/setgroups", "deny"))
        return "setgroups";
    return map("/proc/self/uid_map", outside.uid) && map("/proc/self/gid_map", outside.gid)
               ? NULL
               : "uid_map";
}

static const char *loopback_up(void)
{
    struct ifreq lo = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &lo) == 0;
    lo.ifr_flags |= IFF_UP;
    good = good && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* it has served */
    errno = error;
    return good ? NULL : "loopback";
}

pid_t jail_outer_pid(void)
{
    char link[32];
    ssize_t len = readlink("/proc/self", link, sizeof link - 1);
    if (len <= 0)
        return -1;
    link[len] = '\0';
    return (pid_t)strtol(link, NULL, 10);
}

const char *jail_enter(const struct cage *c, const char *program)
{
    int flags = outside.flags;
    const char *failed = NULL;
    if (flags & CLONE_NEWUSER)
        failed = map_ids();
    if (!failed && flags & CLONE_NEWNET)
        failed = loopback_up();
    if (!failed && flags & CLONE_NEWNS)
        failed = view_enter(c, program);
    return failed;
}

/* --- is it there? ---------------------------------------------------------------------------- */

/* In a child, which is the first process of its namespaces. */
static _Noreturn void try_jail(const struct cage *c)
{
    errno = 0;
    _exit(!jail_enter(c, "/") ? 0 : errno ? errno : EPERM);
}

static int status_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static const char *try(const struct cage *c)
{
    static char why[160];
    int flags = jail_prepare(c);
    pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        try_jail(c);
    int error = pid < 0 ? errno : status_of(pid);
    if (error == 0)
        return NULL;
    (void)text_fits(why, sizeof why, "%s%s: %s", "its namespaces cannot be made",
                    flags & CLONE_NEWUSER ? ", with one of users as doorward is not root" : "",
                    strerror(error)); /* it fits */
    return why;
}

const char *jail_mounts_missing(void)
{
    static char root[] = "/";
    return try(&(struct cage){.layers = 1U << CAGE_MOUNTS, .root = root, .private_tmp = 4096});
}

const char *jail_pids_missing(void)
{
    return try(&(struct cage){.layers = 1U << CAGE_PIDS, .private_pids = true});
}

const char *jail_ipc_missing(void)
{
    return try(&(struct cage){.layers = 1U << CAGE_IPC});
}

const char *jail_network_missing(void)
{
    return try(&(struct cage){.layers = 1U << CAGE_NETWORK});
}

/* --- the first process ----------------------------------------------------------------------- */

static void pass_on(pid_t pid, const siginfo_t *s, bool alone)
{
    /* Those who are inside have the handler's signals in their own hands; to them we are 1, or,
     * where we stand outside, not there. */
    bool from_outside = s->si_code <= 0 && (s->si_pid == 0 || getpid() != 1);
    if (from_outside && (alone || kill(-pid, s->si_signo) < 0))
        (void)kill(pid, s->si_signo); /* it may have ended */
}

/* True: it was the handler. */
static bool reap_all(pid_t pid, int *status)
{
    int how;
    for (pid_t ended; (ended = waitpid(-1, &how, WNOHANG)) > 0;)
        if (ended == pid) {
            *status = how;
            return true;
        }
    return false;
}

int jail_stand(pid_t pid, bool alone)
{
    sigset_t all;
    siginfo_t s;
    int status = 0;
    (void)sigfillset(&all); /* cannot fail */
    while (!reap_all(pid, &status))
        if (sigwaitinfo(&all, &s) > 0 && s.si_signo != SIGCHLD)
            pass_on(pid, &s, alone);
    return status;
}

#else

static const char *const nowhere = "this system has no namespaces";

const char *jail_mounts_missing(void)
{
    return nowhere;
}

const char *jail_pids_missing(void)
{
    return nowhere;
}

const char *jail_ipc_missing(void)
{
    return nowhere;
}

const char *jail_network_missing(void)
{
    return nowhere;
}

int jail_prepare(const struct cage *c)
{
    (void)c;
    return 0;
}

const char *jail_enter(const struct cage *c, const char *program)
{
    (void)c, (void)program;
    errno = ENOSYS;
    return "clone";
}

pid_t jail_outer_pid(void)
{
    return -1;
}

int jail_stand(pid_t pid, bool alone)
{
    (void)pid, (void)alone;
    return 0;
}

#endif
