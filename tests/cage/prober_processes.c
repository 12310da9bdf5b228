/* cage/prober_processes.c -- attempts at another process of the same user; and that one */
#include "config.h"

#include "cage/prober.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_send_signal 424
#define SYS_pidfd_open        434
#define SYS_pidfd_getfd       438
#endif

static bool can_read(const char *what)
{
    char path[64], byte;
    (void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)outside.victim, what); /* it fits */
    int fd = open(path, O_RDONLY);
    return fd >= 0 && read(fd, &byte, 1) == 1;
}

static bool signal_other(void)
{
    return kill(outside.victim, 0) == 0;
}

static bool signal_all(void)
{
    return kill(1, 0) == 0 && getpid() != 2;
}

static bool trace_other(void)
{
    return ptrace(PTRACE_SEIZE, outside.victim, NULL, NULL) == 0;
}

static bool read_memory(void)
{
    static char here[16];
    struct iovec to = {here, sizeof here}, from = {here, sizeof here};
    (void)from; /* where it stands there is not known, but whether it may be asked */
    errno = 0;
    long n = syscall(SYS_process_vm_readv, outside.victim, &to, 1, &from, 1, 0);
    return n >= 0 || errno == EFAULT;
}

static bool read_environment(void)
{
    return can_read("environ");
}

static bool read_command_line(void)
{
    return can_read("cmdline");
}

static bool read_maps(void)
{
    return can_read("maps");
}

static bool follow_root(void)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/root/", (long)outside.victim); /* it fits */
    return open(path, O_RDONLY | O_DIRECTORY) >= 0;
}

static int pidfd(void)
{
    return (int)syscall(SYS_pidfd_open, outside.victim, 0);
}

static bool steal_descriptor(void)
{
    return syscall(SYS_pidfd_getfd, pidfd(), 0, 0) >= 0;
}

static bool signal_by_descriptor(void)
{
    return syscall(SYS_pidfd_send_signal, pidfd(), 0, NULL, 0) == 0;
}

static bool lower_limits(void)
{
    struct rlimit now;
    return syscall(SYS_prlimit64, outside.victim, RLIMIT_NOFILE, NULL, &now) == 0;
}

static bool lower_priority(void)
{
    return setpriority(PRIO_PROCESS, (id_t)outside.victim,
                       getpriority(PRIO_PROCESS, (id_t)outside.victim)) == 0;
}

static bool move_to_processor(void)
{
    unsigned long mask[16] = {0};
    long n = syscall(SYS_sched_getaffinity, outside.victim, sizeof mask, mask);
    return n > 0 && syscall(SYS_sched_setaffinity, outside.victim, (size_t)n, mask) == 0;
}

static bool trace_child(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool shared_memory(void)
{
    return shmget(SHARED_KEY, 4096, 0600) >= 0;
}

static bool semaphores(void)
{
    return semget(SHARED_KEY, 1, 0600) >= 0;
}

static bool messages(void)
{
    return msgget(SHARED_KEY, 0600) >= 0;
}

static bool posix_queue(void)
{
    return syscall(SYS_mq_open, &POSIX_QUEUE[1], O_RDWR, 0, NULL) >= 0;
}

static int abstract(int type, bool listens)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, ABSTRACT, sizeof ABSTRACT);
    at.sun_path[sizeof ABSTRACT - 1] = type == SOCK_STREAM ? 's' : 'd';
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof ABSTRACT);
    int fd = socket(AF_UNIX, type, 0);
    int failed =
        listens ? bind(fd, (struct sockaddr *)&at, len) : connect(fd, (struct sockaddr *)&at, len);
    return failed ? -1 : fd;
}

static bool connect_abstract(void)
{
    return abstract(SOCK_STREAM, false) >= 0;
}

static bool connect_abstract_dgram(void)
{
    return abstract(SOCK_DGRAM, false) >= 0;
}

static int at_path(bool listens)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", in_folder("listener")); /* it fits */
    int failed = listens ? bind(fd, (struct sockaddr *)&at, sizeof at)
                         : connect(fd, (struct sockaddr *)&at, sizeof at);
    return failed ? -1 : fd;
}

static bool connect_path(void)
{
    return at_path(false) >= 0;
}

static bool has_descriptors(void)
{
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return true;
    return false;
}

static const struct attempt at[] = {{"signal-other", signal_other},
                                    {"signal-first-process", signal_all},
                                    {"trace-other", trace_other},
                                    {"read-memory-of-other", read_memory},
                                    {"read-environment-of-other", read_environment},
                                    {"read-command-line-of-other", read_command_line},
                                    {"read-maps-of-other", read_maps},
                                    {"follow-root-of-other", follow_root},
                                    {"steal-descriptor-of-other", steal_descriptor},
                                    {"signal-by-descriptor", signal_by_descriptor},
                                    {"read-limits-of-other", lower_limits},
                                    {"change-priority-of-other", lower_priority},
                                    {"move-other-to-processor", move_to_processor},
                                    {"trace-own-child", trace_child},
                                    {"shared-memory", shared_memory},
                                    {"semaphores", semaphores},
                                    {"message-queue", messages},
                                    {"posix-message-queue", posix_queue},
                                    {"connect-abstract-socket", connect_abstract},
                                    {"connect-abstract-datagram", connect_abstract_dgram},
                                    {"connect-unix-socket", connect_path},
                                    {"use-inherited-descriptor", has_descriptors}};
const struct attempts prober_processes = {at, sizeof at / sizeof *at};

/* --- the other ------------------------------------------------------------------------------- */

static int shm_id = -1, sem_id = -1, msg_id = -1;

static void clean_up(int signo)
{
    (void)signo;
    (void)shmctl(shm_id, IPC_RMID, NULL); /* nobody else needs them */
    (void)semctl(sem_id, 0, IPC_RMID);
    (void)msgctl(msg_id, IPC_RMID, NULL);
    (void)syscall(SYS_mq_unlink, &POSIX_QUEUE[1]);
    _exit(0);
}

int prober_victim(void)
{
    int stream = abstract(SOCK_STREAM, true), path = at_path(true);
    (void)abstract(SOCK_DGRAM, true); /* whoever cannot connect sees it */
    (void)listen(stream, 5);
    (void)listen(path, 5);
    shm_id = shmget(SHARED_KEY, 4096, IPC_CREAT | 0600);
    sem_id = semget(SHARED_KEY, 1, IPC_CREAT | 0600);
    msg_id = msgget(SHARED_KEY, IPC_CREAT | 0600);
    (void)syscall(SYS_mq_open, &POSIX_QUEUE[1], O_RDWR | O_CREAT, 0600, NULL);
    (void)signal(SIGTERM, clean_up);
    puts("ready");
    (void)fflush(stdout);
    for (;;)
        (void)pause();
}
