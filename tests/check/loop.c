/* check/loop.c -- descriptors, timers and signals of the loop */
#include "config.h"

#include "os/loop.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct loop *loop;

static void setup(void)
{
    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
}

static void teardown(void)
{
    loop_free(loop);
}

/* --- descriptors ----------------------------------------------------------------------------- */

struct source {
    struct watch watch;
    int pipe[2];
    int calls;
    struct source *drop; /* unwatch this one when called */
    int stop_at;         /* stop the loop at this call */
};

static void on_ready(struct watch *w)
{
    struct source *s = loop_owner(w, struct source, watch);
    s->calls++;
    if (s->drop)
        loop_unwatch(loop, &s->drop->watch);
    if (s->calls == s->stop_at)
        loop_stop(loop);
}

/* Readable from the start, and for ever: nobody reads it. */
static void open_source(struct source *s)
{
    *s = (struct source){.stop_at = 0};
    ck_assert_int_eq(pipe(s->pipe), 0);
    ck_assert_int_eq((int)write(s->pipe[1], "x", 1), 1);
    s->watch.ready = on_ready;
    s->watch.fd = s->pipe[0];
    ck_assert_int_eq(loop_watch(loop, &s->watch), 0);
    ck_assert(s->watch.armed);
}

START_TEST(readable_ones_are_called)
{
    struct source a, b;
    open_source(&a);
    open_source(&b);
    ck_assert_int_eq(loop_watch(loop, &a.watch), 0); /* armed: nothing */
    a.stop_at = 5;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(a.calls, 5);
    ck_assert_int_ge(b.calls, 4);
}
END_TEST

START_TEST(unwatched_in_the_batch_is_not_called)
{
    struct source a, b;
    open_source(&a);
    open_source(&b);
    a.drop = &b; /* whichever comes first takes the other out */
    b.drop = &a;
    a.stop_at = b.stop_at = 3;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(a.calls + b.calls, 3);
    ck_assert_int_ne(a.watch.armed, b.watch.armed);
    loop_unwatch(loop, &a.watch);
    loop_unwatch(loop, &a.watch); /* not armed: nothing */
    ck_assert(!a.watch.armed);
}
END_TEST

START_TEST(unwatching_oneself_works)
{
    struct source a, b;
    open_source(&a);
    open_source(&b);
    a.drop = &a;
    b.stop_at = 4;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(a.calls, 1);
    a.drop = NULL;
    a.stop_at = 3;
    b.stop_at = 0;
    ck_assert_int_eq(loop_watch(loop, &a.watch), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(a.calls, 3);
}
END_TEST

START_TEST(bad_descriptor_is_refused)
{
    struct watch w = {.ready = on_ready, .fd = -1};
    ck_assert_int_eq(loop_watch(loop, &w), -1);
    ck_assert_int_eq(errno, EBADF);
    ck_assert(!w.armed);
}
END_TEST

/* More than a batch holds: nobody is left out. */
START_TEST(many_are_served)
{
    enum { N = 200 };
    static struct source s[N];
    for (int i = 0; i < N; i++)
        open_source(&s[i]);
    s[0].stop_at = 4;
    ck_assert_int_eq(loop_run(loop), 0);
    for (int i = 0; i < N; i++)
        ck_assert_msg(s[i].calls >= 2 && s[i].calls <= 6, "%d: %d calls", i, s[i].calls);
}
END_TEST

/* --- timers ---------------------------------------------------------------------------------- */

struct alarm {
    struct timer timer;
    int id;
};

enum { MAX_FIRED = 4096 };
static int fired[MAX_FIRED];
static int nfired, stop_after;

static void on_fire(struct timer *t)
{
    ck_assert_uint_eq(t->slot, 0);
    ck_assert(loop_now() >= t->due);
    ck_assert_int_lt(nfired, MAX_FIRED);
    fired[nfired++] = loop_owner(t, struct alarm, timer)->id;
    if (nfired == stop_after)
        loop_stop(loop);
}

START_TEST(timers_fire_in_due_order)
{
    static const int due_ms[] = {5, 3, 9, 1, 7, 2, 8, 4, 6, 0};
    enum { N = sizeof due_ms / sizeof *due_ms };
    struct alarm a[N];
    uint64_t start = loop_now();
    for (int i = 0; i < N; i++) {
        a[i] = (struct alarm){.timer.fire = on_fire, .id = due_ms[i]};
        ck_assert_int_eq(loop_timer(loop, &a[i].timer, start + (uint64_t)due_ms[i] * NS_PER_MS), 0);
    }
    stop_after = N;
    ck_assert_int_eq(loop_run(loop), 0);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(fired[i], i);
}
END_TEST

START_TEST(timers_move_and_stop)
{
    struct alarm a = {.timer.fire = on_fire, .id = 1}, b = {.timer.fire = on_fire, .id = 2},
                 c = {.timer.fire = on_fire, .id = 3};
    uint64_t start = loop_now();
    loop_timer_stop(loop, &a.timer); /* idle: nothing */
    ck_assert_int_eq(loop_timer(loop, &a.timer, start + 1), 0);
    ck_assert_int_eq(loop_timer(loop, &b.timer, start + 2), 0);
    ck_assert_int_eq(loop_timer(loop, &c.timer, start + 1000 * NS_PER_S), 0);
    ck_assert_int_eq(loop_timer(loop, &a.timer, start + 5 * NS_PER_MS), 0); /* later */
    ck_assert_int_eq(loop_timer(loop, &c.timer, 0), 0);                     /* long ago */
    stop_after = 2;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(fired[0], 3);
    ck_assert_int_eq(fired[1], 2);
    ck_assert_int_eq(loop_timer(loop, &b.timer, 0), 0);
    loop_timer_stop(loop, &b.timer);
    ck_assert_uint_eq(b.timer.slot, 0);
    stop_after = 3;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(fired[2], 1);
}
END_TEST

/* A random mix of arming, moving and stopping against a plain list. */
START_TEST(heap_keeps_its_order)
{
    enum { N = 300, STEPS = 20000 };
    static struct alarm a[N];
    const char *env = getenv("SEED");
    unsigned seed = env ? (unsigned)strtoul(env, NULL, 10) : (unsigned)time(NULL);
    printf("# seed %u\n", seed);
    for (int i = 0; i < N; i++)
        a[i] = (struct alarm){.timer.fire = on_fire, .id = i};
    for (int i = 0; i < STEPS; i++) {
        struct alarm *one = &a[rand_r(&seed) % N];
        if (rand_r(&seed) % 3 == 0)
            loop_timer_stop(loop, &one->timer);
        else
            ck_assert_int_eq(loop_timer(loop, &one->timer, (uint64_t)rand_r(&seed) % 1000 + 1), 0);
    }
    int armed = 0;
    for (int i = 0; i < N; i++)
        armed += a[i].timer.slot != 0;
    stop_after = armed;
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(nfired, armed);
    for (int i = 1; i < armed; i++)
        ck_assert(a[fired[i - 1]].timer.due <= a[fired[i]].timer.due);
}
END_TEST

static int again;

static void on_fire_again(struct timer *t)
{
    again++;
    ck_assert_int_eq(loop_timer(loop, t, 0), 0);
    /* Without rounds this would run for ever. */
    ck_assert_int_lt(again, 1000000);
}

/* A timer that arms itself for now keeps neither descriptors nor other timers from their turn. */
START_TEST(rearmed_timer_waits_a_round)
{
    struct source s;
    struct alarm b = {.timer.fire = on_fire, .id = 7};
    struct timer t = {.fire = on_fire_again};
    open_source(&s);
    s.stop_at = 3;
    ck_assert_int_eq(loop_timer(loop, &t, 0), 0);
    ck_assert_int_eq(loop_timer(loop, &b.timer, loop_now()), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(nfired, 1);
    ck_assert_int_le(again, 4);
    ck_assert_int_ge(again, 3);
}
END_TEST

/* --- signals --------------------------------------------------------------------------------- */

static int acted[2];

static void on_act(void *arg)
{
    ++*(int *)arg;
    loop_stop(loop);
}

static void raise_twice(struct timer *t)
{
    (void)t;
    raise(SIGUSR1);
    raise(SIGUSR1);
}

START_TEST(signal_acts_once_from_the_loop)
{
    struct timer t = {.fire = raise_twice};
    ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_act, &acted[0]), 0);
    raise(SIGUSR1); /* blocked: kept for the loop */
    ck_assert_int_eq(acted[0], 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 1);
    ck_assert_int_eq(loop_timer(loop, &t, 0), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 2);
}
END_TEST

START_TEST(sender_is_known)
{
    ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_act, &acted[0]), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)kill(getppid(), SIGUSR1);
        _exit(0);
    }
    ck_assert_int_eq(loop_run(loop), 0); /* delivered while pselect waits */
    ck_assert_int_eq(loop_signal_from(SIGUSR1), pid);
    ck_assert_int_eq(loop_signal_from(SIGUSR2), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(each_signal_has_its_action)
{
    ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_act, &acted[0]), 0);
    ck_assert_int_eq(loop_signal(loop, SIGUSR2, on_act, &acted[1]), 0);
    raise(SIGUSR1);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[1], 0);
    raise(SIGUSR2);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 1);
    ck_assert_int_eq(acted[1], 1);
}
END_TEST

static void raise_on_ready(struct watch *w)
{
    struct source *s = loop_owner(w, struct source, watch);
    if (s->calls++ == 0)
        raise(SIGUSR1);
    ck_assert_int_lt(s->calls, 1000); /* a busy descriptor hides the signal */
}

START_TEST(busy_descriptors_do_not_hide_signals)
{
    struct source s;
    open_source(&s);
    s.watch.ready = raise_on_ready;
    ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_act, &acted[0]), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 1);
    ck_assert_int_eq(loop_signal_from(SIGUSR1), getpid());
    ck_assert_int_eq(s.calls, 1);
}
END_TEST

START_TEST(signal_table_has_its_limits)
{
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(loop_signal(loop, SIGRTMIN + i, on_act, &acted[0]), 0);
    errno = 0;
    ck_assert_int_eq(loop_signal(loop, SIGUSR2, on_act, &acted[0]), -1);
    ck_assert_int_eq(errno, ENOSPC);
    /* One that is there may be given another action. */
    ck_assert_int_eq(loop_signal(loop, SIGRTMIN, on_act, &acted[1]), 0);
    raise(SIGRTMIN);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 0);
    ck_assert_int_eq(acted[1], 1);
}
END_TEST

START_TEST(bad_signals_are_refused)
{
    static const int bad[] = {-1, 0, SIGKILL, SIGSTOP, 4711};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(loop_signal(loop, bad[i], on_act, &acted[0]), -1);
}
END_TEST

/* Blocked or ignored by whoever started us: neither deaf nor handed on. */
START_TEST(inherited_signals_are_cleaned)
{
    sigset_t set;
    struct sigaction sa;
    loop_free(loop);
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    setup();
    for (int signo = 1; signo < 32; signo++) {
        ck_assert_int_eq(sigaction(signo, NULL, &sa), 0);
        ck_assert(sa.sa_handler != SIG_IGN);
    }
    ck_assert_int_eq(loop_signal(loop, SIGHUP, on_act, &acted[0]), 0);
    raise(SIGHUP);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 1);
    sigprocmask(SIG_SETMASK, NULL, &set);
    for (int signo = 1; signo < 32; signo++)
        ck_assert_int_eq(sigismember(&set, signo), signo == SIGHUP);
}
END_TEST

/* Each does nothing here, and is at its default in a child that has not called exec. */
START_TEST(ignored_signals_do_nothing)
{
    static const int numbers[] = {SIGXFSZ, SIGALRM, SIGUSR2};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ck_assert_int_eq(loop_ignore(numbers[i]), 0);
        ck_assert_int_eq(raise(numbers[i]), 0);
        pid_t pid = fork();
        if (pid == 0) {
            (void)raise(numbers[i]);
            _exit(0);
        }
        int status = 0;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        ck_assert_int_eq(WTERMSIG(status), numbers[i]);
    }
    ck_assert_int_eq(loop_ignore(SIGKILL), -1);
}
END_TEST

START_TEST(sigpipe_is_an_error_only)
{
    int p[2];
    ck_assert_int_eq(loop_ignore(SIGPIPE), 0);
    ck_assert_int_eq(pipe(p), 0);
    close(p[0]);
    ck_assert_int_eq((int)write(p[1], "x", 1), -1);
    ck_assert_int_eq(errno, EPIPE);
}
END_TEST

static int forked_status(pid_t pid)
{
    int status;
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void fork_and_raise(struct timer *t)
{
    (void)t;
    pid_t pid = vfork();
    if (pid == 0) {
        loop_child_signals();
        (void)kill(getpid(), SIGTERM);
        _exit(0);
    }
    int status = forked_status(pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGTERM);
    loop_stop(loop);
}

/* A signal that reaches a child before exec takes its default action there, not the master's. */
START_TEST(signal_before_exec_is_the_childs)
{
    struct timer t = {.fire = fork_and_raise};
    struct alarm still = {.timer.fire = on_fire};
    ck_assert_int_eq(loop_signal(loop, SIGTERM, on_act, &acted[0]), 0);
    ck_assert_int_eq(loop_timer(loop, &t, 0), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    stop_after = 1;
    ck_assert_int_eq(loop_timer(loop, &still.timer, 0), 0);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_int_eq(acted[0], 0);
}
END_TEST

/* What a program started through loop_child_signals() has blocked and ignored: nothing. */
START_TEST(handlers_get_default_signals)
{
    if (access("/proc/self/status", R_OK) != 0)
        return; /* only Linux tells */
    ck_assert_int_eq(loop_signal(loop, SIGCHLD, on_act, &acted[0]), 0);
    ck_assert_int_eq(loop_signal(loop, SIGHUP, on_act, &acted[0]), 0);
    pid_t pid = fork();
    if (pid == 0) {
        loop_child_signals();
        execl("/bin/sh", "sh", "-c",
              "test \"$(grep -cE '^Sig(Blk|Ign):[[:blank:]]*0+$' /proc/self/status)\" = 2",
              (char *)NULL);
        _exit(99);
    }
    ck_assert_int_eq(forked_status(pid), 0);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        readable_ones_are_called,
        unwatched_in_the_batch_is_not_called,
        unwatching_oneself_works,
        bad_descriptor_is_refused,
        many_are_served,
        timers_fire_in_due_order,
        timers_move_and_stop,
        heap_keeps_its_order,
        rearmed_timer_waits_a_round,
        signal_acts_once_from_the_loop,
        sender_is_known,
        each_signal_has_its_action,
        busy_descriptors_do_not_hide_signals,
        signal_table_has_its_limits,
        bad_signals_are_refused,
        inherited_signals_are_cleaned,
        ignored_signals_do_nothing,
        sigpipe_is_an_error_only,
        signal_before_exec_is_the_childs,
        handlers_get_default_signals,
    };
    Suite *s = suite_create("loop");
    TCase *t = tcase_create("loop");
    tcase_add_checked_fixture(t, setup, teardown);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
