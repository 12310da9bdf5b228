/* check/fdset.c -- the set of watched descriptors, with either way to wait */
#include "config.h"

#include "os/fdset.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined USE_EPOLL && USE_EPOLL
#include <sys/epoll.h>
#endif

static const struct timespec now = {0, 0};
static sigset_t none;

/* A pipe whose read end is at `at` or above. */
static void make_pipe(int at, int fds[2])
{
    ck_assert_int_eq(pipe(fds), 0);
    if (at > 0) {
        int high = fcntl(fds[0], F_DUPFD_CLOEXEC, at);
        ck_assert_int_ge(high, at);
        close(fds[0]);
        fds[0] = high;
    }
}

static void feed(const int fds[2])
{
    ck_assert_int_eq((int)write(fds[1], "x", 1), 1);
}

static bool no_epoll;

#if defined USE_EPOLL && USE_EPOLL
/* In libc's place: a kernel without epoll. */
int epoll_create1(int flags)
{
    if (!no_epoll)
        return (int)syscall(SYS_epoll_create1, flags);
    errno = ENOSYS;
    return -1;
}
#endif

static void setup(void)
{
    sigemptyset(&none);
}

static void setup_old(void)
{
    setup();
    no_epoll = true;
}

START_TEST(kind_is_named)
{
    ck_assert(strcmp(fdset_kind, "epoll") == 0 || strcmp(fdset_kind, "select") == 0);
#if defined FDSET_SELECT || !defined USE_EPOLL
    ck_assert_str_eq(fdset_kind, "select");
#else
    ck_assert_str_eq(fdset_kind, "epoll");
#endif
}
END_TEST

START_TEST(empty_set_times_out)
{
    struct fdset *s = fdset_new();
    const struct timespec soon = {0, 1000000};
    void *ready[4];
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 0);
    ck_assert_int_eq(fdset_wait(s, &soon, &none, ready, 4), 0);
    fdset_free(s);
    fdset_free(NULL);
}
END_TEST

START_TEST(readable_one_is_told_until_it_is_read)
{
    struct fdset *s = fdset_new();
    int a[2], b[2];
    void *ready[4];
    make_pipe(0, a);
    make_pipe(0, b);
    ck_assert_int_eq(fdset_add(s, a[0], a), 0);
    ck_assert_int_eq(fdset_add(s, b[0], b), 0);
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 0);
    feed(b);
    for (int i = 0; i < 3; i++) {
        ready[0] = NULL;
        ck_assert_int_eq(fdset_wait(s, NULL, &none, ready, 4), 1);
        ck_assert_ptr_eq(ready[0], b);
    }
    char c;
    ck_assert_int_eq((int)read(b[0], &c, 1), 1);
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 0);
    fdset_free(s);
}
END_TEST

START_TEST(end_of_file_is_readable)
{
    struct fdset *s = fdset_new();
    int a[2];
    void *ready[4];
    make_pipe(0, a);
    ck_assert_int_eq(fdset_add(s, a[0], a), 0);
    close(a[1]);
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 1);
    fdset_free(s);
}
END_TEST

START_TEST(removed_one_is_silent)
{
    struct fdset *s = fdset_new();
    int a[2];
    void *ready[4];
    make_pipe(0, a);
    feed(a);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(fdset_add(s, a[0], a), 0);
        ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 1);
        fdset_remove(s, a[0]);
        ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 0);
    }
    fdset_free(s);
}
END_TEST

START_TEST(bad_descriptor_is_refused)
{
    struct fdset *s = fdset_new();
    int a[2];
    void *ready[4];
    make_pipe(0, a);
    close(a[0]);
    errno = 0;
    ck_assert_int_eq(fdset_add(s, a[0], a), -1);
    ck_assert_int_eq(errno, EBADF);
    ck_assert_int_eq(fdset_add(s, -1, a), -1);
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 4), 0);
    fdset_free(s);
}
END_TEST

/* However few are taken at a time, each of those that stay readable gets its turn. */
START_TEST(everybody_gets_a_turn)
{
    enum { PIPES = 150, MAX = 7 };
    static int p[PIPES][2];
    int seen[PIPES] = {0};
    struct fdset *s = fdset_new();
    for (int i = 0; i < PIPES; i++) {
        make_pipe(0, p[i]);
        ck_assert_int_eq(fdset_add(s, p[i][0], &seen[i]), 0);
        feed(p[i]);
    }
    for (int round = 0; round < 3 * (PIPES + MAX - 1) / MAX; round++) {
        void *ready[MAX];
        ck_assert_int_eq(fdset_wait(s, NULL, &none, ready, MAX), MAX);
        for (int i = 0; i < MAX; i++)
            ++*(int *)ready[i];
    }
    for (int i = 0; i < PIPES; i++)
        ck_assert_msg(seen[i] >= 2 && seen[i] <= 4, "pipe %d came %d times", i, seen[i]);
    fdset_free(s);
}
END_TEST

/* FD_SETSIZE is 1024; the set must not care. */
START_TEST(high_descriptors_work)
{
    static const int at[] = {1023, 1024, 1087, 1088, 2047, 2048, 3000};
    enum { N = sizeof at / sizeof *at };
    struct rlimit lim;
    int p[N][2];
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
    if (lim.rlim_max < 3100 || (getenv("EMULATED") && no_epoll))
        return; /* cannot be had here; qemu keeps pselect's sets in one of FD_SETSIZE */
    if (lim.rlim_cur < 3100)
        lim.rlim_cur = 3100;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
    struct fdset *s = fdset_new();
    void *ready[2 * N];
    for (int i = 0; i < N; i++) {
        make_pipe(at[i], p[i]);
        ck_assert_int_eq(fdset_add(s, p[i][0], p[i]), 0);
    }
    ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 2 * N), 0);
    for (int i = 0; i < N; i++) {
        feed(p[i]);
        ck_assert_int_eq(fdset_wait(s, NULL, &none, ready, 2 * N), 1);
        ck_assert_ptr_eq(ready[0], p[i]);
        fdset_remove(s, p[i][0]);
    }
    for (int i = N; i-- > 0;)
        ck_assert_int_eq(fdset_add(s, p[i][0], p[i]), 0);
    ck_assert_int_eq(fdset_wait(s, NULL, &none, ready, 2 * N), N);
    for (int i = N; i-- > 0;) {
        fdset_remove(s, p[i][0]);
        ck_assert_int_eq(fdset_wait(s, &now, &none, ready, 2 * N), i);
    }
    fdset_free(s);
}
END_TEST

static volatile sig_atomic_t caught;
static void catch (int signo)
{
    caught = signo;
}

START_TEST(mask_lets_a_signal_through)
{
    struct fdset *s = fdset_new();
    struct sigaction sa = {.sa_handler = catch};
    sigset_t usr1;
    void *ready[4];
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    ck_assert_int_eq(sigaction(SIGUSR1, &sa, NULL), 0);
    raise(SIGUSR1);
    ck_assert_int_eq(fdset_wait(s, &now, &usr1, ready, 4), 0);
    ck_assert_int_eq(caught, 0);
    ck_assert_int_eq(fdset_wait(s, NULL, &none, ready, 4), -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_eq(caught, SIGUSR1);
    fdset_free(s);
}
END_TEST

static void add_case(Suite *s, const char *name, SFun begin)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, begin, NULL);
    tcase_add_test(t, kind_is_named);
    tcase_add_test(t, empty_set_times_out);
    tcase_add_test(t, readable_one_is_told_until_it_is_read);
    tcase_add_test(t, end_of_file_is_readable);
    tcase_add_test(t, removed_one_is_silent);
    tcase_add_test(t, bad_descriptor_is_refused);
    tcase_add_test(t, everybody_gets_a_turn);
    tcase_add_test(t, high_descriptors_work);
    tcase_add_test(t, mask_lets_a_signal_through);
    suite_add_tcase(s, t);
}

static Suite *suite(void)
{
    Suite *s = suite_create("fdset");
    add_case(s, "fdset", setup);
    add_case(s, "old kernel", setup_old);
    return s;
}

#include "check/main.h"
