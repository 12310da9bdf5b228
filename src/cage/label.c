/* cage/label.c -- the label that SELinux or AppArmor gives a handler, and its personality */
#include "config.h"

#include "cage/label.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/personality.h>
#endif

/* The kernel's file for each; no library is needed. */
static const char selinux_file[] = "/proc/self/attr/exec";
static const char apparmor_file[] = "/proc/self/attr/apparmor/exec";

const char *label_selinux_missing(void)
{
    return access("/sys/fs/selinux/enforce", F_OK) < 0 ? "SELinux is not in force here" : NULL;
}

const char *label_apparmor_missing(void)
{
    return access(apparmor_file, F_OK) < 0 ? "AppArmor is not in force here" : NULL;
}

/* One write, as the kernel wants it. */
static bool tell(const char *file, const char *word, char *label)
{
    union {
        const char *text;
        char *base;
    } first = {word};
    const struct iovec parts[] = {{first.base, strlen(word)}, {label, strlen(label)}};
    size_t len = parts[0].iov_len + parts[1].iov_len;
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && writev(fd, parts, 2) == (ssize_t)len;
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* the kernel has it, or not */
    errno = error;
    return good;
}

const char *label_selinux(const struct cage *c)
{
    return tell(selinux_file, "", c->selinux_label) ? NULL : "selinux_label";
}

const char *label_apparmor(const struct cage *c)
{
    return tell(apparmor_file, "exec ", c->apparmor_profile) ? NULL : "apparmor_profile";
}

#ifdef __linux__

const char *label_personality_missing(void)
{
    return NULL;
}

const char *label_personality(const struct cage *c)
{
    static const unsigned long values[] = {
        [CAGE_NATIVE] = 0, [CAGE_LINUX32] = PER_LINUX32, [CAGE_FIXED] = ADDR_NO_RANDOMIZE};
    return personality(values[c->personality]) < 0 ? "personality" : NULL;
}

#else

const char *label_personality_missing(void)
{
    return "this system has none";
}

const char *label_personality(const struct cage *c)
{
    (void)c;
    errno = ENOSYS;
    return "personality";
}

#endif
