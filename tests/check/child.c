/* check/child.c -- handlers: filed, found, reaped and timed out */
#include "config.h"

#include "handler/child.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop *loop;
static struct children *set;
static struct service service;

static size_t ended, status_sum;
static int last_status, timed_out_status;
static bool last_timed_out, last_kicked;
static struct child last;
static struct listener *last_listener;
static void (*also)(void); /* what `ended` does besides */

static void on_ended(void *arg, const struct child *c, const struct child_end *how)
{
    int status = how->status;
    bool timed_out = how->why == CHILD_TIMEOUT;
    last_kicked = how->why == CHILD_KICKED;
    ck_assert_ptr_eq(arg, &service);
    ck_assert_ptr_null(child_find(set, c->pid));
    ended++;
    status_sum += (size_t)WEXITSTATUS(status);
    last_status = status;
    last_timed_out = timed_out;
    if (timed_out)
        timed_out_status = status;
    last = *c;
    last_listener = child_listener(c);
    if (also)
        also();
    if (children_count(set) == 0)
        loop_stop(loop);
}

static void on_sigchld(void *arg)
{
    (void)arg;
    children_reap(set, loop_signal_from(SIGCHLD));
}

static void setup(void)
{
    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
    ck_assert_int_eq(loop_signal(loop, SIGCHLD, on_sigchld, NULL), 0);
    set = children_new(loop, on_ended, &service);
    ck_assert_ptr_nonnull(set);
}

static void teardown(void)
{
    children_free(set);
    loop_free(loop);
}

static void file(pid_t pid, struct listener *l, uint64_t timeout)
{
    ck_assert_int_gt(pid, 0);
    struct child *c = child_prepare(set, &service, l, 17, timeout, SIGTERM);
    ck_assert_ptr_nonnull(c);
    child_started(set, c, pid);
}

static pid_t fork_exit(int status)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(status);
    return pid;
}

/* Until `pid` can be reaped: vfork returns a moment before. */
static void await_zombie(pid_t pid)
{
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* What exec would do; libcheck catches TERM and hands it on to the whole test. */
static void default_signals(void)
{
    loop_child_signals();
    signal(SIGTERM, SIG_DFL);
    (void)alarm(60); /* a test that fails leaves nobody behind */
}

/* A child that waits for ever; ready, that is after `prepare`, when this returns. */
static pid_t fork_waiter_in(bool session, void (*prepare)(void))
{
    int p[2];
    char c;
    ck_assert_int_eq(pipe(p), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (session)
            (void)setsid();
        default_signals();
        if (prepare)
            prepare();
        (void)!write(p[1], "r", 1);
        for (;;)
            pause();
    }
    ck_assert_int_eq((int)read(p[0], &c, 1), 1);
    close(p[0]);
    close(p[1]);
    return pid;
}

static pid_t fork_waiter(void (*prepare)(void))
{
    return fork_waiter_in(true, prepare);
}

START_TEST(record_is_small)
{
    ck_assert_uint_le(sizeof(struct child), 72);
}
END_TEST

START_TEST(handler_is_filed_and_reaped)
{
    struct listener l;
    uint64_t before = loop_now();
    pid_t pid = fork_exit(3);
    ck_assert_ptr_null(child_find(set, pid));
    file(pid, &l, 0);
    const struct child *c = child_find(set, pid);
    ck_assert_ptr_nonnull(c);
    ck_assert_int_eq(c->pid, pid);
    ck_assert_uint_eq(children_count(set), 1);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(children_count(set), 0);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(last.pid, pid);
    ck_assert_ptr_eq(last.service, &service);
    ck_assert_ptr_eq(last_listener, &l);
    ck_assert_uint_eq(last.source, 17);
    ck_assert(last.started >= before && last.started <= loop_now());
    ck_assert(WIFEXITED(last_status));
    ck_assert_int_eq(WEXITSTATUS(last_status), 3);
    ck_assert(!last_timed_out);
    children_reap(set, 0); /* nobody left: nothing */
}
END_TEST

START_TEST(strangers_are_forgotten)
{
    pid_t a = fork_exit(1), b = fork_exit(2), c = fork_exit(3);
    file(b, NULL, 0);
    await_zombie(a);
    await_zombie(b);
    await_zombie(c);
    children_reap(set, a);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(last.pid, b);
    ck_assert_int_eq(waitpid(a, NULL, WNOHANG), -1);
    ck_assert_int_eq(waitpid(c, NULL, WNOHANG), -1);
}
END_TEST

/* As many as the system lets us have, up to 10,000, all ended before the first is reaped. */
START_TEST(thousands_at_once_are_not_lost)
{
    enum { MANY = 10000 };
    static pid_t pids[MANY];
    size_t n = 0, sum = 0;
    for (; n < MANY; n++) {
        pids[n] = fork_exit((int)(n % 251));
        if (pids[n] < 0)
            break;
        file(pids[n], NULL, n % 3 == 0 ? 1000 * NS_PER_S : 0);
        sum += n % 251;
    }
    ck_assert_uint_gt(n, 50);
    ck_assert_uint_eq(children_count(set), n);
    for (size_t i = 0; i < n; i++) {
        const struct child *c = child_find(set, pids[i]);
        ck_assert(c && c->pid == pids[i]);
        await_zombie(pids[i]);
    }
    ck_assert_int_eq(loop_run(loop), 0); /* one signal for all of them */
    ck_assert_uint_eq(ended, n);
    ck_assert_uint_eq(status_sum, sum);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static void await_zombies(const pid_t *pids, size_t n)
{
    sigset_t one;
    int got;
    for (size_t i = 0; i < n; i++)
        await_zombie(pids[i]);
    ck_assert_int_eq(sigemptyset(&one), 0);
    ck_assert_int_eq(sigaddset(&one, SIGCHLD), 0);
    ck_assert_int_eq(sigwait(&one, &got), 0); /* the loop shall not hear of them again */
}

static void stop(void)
{
    loop_stop(loop);
}

START_TEST(beside_many_the_named_one_is_reaped_at_once)
{
    enum { MANY = 1000 };
    for (int i = 0; i < MANY; i++)
        file(1 << 30 | i, NULL, 0); /* no such processes */
    pid_t pids[] = {fork_exit(1), fork_exit(2)};
    file(pids[0], NULL, 0);
    file(pids[1], NULL, 0);
    await_zombies(pids, 2);
    also = stop;
    children_reap(set, pids[1]);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(last.pid, pids[1]);
    children_reap(set, pids[1]); /* gone, by then */
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(loop_run(loop), 0); /* stop() was called before: one round, nothing due */
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(ended, 2);
    ck_assert_int_eq(last.pid, pids[0]);
}
END_TEST

START_TEST(they_are_reaped_in_batches)
{
    enum { MANY = 200 };
    pid_t pids[MANY];
    for (int i = 0; i < MANY; i++) {
        pids[i] = fork_exit(0);
        file(pids[i], NULL, 0);
    }
    await_zombies(pids, MANY);
    children_reap(set, 0);
    ck_assert(ended > 0 && ended <= 64);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(ended, MANY);
}
END_TEST

static int more;

static void start_more(void)
{
    for (int i = 0; i < 3 && more > 0; i++, more--)
        file(fork_exit(0), NULL, 0);
}

START_TEST(ended_may_start_handlers)
{
    more = 500; /* the table grows in the meantime */
    also = start_more;
    file(fork_exit(0), NULL, 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(ended, 501);
}
END_TEST

START_TEST(discarded_record_leaves_no_timer)
{
    for (int i = 0; i < 100; i++) {
        struct child *c = child_prepare(set, &service, NULL, 0, i % 2 == 0 ? 1 : 0, SIGTERM);
        ck_assert_ptr_nonnull(c);
        child_discard(set, c);
    }
    ck_assert_uint_eq(children_count(set), 0);
    file(fork_exit(0), NULL, 0);
    ck_assert_int_eq(loop_run(loop), 0); /* a timer left armed would fire here */
    ck_assert_uint_eq(ended, 1);
}
END_TEST

/* --- timeouts -------------------------------------------------------------------------------- */

START_TEST(timeout_sends_term)
{
    file(fork_waiter(NULL), NULL, NS_PER_MS);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert(WIFSIGNALED(last_status));
    ck_assert_int_eq(WTERMSIG(last_status), SIGTERM);
    ck_assert(last_timed_out);
}
END_TEST

START_TEST(timeout_finds_one_without_a_group)
{
    file(fork_waiter_in(false, NULL), NULL, NS_PER_MS);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(WTERMSIG(last_status), SIGTERM);
    ck_assert(last_timed_out);
}
END_TEST

static void ignore_term(void)
{
    signal(SIGTERM, SIG_IGN);
}

START_TEST(kill_follows_term)
{
    file(fork_waiter(ignore_term), NULL, NS_PER_MS);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert(WIFSIGNALED(last_status));
    ck_assert_int_eq(WTERMSIG(last_status), SIGKILL);
    ck_assert(last_timed_out);
}
END_TEST

START_TEST(kick_ends_as_a_timeout_does)
{
    pid_t pid = fork_waiter(NULL);
    file(pid, NULL, 0);
    ck_assert(child_end(set, child_find(set, pid), SIGTERM, CHILD_KICKED));
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(WTERMSIG(last_status), SIGTERM);
    ck_assert(last_kicked && !last_timed_out);
    file(pid = fork_waiter(ignore_term), NULL, 3600 * NS_PER_S);
    ck_assert(child_end(set, child_find(set, pid), SIGTERM, CHILD_KICKED));
    ck_assert(child_end(set, child_find(set, pid), SIGTERM, CHILD_KICKED)); /* once is enough */
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(WTERMSIG(last_status), SIGKILL);
    ck_assert(last_kicked);
}
END_TEST

START_TEST(walk_meets_each_that_stays)
{
    static bool met[1000];
    pid_t pids[1000], at = 0;
    size_t count = 0;
    ck_assert_ptr_null(children_after(set, 0));
    for (int i = 0; i < 500; i++)
        file(pids[i] = 100000 + 2 * i, NULL, 0);
    for (struct child *c; (c = children_after(set, at)); at = c->pid, count++) {
        /* Others come meanwhile, and the buckets double. */
        if (count < 500)
            file(pids[500 + count] = 300001 + 3 * (pid_t)count, NULL, 0);
        for (int i = 0; i < 500; i++)
            if (pids[i] == c->pid) {
                ck_assert(!met[i]);
                met[i] = true;
            }
        if (count >= 2000)
            break;
    }
    for (int i = 0; i < 500; i++)
        ck_assert(met[i]);
    ck_assert_uint_le(count, 1000);
}
END_TEST

START_TEST(in_time_is_not_timed_out)
{
    file(fork_exit(0), NULL, 3600 * NS_PER_S);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert(!last_timed_out);
    /* Nor does what another's timeout did count. */
    file(fork_waiter(NULL), NULL, NS_PER_MS);
    ck_assert_int_eq(loop_run(loop), 0);
    file(fork_exit(0), NULL, UINT64_MAX);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert(!last_timed_out);
}
END_TEST

static int member_in[2], member_out[2];

/* A member of the handler's group that ignores TERM and answers bytes until its input ends. */
static void fork_member(void)
{
    char c;
    if (fork() == 0) {
        ignore_term();
        (void)alarm(60);
        close(member_in[1]);
        (void)!write(member_out[1], "r", 1);
        while (read(member_in[0], &c, 1) == 1)
            (void)!write(member_out[1], &c, 1);
        _exit(0);
    }
    close(member_out[1]);
    close(member_in[1]);
}

static pid_t fork_leader(void)
{
    char c;
    ck_assert_int_eq(pipe(member_in), 0);
    ck_assert_int_eq(pipe(member_out), 0);
    pid_t pid = fork_waiter(fork_member);
    close(member_out[1]);
    close(member_in[0]);
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 1);
    return pid;
}

START_TEST(members_left_after_term_are_killed)
{
    char c;
    file(fork_exit(0), NULL, 0); /* neighbours that have nothing to do with it */
    file(fork_leader(), NULL, NS_PER_MS);
    file(fork_exit(0), NULL, 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(ended, 3);
    ck_assert_int_eq(WTERMSIG(timed_out_status), SIGTERM);
    /* Its input is open: only KILL ends it. */
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 0);
}
END_TEST

START_TEST(members_of_others_live_on)
{
    char c = 'q';
    pid_t pid = fork_leader();
    file(pid, NULL, 3600 * NS_PER_S);
    ck_assert_int_eq(kill(pid, SIGTERM), 0); /* not by timeout: what it left running is its own */
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert(!last_timed_out);
    ck_assert_int_eq((int)write(member_in[1], &c, 1), 1);
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 1);
    close(member_in[1]);
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 0);
}
END_TEST

static int term_seen[2];
static pid_t stubborn, leader;

static void tell_term(int signo)
{
    (void)signo;
    (void)!write(term_seen[1], "t", 1);
}

static void outlive_term(void)
{
    signal(SIGTERM, tell_term);
}

static void end_leader(struct watch *w)
{
    loop_unwatch(loop, w);
    ck_assert_int_eq(kill(leader, SIGTERM), 0);
}

static void end_stubborn(void)
{
    if (last.pid == leader)
        ck_assert_int_eq(kill(stubborn, SIGKILL), 0);
}

/* Another handler between TERM and KILL does not make it a group's fault. */
START_TEST(members_live_on_beside_a_timeout)
{
    char c = 'q';
    ck_assert_int_eq(pipe(term_seen), 0);
    struct watch w = {.ready = end_leader, .fd = term_seen[0]};
    ck_assert_int_eq(loop_watch(loop, &w), 0);
    leader = fork_leader();
    stubborn = fork_waiter(outlive_term);
    also = end_stubborn;
    file(leader, NULL, 3600 * NS_PER_S);
    file(stubborn, NULL, NS_PER_MS);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(last.pid, stubborn);
    ck_assert(last_timed_out);
    ck_assert_int_eq((int)write(member_in[1], &c, 1), 1);
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 1);
    close(member_in[1]);
}
END_TEST

/* --- all of them ----------------------------------------------------------------------------- */

START_TEST(signal_reaches_every_group)
{
    char c;
    for (int i = 0; i < 4; i++)
        file(fork_waiter(NULL), NULL, 0);
    file(fork_leader(), NULL, 0);
    children_signal(set, SIGUSR2);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(ended, 5);
    ck_assert_int_eq(WTERMSIG(last_status), SIGUSR2);
    ck_assert(!last_timed_out);
    ck_assert_int_eq((int)read(member_out[0], &c, 1), 0);
}
END_TEST

static struct listener listeners[2];
static size_t with[3];

static void count(void *arg, struct child *c)
{
    ck_assert_ptr_eq(arg, with);
    with[!child_listener(c) ? 2 : child_listener(c) - listeners]++;
}

START_TEST(listener_is_forgotten)
{
    for (int i = 0; i < 300; i++)
        file(fork_exit(0), &listeners[i % 3 == 0], 0);
    children_update(set, count, with);
    ck_assert_uint_eq(with[0], 200);
    ck_assert_uint_eq(with[1], 100);
    ck_assert_uint_eq(with[2], 0);
    memset(with, 0, sizeof with);
    children_forget_listener(set, &listeners[1]);
    children_update(set, count, with);
    ck_assert_uint_eq(with[0], 200);
    ck_assert_uint_eq(with[1], 0);
    ck_assert_uint_eq(with[2], 100);
}
END_TEST

START_TEST(set_is_freed_with_handlers_in_it)
{
    file(fork_exit(0), NULL, NS_PER_S);
    file(fork_exit(0), NULL, 0);
    children_free(set);
    children_free(NULL);
    set = NULL;
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        record_is_small,
        handler_is_filed_and_reaped,
        strangers_are_forgotten,
        thousands_at_once_are_not_lost,
        beside_many_the_named_one_is_reaped_at_once,
        they_are_reaped_in_batches,
        ended_may_start_handlers,
        discarded_record_leaves_no_timer,
        timeout_sends_term,
        timeout_finds_one_without_a_group,
        kill_follows_term,
        kick_ends_as_a_timeout_does,
        walk_meets_each_that_stays,
        in_time_is_not_timed_out,
        members_left_after_term_are_killed,
        members_of_others_live_on,
        members_live_on_beside_a_timeout,
        signal_reaches_every_group,
        listener_is_forgotten,
        set_is_freed_with_handlers_in_it,
    };
    Suite *s = suite_create("child");
    TCase *t = tcase_create("child");
    tcase_set_timeout(t, 60); /* TERM to KILL alone is 5 s */
    tcase_add_checked_fixture(t, setup, teardown);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
