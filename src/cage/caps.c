/* cage/caps.c -- capabilities by name, and a handler that has these and no other */
#include "config.h"

#include "cage/caps.h"

#include <errno.h>
#include <strings.h>
#include <unistd.h>

/* By number: capability(7)'s are the kernel's for ever. */
static const char *const names[] = {"chown",
                                    "dac_override",
                                    "dac_read_search",
                                    "fowner",
                                    "fsetid",
                                    "kill",
                                    "setgid",
                                    "setuid",
                                    "setpcap",
                                    "linux_immutable",
                                    "net_bind_service",
                                    "net_broadcast",
                                    "net_admin",
                                    "net_raw",
                                    "ipc_lock",
                                    "ipc_owner",
                                    "sys_module",
                                    "sys_rawio",
                                    "sys_chroot",
                                    "sys_ptrace",
                                    "sys_pacct",
                                    "sys_admin",
                                    "sys_boot",
                                    "sys_nice",
                                    "sys_resource",
                                    "sys_time",
                                    "sys_tty_config",
                                    "mknod",
                                    "lease",
                                    "audit_write",
                                    "audit_control",
                                    "setfcap",
                                    "mac_override",
                                    "mac_admin",
                                    "syslog",
                                    "wake_alarm",
                                    "block_suspend",
                                    "audit_read",
                                    "perfmon",
                                    "bpf",
                                    "checkpoint_restore"};
enum { NAMES = sizeof names / sizeof *names };

int cage_cap_number(const char *name)
{
    if (strncasecmp(name, "cap_", 4) == 0)
        name += 4;
    for (int i = 0; i < NAMES; i++)
        if (strcasecmp(name, names[i]) == 0)
            return i;
    return -1;
}

const char *cage_cap_name(unsigned number)
{
    return number < NAMES ? names[number] : NULL;
}

#if defined(__linux__) && HAVE_LINUX_CAPABILITY_H && HAVE_SYS_PRCTL_H

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT       47
#define PR_CAP_AMBIENT_RAISE 2
#endif

const char *cage_caps_missing(void)
{
    return prctl(PR_CAPBSET_READ, 0UL, 0UL, 0UL, 0UL) < 0 ? "this kernel has none" : NULL;
}

static bool has(const struct cage *c, unsigned cap)
{
    return (c->caps >> cap & 1) != 0;
}

const char *cage_caps_bound(const struct cage *c)
{
    for (unsigned cap = 0; cap < 64; cap++) {
        if (has(c, cap) || prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0UL, 0UL, 0UL) == 0)
            continue;
        if (errno == EINVAL)
            break; /* behind the last one */
        if (errno == EPERM && c->no_new_privs)
            break;
        return "PR_CAPBSET_DROP";
    }
    return c->caps != 0 && prctl(PR_SET_KEEPCAPS, 1UL, 0UL, 0UL, 0UL) < 0 ? "PR_SET_KEEPCAPS"
                                                                          : NULL;
}

const char *cage_caps_set(const struct cage *c)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3];
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        uint32_t half = (uint32_t)(c->caps >> 32 * i);
        set[i] = (struct __user_cap_data_struct){half, half, half};
    }
    if (syscall(SYS_capset, &h, set) < 0)
        return "capset";
    for (unsigned cap = 0; cap < NAMES; cap++)
        if (has(c, cap) &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)cap, 0UL, 0UL) < 0)
            return "PR_CAP_AMBIENT";
    return NULL;
}

#else

const char *cage_caps_missing(void)
{
    return "this system has none";
}

const char *cage_caps_bound(const struct cage *c)
{
    (void)c;
    errno = ENOSYS;
    return "PR_CAPBSET_DROP";
}

const char *cage_caps_set(const struct cage *c)
{
    (void)c;
    errno = ENOSYS;
    return "capset";
}

#endif
