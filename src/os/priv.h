/* os/priv.h -- user and group to ids at load; limits and the drop, in the child */
#ifndef DOORWARD_OS_PRIV_H
#define DOORWARD_OS_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Whom a handler runs as, resolved once. Shared: priv_ref and priv_unref count its users. */
struct priv {
    unsigned refs;
    uid_t uid;
    gid_t gid;
    char *user, *home, *shell; /* for the environment; point into this allocation */
    size_t ngroups;
    gid_t groups[]; /* supplementary groups, gid first among them */
};

/*
 * Resolve `user` (name or decimal uid; NULL or "-" is whoever runs doorward) and `group` (name or
 * gid; NULL is the user's own) with getpwnam(3), getgrnam(3) and getgrouplist(3). With a group
 * given, it replaces the primary one. Whoever runs doorward keeps the groups it has. A uid without
 * a passwd entry needs a group; its home is "/". NULL: `*why` is a constant text ("no such user",
 * "no such group", "out of memory", ...).
 */
struct priv *priv_find(const char *user, const char *group, const char **why);
struct priv *priv_ref(struct priv *p);
void priv_unref(struct priv *p);
bool priv_equal(const struct priv *a, const struct priv *b);
/* Forget what priv_find remembers between calls (it is quick for the same words in a row). */
void priv_forget(void);

/* Can this process run handlers as `p`? True for root, and for itself with a group that it has. */
bool priv_possible(const struct priv *p);

/*
 * In the child: groups, gid, uid in that order, each checked, then verified with get*id and by
 * trying to come back. Not for root: nothing to change, but the uid must be p's already and the gid
 * among the process's groups; the same goes for a root that may not change its groups (a user
 * namespace, a container without CAP_SETGID) and is p already. Who is not root then has no
 * capability (caps_start() must have been called). Async-signal-safe. NULL when it is
 * done, else the constant name of the call that failed, with errno.
 */
const char *priv_drop(const struct priv *p);

/* One resource limit to set in the child. */
struct priv_rlimit {
    int which; /* RLIMIT_* */
    struct rlimit value;
};
/* The RLIMIT_* of "nofile", "as", "core", "cpu", "data", "fsize", "memlock", "nproc", "rss",
 * "stack" (those the system has); -1 for another name. */
int priv_rlimit_which(const char *name);

#endif
