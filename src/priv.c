/* priv.c -- user and group to ids at load; limits and the drop, in the child */
#include "config.h"

#include "priv.h"
#include "value.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where ids can be set and seen with the saved one; NetBSD's setuid(2) sets all three for root. */
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
#define HAS_SAVED_IDS 1
#else
#define HAS_SAVED_IDS 0
#endif

/* What the parts of a priv are before they are put into one allocation. */
struct draft {
    uid_t uid;
    gid_t gid;
    const char *user, *home, *shell;
    gid_t *groups;
    size_t ngroups;
};

/* The last answers: thousands of entries name the same few users. */
static struct memory {
    char *user, *group; /* as asked, NULL included */
    struct priv *p;     /* NULL: unused */
} memory[8];
static size_t memory_next;

/* A decimal id; the highest, -1, means "leave it" to the system and is none. */
static bool number(const char *word, uint64_t *id)
{
    return value_number(word, 0, UINT32_MAX - 1, id) == NULL;
}

/* Did a look-up fail, as against finding nothing? getpwnam(3) lists what "nothing" may look like.
 */
static bool lookup_failed(int error)
{
    return error != 0 && error != ENOENT && error != ESRCH && error != EBADF && error != EPERM;
}

static const char *find_group(const char *word, gid_t *gid)
{
    const struct group *gr;
    uint64_t id;

    errno = 0;
    gr = getgrnam(word);
    if (gr != NULL)
        *gid = gr->gr_gid;
    else if (number(word, &id))
        *gid = (gid_t)id;
    else
        return lookup_failed(errno) ? "cannot look up the group" : "no such group";
    return NULL;
}

/* The passwd entry of a name or a uid. With NULL and no `*why` it is a uid without one. */
static const struct passwd *find_user(const char *word, uid_t *uid, const char **why)
{
    const struct passwd *pw;
    uint64_t id;

    *why = NULL;
    errno = 0;
    pw = getpwnam(word);
    if (pw == NULL && number(word, &id)) {
        *uid = (uid_t)id;
        errno = 0;
        pw = getpwuid((uid_t)id);
        if (pw == NULL && lookup_failed(errno))
            *why = "cannot look up the user";
    } else if (pw == NULL) {
        *why = lookup_failed(errno) ? "cannot look up the user" : "no such user";
    }
    if (pw != NULL)
        *uid = pw->pw_uid;
    return pw;
}

/* Put gid first: to some BSDs the first of setgroups(2) is the effective one. Needs room for one
 * more. */
static void gid_first(struct draft *d)
{
    size_t i = 0;

    while (i < d->ngroups && d->groups[i] != d->gid)
        i++;
    if (i == d->ngroups)
        d->ngroups++;
    memmove(d->groups + 1, d->groups, i * sizeof *d->groups);
    d->groups[0] = d->gid;
}

/* The groups of this process. */
static bool own_groups(struct draft *d)
{
    int n = getgroups(0, NULL);

    if (n < 0)
        return false;
    d->groups = calloc((size_t)n + 1, sizeof *d->groups);
    if (d->groups == NULL || (n = getgroups(n, d->groups)) < 0)
        return false;
    d->ngroups = (size_t)n;
    return true;
}

/* The groups that the databases give a user. */
static bool listed_groups(struct draft *d, const char *user)
{
    const int most = 1 << 20;
    int room = 64, n;
    gid_t *bigger;

    for (;;) {
        bigger = realloc(d->groups, ((size_t)room + 1) * sizeof *bigger);
        if (bigger == NULL)
            return false;
        d->groups = bigger;
        n = room;
        if (getgrouplist(user, d->gid, d->groups, &n) >= 0)
            break;
        /* Some systems say how many there are, some do not. */
        room = n > room ? n : room * 2;
        if (room > most)
            return false;
    }
    d->ngroups = (size_t)n;
    return true;
}

/* No more than setgroups(2) takes; initgroups(3) leaves the rest out as well. */
static void cut_groups(struct draft *d)
{
    long most = sysconf(_SC_NGROUPS_MAX);

    if (most > 0 && d->ngroups > (size_t)most)
        d->ngroups = (size_t)most;
}

static char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *start = memcpy(*at, text, size);

    *at += size;
    return start;
}

static struct priv *finish(const struct draft *d)
{
    size_t groups = d->ngroups * sizeof *d->groups;
    struct priv *p =
        malloc(sizeof *p + groups + strlen(d->user) + strlen(d->home) + strlen(d->shell) + 3);
    char *at;

    if (p == NULL)
        return NULL;
    p->refs = 1;
    p->uid = d->uid;
    p->gid = d->gid;
    p->ngroups = d->ngroups;
    if (groups > 0)
        memcpy(p->groups, d->groups, groups);
    at = (char *)(p->groups + d->ngroups);
    p->user = put(&at, d->user);
    p->home = put(&at, d->home);
    p->shell = put(&at, d->shell);
    return p;
}

static const char *word_or(const char *word, const char *otherwise)
{
    return word != NULL && *word != '\0' ? word : otherwise;
}

/* Groups into the draft, and all of it into one allocation. NULL: out of memory. */
static struct priv *make(struct draft *d, bool self, bool listed)
{
    struct priv *p = NULL;
    bool good;

    if (self)
        good = own_groups(d);
    else if (listed)
        good = listed_groups(d, d->user);
    else
        good = (d->groups = calloc(1, sizeof *d->groups)) != NULL;
    if (good) {
        gid_first(d);
        cut_groups(d);
        p = finish(d);
    }
    free(d->groups);
    return p;
}

static struct priv *resolve(const char *user, const char *group, const char **why)
{
    bool self = user == NULL || strcmp(user, "-") == 0;
    struct draft d = {.uid = getuid(), .gid = getgid()};
    const struct passwd *pw;
    struct priv *p;
    char digits[24];

    *why = NULL;
    pw = self ? getpwuid(d.uid) : find_user(user, &d.uid, why);
    if (*why == NULL && pw == NULL && !self && group == NULL)
        *why = "a uid without a passwd entry needs a group";
    if (*why == NULL && group != NULL)
        *why = find_group(group, &d.gid);
    else if (pw != NULL && !self)
        d.gid = pw->pw_gid;
    if (*why != NULL)
        return NULL;
    (void)snprintf(digits, sizeof digits, "%lu", (unsigned long)d.uid); /* 64 bits fit */
    d.user = word_or(pw != NULL ? pw->pw_name : NULL, digits);
    d.home = word_or(pw != NULL ? pw->pw_dir : NULL, "/");
    d.shell = word_or(pw != NULL ? pw->pw_shell : NULL, "/bin/sh");
    p = make(&d, self, pw != NULL);
    if (p == NULL)
        *why = "out of memory";
    return p;
}

static bool same_word(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void forget(struct memory *m)
{
    free(m->user);
    free(m->group);
    priv_unref(m->p);
    *m = (struct memory){NULL, NULL, NULL};
}

/* Without memory for it an answer is just not remembered. */
static void remember(const char *user, const char *group, struct priv *p)
{
    struct memory *m = &memory[memory_next];

    memory_next = (memory_next + 1) % (sizeof memory / sizeof *memory);
    forget(m);
    m->user = user != NULL ? strdup(user) : NULL;
    m->group = group != NULL ? strdup(group) : NULL;
    m->p = priv_ref(p);
    if ((user != NULL && m->user == NULL) || (group != NULL && m->group == NULL))
        forget(m);
}

struct priv *priv_find(const char *user, const char *group, const char **why)
{
    struct priv *p;

    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
        const struct memory *m = &memory[i];
        if (m->p != NULL && same_word(m->user, user) && same_word(m->group, group))
            return priv_ref(m->p);
    }
    p = resolve(user, group, why);
    if (p != NULL)
        remember(user, group, p);
    return p;
}

void priv_forget(void)
{
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        forget(&memory[i]);
}

struct priv *priv_ref(struct priv *p)
{
    p->refs++;
    return p;
}

void priv_unref(struct priv *p)
{
    if (p != NULL && --p->refs == 0)
        free(p);
}

bool priv_equal(const struct priv *a, const struct priv *b)
{
    if (a == b)
        return true;
    return a->uid == b->uid && a->gid == b->gid && a->ngroups == b->ngroups &&
           memcmp(a->groups, b->groups, a->ngroups * sizeof *a->groups) == 0 &&
           strcmp(a->user, b->user) == 0 && strcmp(a->home, b->home) == 0 &&
           strcmp(a->shell, b->shell) == 0;
}

/*
 * Is `gid` one of this process's? The list is on the stack, for there is no allocation in the
 * child; who has more groups than fit needs `gid` to be the effective one.
 */
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
    if (uid[2] != p->uid)
        return refuse("getresuid");
    if (gid[2] != p->gid)
        return refuse("getresgid");
#endif
    if (getuid() != p->uid || geteuid() != p->uid)
        return refuse("getuid");
    if (getgid() != p->gid || getegid() != p->gid)
        return refuse("getgid");
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

/* Can the process, no longer root, become again what it was? NULL if not. */
static const char *try_back(gid_t old)
{
    if (setuid(0) == 0 || seteuid(0) == 0)
        return refuse("setuid(0)");
    if (old != getgid() && (setgid(old) == 0 || setegid(old) == 0))
        return refuse("setgid(0)");
    return NULL;
}

const char *priv_drop(const struct priv *p)
{
    gid_t old = getegid();
    const char *failed;

    if (geteuid() != 0) {
        if (p->uid != geteuid() || p->uid != getuid())
            return refuse("setuid");
        return own_gid(p->gid) ? NULL : refuse("setgid");
    }
    if (setgroups(p->ngroups, p->groups) != 0) {
        /* It may not change its groups. That is no harm only where nothing is to be dropped. */
        if (errno != EPERM || verify(p) != NULL)
            return "setgroups";
        return NULL;
    }
    if (set_gid(p->gid) != 0)
        return "setgid";
    if (set_uid(p->uid) != 0)
        return "setuid";
    failed = verify(p);
    if (failed == NULL && getgroups(0, NULL) != (int)p->ngroups)
        failed = refuse("getgroups");
    return failed != NULL || p->uid == 0 ? failed : try_back(old);
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

const char *priv_rlimit_name(int which)
{
    for (size_t i = 0; i < sizeof rlimits / sizeof *rlimits; i++)
        if ((int)rlimits[i].which == which)
            return rlimits[i].name;
    return NULL;
}
