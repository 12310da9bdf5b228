/* os/caps.c -- Linux's capabilities: no handler has one that its user's shell would not */
#include "config.h"

#include "os/caps.h"

#include <stddef.h>

#if defined(__linux__) && HAVE_LINUX_CAPABILITY_H && HAVE_SYS_PRCTL_H

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool stay; /* they survive a change of user, or there is none */

/* By the kernel's own calls: libcap would be one more library in the master. */
static struct __user_cap_header_struct header(void)
{
    return (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
}

int caps_start(void)
{
    struct __user_cap_header_struct h = header();
    struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = {{0}};
#ifdef PR_CAP_AMBIENT
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) < 0 && errno != EINVAL)
        return -1; /* EINVAL: a kernel that has none, before 4.3 */
#endif
    if (syscall(SYS_capget, &h, set) < 0)
        return errno == ENOSYS ? 0 : -1;
    bool inheritable = false, any = false;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        inheritable |= set[i].inheritable != 0;
        any |= set[i].permitted != 0;
        set[i].inheritable = 0;
    }
    int bits = prctl(PR_GET_SECUREBITS);
    bool kept = bits > 0 && (bits & (SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS)) != 0;
    stay = any && (geteuid() != 0 || kept);
    h = header();
    return inheritable ? (int)syscall(SYS_capset, &h, set) : 0;
}

const char *caps_drop(void)
{
    struct __user_cap_header_struct h = header();
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return stay && syscall(SYS_capset, &h, none) < 0 ? "capset" : NULL;
}

#else

int caps_start(void)
{
    return 0;
}

const char *caps_drop(void)
{
    return NULL;
}

#endif
