/* check/sd.c -- sd_notify and inherited sockets, with real ones */
#include "config.h"

#include "os/sd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void set(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* A datagram socket at `name`, '@' for an abstract one. */
static int manager(const char *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    size_t len = strlen(name);

    ck_assert_int_ge(fd, 0);
    ck_assert_uint_lt(len, sizeof un.sun_path);
    memcpy(un.sun_path, name, len);
    if (*name == '@')
        un.sun_path[0] = '\0';
    len += offsetof(struct sockaddr_un, sun_path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, (socklen_t)len), 0);
    return fd;
}

static struct loop *loop;

/* What came, "" for nothing: a unix datagram is there once sendto(2) is back. */
static const char *received(int fd)
{
    static char got[4096];
    ssize_t n = recv(fd, got, sizeof got - 1, 0);

    got[n > 0 ? n : 0] = '\0';
    return got;
}

static void check_notify(const char *name)
{
    int fd = manager(name);

    set("NOTIFY_SOCKET", name);
    sd_start();
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    sd_notify("READY=1\nSTATUS=%d services", 7);
    ck_assert_str_eq(received(fd), "READY=1\nSTATUS=7 services");
    ck_assert_str_eq(received(fd), "");
    errno = 77;
    for (int i = 0; i < 5000; i++) /* a full queue does not block */
        sd_notify("WATCHDOG=1");
    ck_assert_str_eq(received(fd), "WATCHDOG=1");
    (void)close(fd);
    sd_notify("STOPPING=1"); /* nor does a dead manager matter */
    ck_assert_int_eq(errno, 77);
}

static void stop_loop(struct timer *t)
{
    (void)t;
    loop_stop(loop);
}

static void run_for(uint64_t ns)
{
    struct timer end = {.fire = stop_loop};
    ck_assert_int_eq(loop_timer(loop, &end, loop_now() + ns), 0);
    ck_assert_int_eq(loop_run(loop), 0);
}

/* What the manager waits for arrives although its queue is full at first, and nobody waits. */
START_TEST(tell_arrives)
{
    const char *name = "@doorward-check-tell";
    int fd = manager(name);

    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
    set("NOTIFY_SOCKET", name);
    sd_start();
    for (int i = 0; i < 5000; i++)
        sd_notify("FILLER=1");
    errno = 77;
    sd_tell(loop, SD_RELOADING, "RELOADING=%d", 1);
    sd_tell(loop, SD_READY, "READY=1"); /* of a reload that is overtaken by the next */
    sd_tell(loop, SD_RELOADING, "RELOADING=%d", 2);
    sd_tell(loop, SD_READY, "READY=2");
    ck_assert_int_eq(errno, 77);
    run_for(100 * NS_PER_MS);
    while (strcmp(received(fd), "FILLER=1") == 0)
        ;
    run_for(2 * NS_PER_S);
    ck_assert_str_eq(received(fd), "RELOADING=2");
    ck_assert_str_eq(received(fd), "READY=2");
    ck_assert_str_eq(received(fd), "");
    sd_tell(loop, SD_READY, "READY=3");
    ck_assert_str_eq(received(fd), "READY=3"); /* at once, where there is room */
    loop_free(loop);
    (void)close(fd);
}
END_TEST

START_TEST(notify_path)
{
    char folder[] = "/tmp/check_sd.XXXXXX", path[64];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/notify", folder);
    check_notify(path);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(notify_abstract)
{
#ifdef __linux__
    char name[64];

    (void)snprintf(name, sizeof name, "@check_sd.%ld", (long)getpid());
    check_notify(name);
#endif
}
END_TEST

START_TEST(notify_nobody)
{
    char too_long[300] = "/";
    const char *const names[] = {NULL, "", "/", "@", "relative", "vsock:2:1234", too_long};

    memset(too_long + 1, 'x', sizeof too_long - 2);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        set("NOTIFY_SOCKET", names[i]);
        sd_start();
        errno = 77;
        sd_notify("READY=1");
        ck_assert_int_eq(errno, 77);
        ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    }
}
END_TEST

START_TEST(watchdog)
{
    char self[32];
    static const struct {
        const char *usec, *pid; /* "=": this process */
        uint64_t ns;
    } table[] = {
        {NULL, NULL, 0},
        {"3000000", NULL, 1500000000},
        {"3000000", "=", 1500000000},
        {"3000000", "1", 0},
        {"0", "=", 0},
        {"-1", "=", 0},
        {"3s", "=", 0},
        {"99999999999999999999", "=", 0},
    };

    (void)snprintf(self, sizeof self, "%ld", (long)getpid());
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *pid = table[i].pid;
        set("WATCHDOG_USEC", table[i].usec);
        set("WATCHDOG_PID", pid && *pid == '=' ? self : pid);
        sd_start();
        ck_assert_uint_eq(sd_watchdog_ns(), table[i].ns);
        ck_assert(!getenv("WATCHDOG_USEC") && !getenv("WATCHDOG_PID"));
    }
}
END_TEST

/* What a case of inherited sockets expects; the descriptors from 3 to 5 are open, 6 is not. */
struct inherited {
    const char *pid, *fds, *names; /* "=": this process */
    size_t count;
    const char *want[3];
};

/* In a child of its own, for the test library uses these descriptors. 0 when all is right. */
static int inherit(const struct inherited *c)
{
    char self[32];

    (void)snprintf(self, sizeof self, "%ld", (long)getpid());
    for (int fd = 3; fd < 6; fd++) {
        int new = socket(AF_UNIX, SOCK_STREAM, 0);
        if (new < 0 || (new != fd && (dup2(new, fd) != fd || (new > 5 && close(new) != 0))) ||
            fcntl(fd, F_SETFD, 0) != 0)
            return 1;
    }
    (void)close(6);
    set("LISTEN_PID", c->pid && *c->pid == '=' ? self : c->pid);
    set("LISTEN_FDS", c->fds);
    set("LISTEN_FDNAMES", c->names);
    sd_start();
    if (getenv("LISTEN_PID") || getenv("LISTEN_FDS") || getenv("LISTEN_FDNAMES"))
        return 2;
    if (sd_sockets() != c->count)
        return 3;
    for (size_t i = 0; i < 3; i++) {
        if (sd_socket_fd(i) != 3 + (int)i)
            return 4;
        if (i < c->count && strcmp(sd_socket_name(i), c->want[i]) != 0)
            return 5;
        if ((fcntl(sd_socket_fd(i), F_GETFD) & FD_CLOEXEC) != (i < c->count ? FD_CLOEXEC : 0))
            return 6;
    }
    return strcmp(sd_socket_name(1000), "") == 0 ? 0 : 7;
}

START_TEST(sockets)
{
    static const struct inherited table[] = {
        {NULL, NULL, NULL, 0, {NULL}},
        {"=", "2", NULL, 2, {"", ""}},
        {"=", "3", "web:ssh:", 3, {"web", "ssh", ""}},
        {"=", "3", ":b", 3, {"", "b", ""}},
        {"=", "1", "a:b:c:d", 1, {"a"}},
        {"=", "2147483644", "a", 3, {"a", "", ""}},
        {"1", "2", "a:b", 0, {NULL}},
        {NULL, "2", "a:b", 0, {NULL}},
        {"=", "-1", NULL, 0, {NULL}},
        {"=", "2x", NULL, 0, {NULL}},
        {"=", "99999999999", NULL, 0, {NULL}},
        {"=", "2147483647", NULL, 0, {NULL}}, /* past the last descriptor */
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int status = -1;
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0)
            _exit(inherit(&table[i]));
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(status == 0, "case %zu: status %#x", i, (unsigned)status);
    }
}
END_TEST

START_TEST(journal)
{
    struct stat st;
    char stream[64];

    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    set("JOURNAL_STREAM", NULL);
    ck_assert(!sd_stderr_is_journal());
    (void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
                   (unsigned long long)st.st_ino);
    set("JOURNAL_STREAM", stream);
    ck_assert(sd_stderr_is_journal());
    (void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
                   (unsigned long long)st.st_ino + 1);
    set("JOURNAL_STREAM", stream);
    ck_assert(!sd_stderr_is_journal());
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sd");
    TCase *t = tcase_create("sd");

    tcase_set_timeout(t, 60); /* tell_arrives waits 2 s by design */
    tcase_add_test(t, notify_path);
    tcase_add_test(t, notify_abstract);
    tcase_add_test(t, notify_nobody);
    tcase_add_test(t, tell_arrives);
    tcase_add_test(t, watchdog);
    tcase_add_test(t, sockets);
    tcase_add_test(t, journal);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
