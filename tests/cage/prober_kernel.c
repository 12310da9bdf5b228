/* cage/prober_kernel.c -- attempts at privileges, namespaces and the kernel itself */
#include "config.h"

#include "cage/prober.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if HAVE_LINUX_CAPABILITY_H
#include <linux/capability.h>
#endif

/* Reached: the call is there, and only its arguments are wrong. */
static bool reaches(long result)
{
    return result >= 0 || (errno != EPERM && errno != ENOSYS && errno != EACCES);
}

static bool become_root(void)
{
    return setuid(0) == 0;
}

static bool change_groups(void)
{
    gid_t root = 0;
    return setgroups(1, &root) == 0;
}

static bool take_capability(void)
{
#if HAVE_LINUX_CAPABILITY_H
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct set[2] = {{1, 1, 0}, {0, 0, 0}};
    return syscall(SYS_capset, &h, set) == 0;
#else
    return false;
#endif
}

static bool keep_bounding_set(void)
{
    return prctl(PR_CAPBSET_READ, 21UL /* sys_admin */, 0UL, 0UL, 0UL) == 1;
}

static bool gain_by_exec(void)
{
    return prctl(39 /* PR_GET_NO_NEW_PRIVS */, 0UL, 0UL, 0UL, 0UL) == 0;
}

static bool user_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool mount_in_namespace(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
}

static bool network_namespace(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static bool clones(long pid)
{
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool clone_namespace(void)
{
    return clones(syscall(SYS_clone, (long)(CLONE_NEWUSER | SIGCHLD), 0, 0, 0, 0));
}

static bool clone3_namespace(void)
{
    uint64_t args[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    return clones(syscall(435, args, sizeof args));
}

static bool enter_namespace(void)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)outside.victim); /* it fits */
    int fd = open(path, O_RDONLY);
    return fd >= 0 && reaches(syscall(SYS_setns, fd, CLONE_NEWNET));
}

static bool mount_tmpfs(void)
{
    return mount("none", "/tmp", "tmpfs", 0, NULL) == 0;
}

static bool unmount(void)
{
    return umount2("/proc", MNT_DETACH) == 0;
}

static bool clone_mounts(void)
{
    return syscall(428, AT_FDCWD, "/", 1) >= 0;
}

static bool new_root(void)
{
    return chroot("/") == 0;
}

static bool make_key(void)
{
#ifdef SYS_add_key
    return syscall(SYS_add_key, "user", "doorward", "x", 1L, -3L) >= 0;
#else
    return false;
#endif
}

static bool read_session_of_user(void)
{
#ifdef SYS_keyctl
    return syscall(SYS_keyctl, 0L, -5L /* the user's session */, 1L) >= 0;
#else
    return false;
#endif
}

static bool io_ring(void)
{
    unsigned char params[120] = {0};
    return reaches(syscall(425, 1, params));
}

static bool user_faults(void)
{
#ifdef SYS_userfaultfd
    return syscall(SYS_userfaultfd, 1 /* user mode only */) >= 0;
#else
    return false;
#endif
}

static bool bpf_map(void)
{
#ifdef SYS_bpf
    struct {
        uint32_t type, key, value, entries, rest[28];
    } attr = {.type = 2, .key = 4, .value = 4, .entries = 1};
    return syscall(SYS_bpf, 0, &attr, sizeof attr) >= 0;
#else
    return false;
#endif
}

static bool count_events(void)
{
#ifdef SYS_perf_event_open
    unsigned char attr[128] = {1, 0, 0, 0, 128};
    return reaches(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0UL));
#else
    return false;
#endif
}

static bool load_module(void)
{
    return reaches(syscall(SYS_init_module, "", 0UL, ""));
}

static bool load_kernel(void)
{
#ifdef SYS_kexec_load
    return reaches(syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0UL));
#else
    return false;
#endif
}

static bool swap(void)
{
    return reaches(syscall(SYS_swapon, "/doorward", 0));
}

static bool set_clock(void)
{
    struct timespec now; /* to what it is */
    return clock_gettime(CLOCK_REALTIME, &now) == 0 && clock_settime(CLOCK_REALTIME, &now) == 0;
}

static bool set_host_name(void)
{
    return sethostname("x", 1) == 0;
}

static bool read_kernel_log(void)
{
    char log[64];
    return syscall(SYS_syslog, 3, log, sizeof log) >= 0;
}

static bool account(void)
{
    return reaches(syscall(SYS_acct, "/doorward"));
}

static bool open_by_handle(void)
{
    struct {
        unsigned bytes;
        int type;
        unsigned char handle[128];
    } h = {.bytes = 8};
    return reaches(syscall(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY));
}

static bool watch_files(void)
{
    return syscall(SYS_fanotify_init, 0x200 /* by file handles */, 0) >= 0;
}

static bool ports_of_machine(void)
{
#ifdef SYS_iopl
    return syscall(SYS_iopl, 3) == 0;
#else
    return false;
#endif
}

static bool segments(void)
{
#ifdef SYS_modify_ldt
    char table[64];
    return syscall(SYS_modify_ldt, 0, table, sizeof table) >= 0;
#else
    return false;
#endif
}

static const struct attempt at[] = {{"become-root", become_root},
                                    {"change-groups", change_groups},
                                    {"take-capability", take_capability},
                                    {"keep-bounding-set", keep_bounding_set},
                                    {"gain-by-exec", gain_by_exec},
                                    {"make-user-namespace", user_namespace},
                                    {"make-mount-namespace", mount_in_namespace},
                                    {"make-network-namespace", network_namespace},
                                    {"clone-into-namespace", clone_namespace},
                                    {"clone3-into-namespace", clone3_namespace},
                                    {"enter-namespace-of-other", enter_namespace},
                                    {"mount", mount_tmpfs},
                                    {"unmount", unmount},
                                    {"clone-mounts", clone_mounts},
                                    {"change-root", new_root},
                                    {"make-key", make_key},
                                    {"use-keyring-of-user", read_session_of_user},
                                    {"io-uring", io_ring},
                                    {"userfaultfd", user_faults},
                                    {"bpf", bpf_map},
                                    {"perf-events", count_events},
                                    {"load-module", load_module},
                                    {"load-kernel", load_kernel},
                                    {"swap", swap},
                                    {"set-clock", set_clock},
                                    {"set-host-name", set_host_name},
                                    {"read-kernel-log", read_kernel_log},
                                    {"process-accounting", account},
                                    {"open-by-handle", open_by_handle},
                                    {"watch-all-files", watch_files},
                                    {"machine-ports", ports_of_machine},
                                    {"segments", segments}};
const struct attempts prober_kernel = {at, sizeof at / sizeof *at};
