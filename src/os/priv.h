/* os/priv.h -- user and group to ids at load; limits and the drop, in the child */
#ifndef DOORWARD_OS_PRIV_H
#define DOORWARD_OS_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Whom a handler runs as, resolved once, and the words for it, so that whoever shows it asks
 * nobody. Shared: priv_ref and priv_unref count its users. */
struct priv {
    unsigned refs;
    uid_t uid;
    gid_t gid;
    uint32_t size;             /* of this allocation */
    char *user, *home, *shell; /* for the environment; point into this allocation, as the next */
    char *group;               /* the name of `gid`; NULL where it is the user's own */
    char *others; /* names of groups[1] and on, a comma between; NULL: as the databases have them */
    size_t ngroups;
    gid_t groups[]; /* supplementary groups, gid first among them */
};

/* Why nobody was found. */
enum priv_fault {
    PRIV_FOUND,
    PRIV_NO_USER,
    PRIV_NO_GROUP,
    PRIV_NEEDS_GROUP, /* a uid without a passwd entry */
    PRIV_USER_FAILED, /* it could not be looked up */
    PRIV_GROUP_FAILED,
    PRIV_NO_MEMORY
};
/* "no such user", ...; constant. */
const char *priv_fault_text(enum priv_fault fault);

/*
 * Resolve `user` (name or decimal uid; NULL or "-" is whoever runs doorward) and `group` (name or
 * gid; NULL is the user's own) with getpwnam(3), getgrnam(3) and getgrouplist(3). With a group
 * given, it replaces the primary one. Whoever runs doorward keeps the groups it has. A uid without
 * a passwd entry needs a group; its home is "/". May block for as long as a name service likes, and
 * loads whatever nsswitch.conf(5) names: not for the master. NULL: `*fault` says why. */
struct priv *priv_find(const char *user, const char *group, enum priv_fault *fault);

/* An id and its name (the digits where it has none, or a longer one). */
struct priv_name {
    uint32_t id;
    char name[256];
};
/* A user, or a group, of that name or number alone. Blocks like priv_find(). */
enum priv_fault priv_find_user(const char *word, struct priv_name *found);
enum priv_fault priv_find_group(const char *word, struct priv_name *found);

/* `from` with other supplementary groups: its gid and `count` more, whose names are `words`, a
 * comma between. NULL: out of memory. */
struct priv *priv_with_groups(const struct priv *from, const gid_t *groups, size_t count,
                              const char *words);

/* As `size` bytes without addresses, for another process; and back, with one user. NULL, with
 * errno: out of memory; or EINVAL: these bytes are none. */
void priv_pack(const struct priv *p, void *to);
struct priv *priv_unpack(const void *from, size_t size);

struct priv *priv_ref(struct priv *p);
void priv_unref(struct priv *p);
bool priv_equal(const struct priv *a, const struct priv *b);

/* Can this process run handlers as `p`? True for root, and for itself with a group that it has. */
bool priv_possible(const struct priv *p);

/*
 * In the child: groups, gid, uid in that order, each checked, then verified with get*id and by
 * trying to come back. Not for root: nothing to change, but the uid must be p's already and the gid
 * among the process's groups; the same goes for a root that may not change its groups (a user
 * namespace, a container without CAP_SETGID) and is p already. Who is not root then has no
 * capability (caps_start() must have been called). Async-signal-safe. NULL when it is
 * done, else the constant name of the call that failed, with errno. */
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
