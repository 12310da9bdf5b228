/* os/priv.c -- the drop of privileges, in the child; resource limits by name */
#include "config.h"

#include "os/priv.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "os/caps.h"

/* Where ids can be set and seen with the saved one; NetBSD's setuid(2) sets all three for root. */
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
#define HAS_SAVED_IDS 1
#else
#define HAS_SAVED_IDS 0
#endif

/*
 * Is `gid` one of this process's? The list is on the stack, for there is no allocation in the
 * child; who has more groups than fit needs `gid` to be the effective one. */
static bool own_gid(gid_t gid)
{
    gid_t groups[1024];
    int n;

    if (gid == getegid())
        return true;
    n = getgroups((int)(sizeof groups / sizeof *groups), groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

bool priv_possible(const struct priv *p)
{
    return geteuid() == 0 || (p->uid == geteuid() && own_gid(p->gid));
}

static const char *refuse(const char *call)
{
    errno = EPERM;
    return call;
}

/* Has the process the ids of `p`, real, effective and saved? NULL if so. */
static const char *verify(const struct priv *p)
{
#if HAS_SAVED_IDS
    uid_t uid[3];
    gid_t gid[3];

    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0)
        return "getresuid";
    if (getresgid(&gid[0], &gid[1], &gid[2]) != 0)
        return "getresgid";
    for (int i = 0; i < 3; i++)
        if (uid[i] != p->uid || gid[i] != p->gid)
            return refuse(uid[i] != p->uid ? "getresuid" : "getresgid");
#else
    if (getuid() != p->uid || geteuid() != p->uid)
        return refuse("getuid");
    if (getgid() != p->gid || getegid() != p->gid)
        return refuse("getgid");
#endif
    return NULL;
}

static int set_gid(gid_t gid)
{
#if HAS_SAVED_IDS
    return setresgid(gid, gid, gid);
#else
    return setgid(gid);
#endif
}

static int set_uid(uid_t uid)
{
#if HAS_SAVED_IDS
    return setresuid(uid, uid, uid);
#else
    return setuid(uid);
#endif
}

/* Can the process, no longer root, become root again, or of its group? NULL if not. */
static const char *try_back(const struct priv *p)
{
    if (setuid(0) == 0)
        return refuse("setuid(0)");
    if (p->gid != 0 && setgid(0) == 0)
        return refuse("setgid(0)");
    return NULL;
}

const char *priv_drop(const struct priv *p)
{
    const char *failed;
    uid_t me = geteuid();

    if (me != 0) {
        if (p->uid != me || p->uid != getuid())
            return refuse("setuid");
        return own_gid(p->gid) ? caps_drop() : refuse("setgid");
    }
    if (setgroups(p->ngroups, p->groups) != 0) {
        /* It may not change its groups. That is no harm only where nothing is to be dropped, and
         * no groups were asked for. */
        if (errno != EPERM || p->others || verify(p))
            return "setgroups";
        return NULL;
    }
    if (set_gid(p->gid) != 0)
        return "setgid";
    if (set_uid(p->uid) != 0)
        return "setuid";
    failed = p->uid != 0 ? caps_drop() : NULL;
    if (!failed)
        failed = verify(p);
    if (!failed && getgroups(0, NULL) != (int)p->ngroups)
        failed = refuse("getgroups");
    return failed || p->uid == 0 ? failed : try_back(p);
}

static const struct {
    const char *name;
    int which;
} rlimits[] = {
    {"core", RLIMIT_CORE},       {"cpu", RLIMIT_CPU},       {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},     {"nofile", RLIMIT_NOFILE}, {"stack", RLIMIT_STACK},
#ifdef RLIMIT_AS
    {"as", RLIMIT_AS},
#endif
#ifdef RLIMIT_MEMLOCK
    {"memlock", RLIMIT_MEMLOCK},
#endif
#ifdef RLIMIT_NPROC
    {"nproc", RLIMIT_NPROC},
#endif
#ifdef RLIMIT_RSS
    {"rss", RLIMIT_RSS},
#endif
};

int priv_rlimit_which(const char *name)
{
    for (size_t i = 0; i < sizeof rlimits / sizeof *rlimits; i++)
        if (strcmp(rlimits[i].name, name) == 0)
            return (int)rlimits[i].which;
    return -1;
}
