/* check/priv.c -- users, groups, and the drop */
#include "config.h"

#include "os/priv.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/securebits.h>
#include <sys/prctl.h>
#endif

#define NOBODY  65534
#define SKIPPED 99

static struct priv *found(const char *user, const char *group)
{
    enum priv_fault fault = PRIV_FOUND;
    struct priv *p = priv_find(user, group, &fault);

    ck_assert_msg(p, "%s: %s", user ? user : "NULL", priv_fault_text(fault));
    return p;
}

static bool has_group(const struct priv *p, gid_t gid)
{
    for (size_t i = 0; i < p->ngroups; i++)
        if (p->groups[i] == gid)
            return true;
    return false;
}

/* Whom a child of root becomes: ids that need no passwd entry. */
static struct priv *stranger(void)
{
    return found("65534", "65533");
}

/* Run `job` in a child; its value, SKIPPED when this machine cannot show it. */
static int in_child(int (*job)(void))
{
    int status = -1;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(job());
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "status %#x", (unsigned)status);
    return WEXITSTATUS(status);
}

static int can_drop(void)
{
    gid_t gid = NOBODY - 1;

    return geteuid() == 0 && setgroups(1, &gid) == 0 && setgid(gid) == 0 && setuid(NOBODY) == 0;
}

START_TEST(self)
{
    struct priv *p = found(NULL, NULL), *q = found("-", NULL);
    const struct passwd *pw = getpwuid(getuid());
    gid_t groups[1024];
    int n = getgroups(1024, groups);

    ck_assert(p->uid == getuid() && p->gid == getgid());
    ck_assert_str_eq(p->home, pw ? pw->pw_dir : "/");
    ck_assert(p->groups[0] == p->gid);
    for (int i = 0; i < n; i++)
        ck_assert(has_group(p, groups[i]));
    ck_assert(priv_equal(p, q));
    ck_assert(priv_possible(p));
    priv_unref(p);
    priv_unref(q);
}
END_TEST

START_TEST(superuser)
{
    struct priv *byname = found("root", NULL), *byid = found("0", NULL), *with;

    ck_assert(byname->uid == 0 && byname->gid == 0 && has_group(byname, 0));
    ck_assert_str_eq(byname->user, "root");
    ck_assert_str_eq(byname->home, getpwnam("root")->pw_dir);
    ck_assert(priv_equal(byname, byid));
    with = found("root", "12345");
    ck_assert(with->gid == 12345 && with->groups[0] == 12345);
    ck_assert(!priv_equal(byname, with));
    ck_assert_int_eq(priv_possible(byname), geteuid() == 0);
    priv_unref(byname);
    priv_unref(byid);
    priv_unref(with);
}
END_TEST

/* Every membership that the group database lists is there, and no other. */
START_TEST(memberships)
{
    struct passwd *pw;
    struct group *gr;
    int seen = 0;

    setpwent();
    while (seen < 50 && (pw = getpwent())) {
        struct priv *p = found(pw->pw_name, NULL);
        bool same_name = strcmp(p->user, pw->pw_name) == 0;
        ck_assert(same_name && p->gid == pw->pw_gid && p->groups[0] == p->gid);
        size_t listed = 0;
        setgrent();
        while ((gr = getgrent()))
            for (char **m = gr->gr_mem; *m; m++)
                if (strcmp(*m, p->user) == 0) {
                    ck_assert(has_group(p, gr->gr_gid));
                    listed++;
                }
        endgrent();
        ck_assert_uint_le(p->ngroups, listed + 1);
        priv_unref(p);
        seen++;
    }
    endpwent();
    ck_assert_int_gt(seen, 0);
}
END_TEST

START_TEST(failures)
{
    static const struct {
        const char *user, *group, *why;
    } table[] = {
        {"no-such-user", NULL, "no such user"},
        {"", NULL, "no such user"},
        {"-1", NULL, "no such user"},
        {"0x0", NULL, "no such user"},
        {"4294967295", "0", "no such user"},
        {"4294967296", "0", "no such user"},
        {"3999999999", NULL, "a uid without a passwd entry needs a group"},
        {"root", "no-such-group", "no such group"},
        {"root", "4294967295", "no such group"},
        {"root", "", "no such group"},
        {"-", "no-such-group", "no such group"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enum priv_fault fault = PRIV_FOUND;
        ck_assert_msg(!priv_find(table[i].user, table[i].group, &fault), "case %zu", i);
        ck_assert_str_eq(priv_fault_text(fault), table[i].why);
    }
}
END_TEST

START_TEST(without_entry)
{
    struct priv *p = found("3999999999", "3999999998");

    ck_assert(p->uid == 3999999999 && p->gid == 3999999998);
    ck_assert(p->ngroups == 1 && p->groups[0] == p->gid);
    ck_assert_str_eq(p->user, "3999999999");
    ck_assert_str_eq(p->home, "/");
    priv_unref(p);
}
END_TEST

/* As it goes to another process. */
START_TEST(packed)
{
    static const struct {
        const char *user, *group;
    } asked[] = {{"root", NULL}, {NULL, NULL}, {"0", "12345"}, {"3999999999", "3999999998"}};

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct priv *p = found(asked[i].user, asked[i].group), *q;
        char *bytes = malloc(p->size);

        ck_assert_ptr_nonnull(bytes);
        priv_pack(p, bytes);
        q = priv_unpack(bytes, p->size);
        ck_assert_ptr_nonnull(q);
        ck_assert(priv_equal(p, q));
        ck_assert(!p->group == !q->group && !p->others == !q->others);
        if (p->group)
            ck_assert_str_eq(p->group, q->group);
        ck_assert_ptr_null(priv_unpack(bytes, p->size - 1));
        ck_assert_ptr_null(priv_unpack(bytes, sizeof *p));
        bytes[p->size - 1] = 'x';
        ck_assert_ptr_null(priv_unpack(bytes, p->size));
        free(bytes);
        ck_assert_ptr_eq(priv_ref(q), q);
        priv_unref(q);
        priv_unref(q);
        priv_unref(p);
    }
    priv_unref(NULL);
}
END_TEST

/* What is shown of it needs no look-up. */
START_TEST(words)
{
    struct priv *own = found("root", NULL), *other = found("root", "54321"), *with;
    const gid_t gids[] = {12345, 12346};
    struct priv_name name;

    ck_assert(!own->group && !own->others);
    ck_assert_str_eq(other->group, "54321");
    with = priv_with_groups(other, gids, 2, "one,two");
    ck_assert_str_eq(with->others, "one,two");
    ck_assert(with->ngroups == 3 && with->groups[0] == 54321 && with->groups[2] == 12346);
    ck_assert_str_eq(with->home, other->home);
    ck_assert_str_eq(with->group, "54321");
    priv_unref(with);
    with = priv_with_groups(own, own->groups + 1, own->ngroups - 1, "the same");
    ck_assert_ptr_null(with->others);
    ck_assert_int_eq(priv_find_user("0", &name), PRIV_FOUND);
    ck_assert_str_eq(name.name, "root");
    ck_assert_int_eq(priv_find_group("54321", &name), PRIV_FOUND);
    ck_assert(name.id == 54321 && strcmp(name.name, "54321") == 0);
    ck_assert_int_eq(priv_find_user("no-such-user", &name), PRIV_NO_USER);
    ck_assert_int_eq(priv_find_group("no-such-group", &name), PRIV_NO_GROUP);
    priv_unref(own);
    priv_unref(other);
    priv_unref(with);
}
END_TEST

static int drop_for_good(void)
{
    struct priv *p = stranger();
    gid_t groups[4];
    uid_t r, e, s;

    if (priv_drop(p))
        return 1;
    if (getresuid(&r, &e, &s) != 0 || r != NOBODY || e != NOBODY || s != NOBODY)
        return 2;
    if (getresgid(&r, &e, &s) != 0 || r != NOBODY - 1 || e != NOBODY - 1 || s != NOBODY - 1)
        return 3;
    if (getgroups(4, groups) != 1 || groups[0] != NOBODY - 1)
        return 4;
    if (setuid(0) == 0 || setgid(0) == 0 || setgroups(1, groups) == 0)
        return 5;
    return !priv_drop(p) && priv_possible(p) ? 0 : 6;
}

/* No longer root: oneself, and with a group of one's own, and nobody else. */
static int drop_as_user(void)
{
    struct priv *root = found("0", "0"), *own = found("65534", "65533"),
                *member = found("65534", "65532"), *alien = found("65534", "0");
    gid_t groups[] = {NOBODY - 1, NOBODY - 2};
    const char *failed;

    if (setgroups(2, groups) != 0 || setgid(NOBODY - 1) != 0 || setuid(NOBODY) != 0)
        return 1;
    errno = 0;
    failed = priv_drop(root);
    if (!failed || strcmp(failed, "setuid") != 0 || errno != EPERM || priv_possible(root))
        return 2;
    errno = 0;
    failed = priv_drop(alien);
    if (!failed || strcmp(failed, "setgid") != 0 || errno != EPERM || priv_possible(alien))
        return 3;
    if (priv_drop(own) || !priv_possible(own))
        return 4;
    return !priv_drop(member) && priv_possible(member) ? 0 : 5;
}

static int to_root(void)
{
    struct priv *p = found("0", "7");

    return !priv_drop(p) && getuid() == 0 && getegid() == 7 ? 0 : 1;
}

/* Where setuid(2) leaves the capabilities, the way back is open: refused. */
static int keeps_capabilities(void)
{
#ifdef __linux__
    const char *failed;

    if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0)
        return SKIPPED;
    failed = priv_drop(stranger());
    return failed && strcmp(failed, "setuid(0)") == 0 && errno == EPERM ? 0 : 1;
#else
    return SKIPPED;
#endif
}

START_TEST(drop_from_root)
{
    static int (*const jobs[])(void) = {drop_for_good, drop_as_user, to_root, keeps_capabilities};

    if (in_child(can_drop) == 0)
        return; /* an ordinary user, or a namespace with few ids */
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        int result = in_child(jobs[i]);
        ck_assert_msg(result == 0 || result == SKIPPED, "job %zu: %d", i, result);
    }
}
END_TEST

START_TEST(drop_to_self)
{
    struct priv *p = found(NULL, NULL), *other = found("3999999999", "3999999998");
    const char *failed = priv_drop(p);

    ck_assert_msg(!failed, "%s", failed);
    if (geteuid() != 0) {
        failed = priv_drop(other);
        ck_assert_str_eq(failed, "setuid");
        ck_assert_int_eq(errno, EPERM);
        ck_assert(!priv_possible(other));
    }
    priv_unref(p);
    priv_unref(other);
}
END_TEST

#ifdef __linux__
static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    return (fd < 0 || close(fd) == 0) && good;
}
#endif

/* A root that may not set groups: itself is fine, anybody else is not. */
static int drop_in_namespace(void)
{
#ifdef __linux__
    char uids[32], gids[32];
    const char *failed;

    (void)snprintf(uids, sizeof uids, "0 %lu 1", (unsigned long)geteuid());
    (void)snprintf(gids, sizeof gids, "0 %lu 1", (unsigned long)getegid());
    if (unshare(CLONE_NEWUSER) != 0 || !write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", uids) || !write_file("/proc/self/gid_map", gids))
        return SKIPPED;
    if (priv_drop(found("0", "0")))
        return 1;
    failed = priv_drop(stranger());
    if (!failed || strcmp(failed, "setgroups") != 0 || errno != EPERM)
        return 2;
    failed = priv_drop(found("0", "7"));
    if (!failed || strcmp(failed, "setgroups") != 0)
        return 3;
    /* Itself, but with groups that were asked for: not without them. */
    failed = priv_drop(priv_with_groups(found("0", "0"), (const gid_t[]){7}, 1, "seven"));
    return failed && strcmp(failed, "setgroups") == 0 ? 0 : 4;
#else
    return SKIPPED;
#endif
}

START_TEST(namespace_root)
{
    int result = in_child(drop_in_namespace);

    ck_assert_msg(result == 0 || result == SKIPPED, "%d", result);
}
END_TEST

START_TEST(rlimits)
{
    static const struct {
        const char *name;
        int which;
    } limits[] = {
        {"nofile", RLIMIT_NOFILE},   {"as", RLIMIT_AS},       {"core", RLIMIT_CORE},
        {"cpu", RLIMIT_CPU},         {"data", RLIMIT_DATA},   {"fsize", RLIMIT_FSIZE},
        {"stack", RLIMIT_STACK},
#ifdef __linux__
        {"memlock", RLIMIT_MEMLOCK}, {"nproc", RLIMIT_NPROC}, {"rss", RLIMIT_RSS},
#endif
    };

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        ck_assert_int_eq(priv_rlimit_which(limits[i].name), limits[i].which);
    ck_assert_int_eq(priv_rlimit_which("NOFILE"), -1);
    ck_assert_int_eq(priv_rlimit_which(""), -1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("priv");
    TCase *t = tcase_create("priv");

    tcase_add_test(t, self);
    tcase_add_test(t, superuser);
    tcase_add_test(t, memberships);
    tcase_add_test(t, failures);
    tcase_add_test(t, without_entry);
    tcase_add_test(t, packed);
    tcase_add_test(t, words);
    tcase_add_test(t, drop_from_root);
    tcase_add_test(t, drop_to_self);
    tcase_add_test(t, namespace_root);
    tcase_add_test(t, rlimits);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
