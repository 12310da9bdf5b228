/* os/priv_find.c -- user and group to ids, home and groups, at load */
#include "config.h"

#include "base/value.h"
#include "os/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
} memory[64];
static size_t memory_next;

/* A decimal id; the highest, -1, means "leave it" to the system and is none. */
static bool number(const char *word, uint64_t *id)
{
    return !value_number(word, 0, UINT32_MAX - 1, id);
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
    size_t texts = strlen(d->user) + strlen(d->home) + strlen(d->shell) + 3;
    struct priv *p =
        calloc(1, sizeof *p + groups + texts); /* goes through a pipe: no chance bytes */
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

/* What the child answers with, before the bytes of the priv. */
struct answer {
    const char *why;       /* a constant: at the same address in both processes */
    const struct priv *at; /* where the child had it */
    size_t size;
};

static size_t priv_size(const struct priv *p)
{
    return (size_t)(p->shell + strlen(p->shell) + 1 - (const char *)p);
}

/* A pipe takes this much without waiting for its reader only up to PIPE_BUF; the reader is there.
 */
static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t len)
{
    char *p = bytes;

    while (len > 0) {
        ssize_t n = read(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static _Noreturn void answer(int fd, const char *user, const char *group)
{
    struct answer a = {NULL, NULL, 0};
    const struct priv *p = resolve(user, group, &a.why);

    if (p != NULL) {
        a.at = p;
        a.size = priv_size(p);
    }
    if (write_all(fd, &a, sizeof a) && p != NULL)
        (void)write_all(fd, p, a.size); /* cut short, the reader sees it */
    _exit(0);
}

static struct priv *receive(int fd, const char **why)
{
    struct answer a;
    struct priv *p;
    char *base;

    *why = "cannot look up the user";
    if (!read_all(fd, &a, sizeof a))
        return NULL;
    *why = a.why;
    p = a.size > 0 ? malloc(a.size) : NULL;
    if (a.size > 0 && (p == NULL || !read_all(fd, p, a.size))) {
        *why = "out of memory";
        free(p);
        return NULL;
    }
    if (p == NULL)
        return NULL;
    base = (char *)p;
    p->user = base + (p->user - (const char *)a.at);
    p->home = base + (p->home - (const char *)a.at);
    p->shell = base + (p->shell - (const char *)a.at);
    return p;
}

/*
 * Look up in a child of our own: the modules of nsswitch.conf(5) (LDAP, systemd, ...) are never
 * loaded into the privileged master, which stays small and has nobody else's code in it.
 */
static struct priv *resolve_apart(const char *user, const char *group, const char **why)
{
    int ends[2];
    pid_t pid;
    struct priv *p;

    *why = "cannot look up the user";
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    pid = fork();
    if (pid == 0)
        answer(ends[1], user, group);
    (void)close(ends[1]); /* the child's */
    p = pid > 0 ? receive(ends[0], why) : NULL;
    (void)close(ends[0]); /* only read from */
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return p;
}

struct priv *priv_find(const char *user, const char *group, const char **why)
{
    struct priv *p;

    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
        const struct memory *m = &memory[i];
        if (m->p != NULL && same_word(m->user, user) && same_word(m->group, group))
            return priv_ref(m->p);
    }
    p = resolve_apart(user, group, why);
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
