/* os/priv_find.c -- user and group to ids, home, groups and their names, at load */
#include "config.h"

#include "base/text.h"
#include "base/value.h"
#include "os/priv.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the parts of a priv are before they are put into one allocation. */
struct parts {
    uid_t uid;
    gid_t gid;
    const char *user, *home, *shell, *group, *others;
    gid_t *groups;
    size_t ngroups;
};

const char *priv_fault_text(enum priv_fault fault)
{
    static const char *const texts[] = {
        [PRIV_FOUND] = "found",
        [PRIV_NO_USER] = "no such user",
        [PRIV_NO_GROUP] = "no such group",
        [PRIV_NEEDS_GROUP] = "a uid without a passwd entry needs a group",
        [PRIV_USER_FAILED] = "cannot look up the user",
        [PRIV_GROUP_FAILED] = "cannot look up the group",
        [PRIV_NO_MEMORY] = "out of memory",
    };

    return texts[fault];
}

/* A decimal id; the highest, -1, means "leave it" to the system and is none. */
static bool number(const char *word, uint64_t *id)
{
    return !value_number(word, 0, UINT32_MAX - 1, id);
}

/* What a look-up without a result comes to: it found nothing, or it failed. getpwnam(3) lists what
 * "nothing" may look like. */
static enum priv_fault fault_of(int error, enum priv_fault nothing, enum priv_fault failed)
{
    if (error == ENOMEM)
        return PRIV_NO_MEMORY;
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
        return nothing;
    return failed;
}

static enum priv_fault find_group(const char *word, gid_t *gid)
{
    const struct group *gr;
    uint64_t id;

    errno = 0;
    gr = getgrnam(word);
    if (!gr && (errno == ENOMEM || !number(word, &id)))
        return fault_of(errno, PRIV_NO_GROUP, PRIV_GROUP_FAILED);
    *gid = gr ? gr->gr_gid : (gid_t)id;
    return PRIV_FOUND;
}

/* The passwd entry of a uid. With NULL and PRIV_FOUND it has none. */
static const struct passwd *find_uid(uid_t uid, enum priv_fault *fault)
{
    errno = 0;
    const struct passwd *pw = getpwuid(uid);
    *fault = pw ? PRIV_FOUND : fault_of(errno, PRIV_FOUND, PRIV_USER_FAILED);
    return pw;
}

/* The passwd entry of a name or a uid. With NULL and PRIV_FOUND it is a uid without one. */
static const struct passwd *find_user(const char *word, uid_t *uid, enum priv_fault *fault)
{
    const struct passwd *pw;
    uint64_t id;

    *fault = PRIV_FOUND;
    errno = 0;
    pw = getpwnam(word);
    if (!pw && errno != ENOMEM && number(word, &id)) {
        *uid = (uid_t)id;
        pw = find_uid((uid_t)id, fault);
    } else if (!pw) {
        *fault = fault_of(errno, PRIV_NO_USER, PRIV_USER_FAILED);
    }
    if (pw)
        *uid = pw->pw_uid;
    return pw;
}

/* `name`, or the digits where there is none. */
static void set_name(struct priv_name *found, uint32_t id, const char *name)
{
    found->id = id;
    if (!name || !text_fits(found->name, sizeof found->name, "%s", name))
        (void)text_fits(found->name, sizeof found->name, "%lu", (unsigned long)id); /* it does */
}

/* Its name, without which it has its digits. False: out of memory. */
static bool name_group(gid_t gid, struct priv_name *found)
{
    const struct group *gr;

    errno = 0;
    gr = getgrgid(gid);
    set_name(found, gid, gr ? gr->gr_name : NULL);
    return gr || errno != ENOMEM;
}

enum priv_fault priv_find_group(const char *word, struct priv_name *found)
{
    gid_t gid = 0;
    enum priv_fault fault = find_group(word, &gid);

    if (fault == PRIV_FOUND && !name_group(gid, found))
        return PRIV_NO_MEMORY;
    return fault;
}

enum priv_fault priv_find_user(const char *word, struct priv_name *found)
{
    enum priv_fault fault;
    uid_t uid = 0;
    const struct passwd *pw;

    (void)find_user(word, &uid, &fault);
    if (fault != PRIV_FOUND)
        return fault;
    pw = find_uid(uid, &fault); /* two names may have one uid, which shows as the first */
    set_name(found, uid, pw ? pw->pw_name : NULL);
    return fault == PRIV_NO_MEMORY ? fault : PRIV_FOUND;
}

/* Put gid first: to some BSDs the first of setgroups(2) is the effective one. Needs room for one
 * more. */
static void gid_first(struct parts *d)
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
static bool own_groups(struct parts *d)
{
    int n = getgroups(0, NULL);

    if (n < 0)
        return false;
    d->groups = calloc((size_t)n + 1, sizeof *d->groups);
    if (!d->groups || (n = getgroups(n, d->groups)) < 0)
        return false;
    d->ngroups = (size_t)n;
    return true;
}

/* The groups that the databases give a user. */
static bool listed_groups(struct parts *d, const char *user)
{
    const int most = 1 << 20;
    int room = 64, n;
    gid_t *bigger;

    for (;;) {
        bigger = realloc(d->groups, ((size_t)room + 1) * sizeof *bigger);
        if (!bigger)
            return false;
        d->groups = bigger;
        n = room;
        errno = 0;
        if (getgrouplist(user, d->gid, d->groups, &n) >= 0)
            break;
        if (errno == ENOMEM)
            return false;
        /* Some systems say how many there are, some do not. */
        room = n > room ? n : room * 2;
        if (room > most)
            return false;
    }
    d->ngroups = (size_t)n;
    return errno != ENOMEM; /* glibc leaves out the groups that it had no memory for */
}

/* No more than setgroups(2) takes; initgroups(3) leaves the rest out as well. */
static void cut_groups(struct parts *d)
{
    long most = sysconf(_SC_NGROUPS_MAX);

    if (most > 0 && d->ngroups > (size_t)most)
        d->ngroups = (size_t)most;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static char *put(char **at, const char *text)
{
    size_t size = text_size(text);
    char *start = *at;

    if (!text)
        return NULL;
    memcpy(start, text, size);
    *at += size;
    return start;
}

static struct priv *finish(const struct parts *d)
{
    size_t groups = d->ngroups * sizeof *d->groups;
    size_t size = sizeof(struct priv) + groups + text_size(d->user) + text_size(d->home) +
                  text_size(d->shell) + text_size(d->group) + text_size(d->others);
    struct priv *p = calloc(1, size); /* goes to another process: no chance bytes */
    char *at;

    if (!p)
        return NULL;
    p->refs = 1;
    p->size = (uint32_t)size;
    p->uid = d->uid;
    p->gid = d->gid;
    p->ngroups = d->ngroups;
    if (groups > 0)
        memcpy(p->groups, d->groups, groups);
    at = (char *)(p->groups + d->ngroups);
    p->user = put(&at, d->user);
    p->home = put(&at, d->home);
    p->shell = put(&at, d->shell);
    p->group = put(&at, d->group);
    p->others = put(&at, d->others);
    return p;
}

static const char *word_or(const char *word, const char *otherwise)
{
    return word && *word ? word : otherwise;
}

/* The names of all groups but the first, a comma between. NULL: out of memory. */
static char *name_others(const struct parts *d)
{
    struct priv_name one;
    char *names = malloc(d->ngroups * sizeof one.name);
    struct text t;
    bool good = names;

    if (good)
        text_init(&t, names, d->ngroups * sizeof one.name);
    for (size_t i = 1; good && i < d->ngroups; i++) {
        good = name_group(d->groups[i], &one);
        text_add(&t, "%s%s", i > 1 ? "," : "", one.name);
    }
    if (good)
        return names;
    free(names);
    return NULL;
}

static bool same_groups(const struct parts *a, const struct parts *b)
{
    return a->ngroups == b->ngroups &&
           memcmp(a->groups, b->groups, a->ngroups * sizeof *a->groups) == 0;
}

static bool one_group(struct parts *d)
{
    d->groups = calloc(1, sizeof *d->groups); /* gid_first() puts it there */
    return d->groups;
}

/* Where the process has other groups than the databases give its user (`known`: to them), their
 * names. False: out of memory. */
static bool name_own_groups(struct parts *d, bool known, char **names)
{
    struct parts listed = {.gid = d->gid};
    bool good = known ? listed_groups(&listed, d->user) : one_group(&listed);

    *names = NULL;
    if (good) {
        gid_first(&listed);
        cut_groups(&listed);
        if (!same_groups(d, &listed))
            good = (*names = name_others(d));
    }
    free(listed.groups);
    d->others = *names;
    return good;
}

enum whose { OWN, LISTED, NO_GROUPS };

/* Groups into the parts, and all of it into one allocation. NULL: out of memory. */
static struct priv *make(struct parts *d, enum whose whose, bool known)
{
    struct priv *p = NULL;
    char *names = NULL;
    bool good;

    if (whose == OWN)
        good = own_groups(d);
    else if (whose == LISTED)
        good = listed_groups(d, d->user);
    else
        good = one_group(d);
    if (good) {
        gid_first(d);
        cut_groups(d);
        if (whose != OWN || name_own_groups(d, known, &names))
            p = finish(d);
    }
    free(names);
    free(d->groups);
    return p;
}

struct priv *priv_find(const char *user, const char *group, enum priv_fault *fault)
{
    bool self = !user || strcmp(user, "-") == 0;
    struct parts d = {.uid = getuid(), .gid = getgid()};
    const struct passwd *pw;
    struct priv_name name;
    struct priv *p = NULL;
    bool named = true;
    char digits[24];

    *fault = PRIV_FOUND;
    pw = self ? find_uid(d.uid, fault) : find_user(user, &d.uid, fault);
    if (self && *fault == PRIV_USER_FAILED)
        *fault = PRIV_FOUND; /* we are who we are, whatever we are called */
    if (*fault == PRIV_FOUND && !pw && !self && !group)
        *fault = PRIV_NEEDS_GROUP;
    if (*fault == PRIV_FOUND && group)
        *fault = find_group(group, &d.gid);
    else if (pw && !self)
        d.gid = pw->pw_gid;
    if (*fault != PRIV_FOUND)
        return NULL;
    (void)snprintf(digits, sizeof digits, "%lu", (unsigned long)d.uid); /* 64 bits fit */
    d.user = word_or(pw ? pw->pw_name : NULL, digits);
    d.home = word_or(pw ? pw->pw_dir : NULL, "/");
    d.shell = word_or(pw ? pw->pw_shell : NULL, "/bin/sh");
    if (!pw || pw->pw_gid != d.gid) {
        named = name_group(d.gid, &name);
        d.group = name.name;
    }
    if (named)
        p = make(&d, self ? OWN : pw ? LISTED : NO_GROUPS, pw);
    if (!p)
        *fault = PRIV_NO_MEMORY;
    return p;
}

struct priv *priv_with_groups(const struct priv *from, const gid_t *groups, size_t count,
                              const char *words)
{
    struct parts was = {.groups = (gid_t *)from->groups, .ngroups = from->ngroups};
    struct parts d = {from->uid,   from->gid,   from->user, from->home,
                      from->shell, from->group, words,      calloc(count + 1, sizeof(gid_t)),
                      count + 1};
    struct priv *p = NULL;

    if (d.groups) {
        d.groups[0] = from->gid;
        memcpy(d.groups + 1, groups, count * sizeof *groups);
        if (same_groups(&d, &was))
            d.others = from->others;
        p = finish(&d);
    }
    free(d.groups);
    return p;
}
