/* check/builtin.c -- echo, discard, chargen, daytime and time, as their RFCs say */
#include "config.h"

#include "service/builtin.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- the table ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int socktype;
    enum builtin_how how;
    unsigned ip_max;
} expected[] = {
    {"echo", SOCK_STREAM, BUILTIN_FORK, 0},        {"discard", SOCK_STREAM, BUILTIN_FORK, 0},
    {"chargen", SOCK_STREAM, BUILTIN_FORK, 0},     {"daytime", SOCK_STREAM, BUILTIN_INLINE, 0},
    {"time", SOCK_STREAM, BUILTIN_INLINE, 0},      {"tcpmux", SOCK_STREAM, BUILTIN_MUX, 0},
    {"status", SOCK_STREAM, BUILTIN_TABLES, 0},    {"echo", SOCK_DGRAM, BUILTIN_DGRAM, 600},
    {"ident", SOCK_STREAM, BUILTIN_FORK, 0},       {"auth", SOCK_STREAM, BUILTIN_FORK, 0},
    {"ident-token", SOCK_STREAM, BUILTIN_FORK, 0}, {"ident-user", SOCK_STREAM, BUILTIN_FORK, 0},
    {"discard", SOCK_DGRAM, BUILTIN_DGRAM, 0},     {"chargen", SOCK_DGRAM, BUILTIN_DGRAM, 60},
    {"daytime", SOCK_DGRAM, BUILTIN_DGRAM, 60},    {"time", SOCK_DGRAM, BUILTIN_DGRAM, 60},
};

enum { EXPECTED = sizeof expected / sizeof *expected };

START_TEST(table_is_complete)
{
    for (size_t i = 0; i < EXPECTED; i++) {
        const struct builtin *b = builtin_find(expected[i].name, expected[i].socktype);
        ck_assert_msg(b, "no %s", expected[i].name);
        ck_assert_str_eq(b->name, expected[i].name);
        ck_assert_int_eq(b->socktype, expected[i].socktype);
        ck_assert_int_eq((int)b->how, (int)expected[i].how);
        ck_assert_uint_eq(b->ip_max, expected[i].ip_max);
        ck_assert_int_eq(!b->stream, b->how == BUILTIN_DGRAM || b->how == BUILTIN_MUX);
        ck_assert_int_eq(!b->dgram, b->how != BUILTIN_DGRAM);
    }
    for (size_t i = 0; i < EXPECTED; i++)
        ck_assert_ptr_nonnull(builtin_at(i));
    ck_assert_ptr_null(builtin_at(EXPECTED));
    ck_assert_ptr_null(builtin_at(SIZE_MAX));
}
END_TEST

START_TEST(unknown_ones_are_not_found)
{
    ck_assert_ptr_null(builtin_find("Echo", SOCK_STREAM));
    ck_assert_ptr_null(builtin_find("", SOCK_STREAM));
    ck_assert_ptr_null(builtin_find("ech", SOCK_STREAM));
    ck_assert_ptr_null(builtin_find("tcpmux", SOCK_DGRAM));
    ck_assert_ptr_null(builtin_find("echo", SOCK_SEQPACKET));
}
END_TEST

START_TEST(small_ports_are_known)
{
    static const unsigned small[] = {0,  7,  9,   11,  13,  15,  17,  19,  37,
                                     53, 69, 111, 123, 161, 389, 427, 520, 1900};
    static const unsigned other[] = {1, 8, 22, 80, 1024, 32768, 40000, 65535, 65536 + 7};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        ck_assert_msg(builtin_small_port(small[i]), "%u", small[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(!builtin_small_port(other[i]), "%u", other[i]);
}
END_TEST

/* --- streams --------------------------------------------------------------------------------- */

static pid_t child;

/* The peer's end of a connection that a child serves. */
static int serve(const char *name)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(pair[0]);
        builtin_find(name, SOCK_STREAM)->stream(pair[1]);
        _exit(42);
    }
    close(pair[1]);
    return pair[0];
}

static void must_have_returned(void)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 42, "status %#x", (unsigned)status);
}

static void read_all(int fd, char *to, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, to, len);
        ck_assert_int_gt(n, 0);
        to += n;
        len -= (size_t)n;
    }
}

START_TEST(echo_sends_back_what_came)
{
    static char out[300000], in[sizeof out];
    int fd = serve("echo");
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 31 + i / 256);
    pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        size_t sent = 0;
        while (sent < sizeof out) {
            ssize_t n = write(fd, out + sent, sizeof out - sent);
            if (n < 0)
                _exit(1);
            sent += (size_t)n;
        }
        _exit(shutdown(fd, SHUT_WR) != 0);
    }
    read_all(fd, in, sizeof in);
    ck_assert_mem_eq(in, out, sizeof in);
    ck_assert_int_eq((int)read(fd, in, 1), 0);
    must_have_returned();
    ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

static int tell_to;

static void tell(int signo)
{
    (void)signo;
    (void)!write(tell_to, "!", 1);
}

/* A caught signal interrupts read(2) with EINTR, which is not the end. */
START_TEST(echo_survives_a_signal)
{
    struct sigaction sa = {.sa_handler = tell};
    int p[2];
    char c = 'x';
    ck_assert_int_eq(pipe(p), 0);
    tell_to = p[1];
    ck_assert_int_eq(sigaction(SIGUSR1, &sa, NULL), 0);
    int fd = serve("echo");
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(kill(child, SIGUSR1), 0);
        read_all(p[0], &c, 1);
        ck_assert_int_eq((int)write(fd, "x", 1), 1);
        read_all(fd, &c, 1);
        ck_assert_int_eq(c, 'x');
    }
    close(fd);
    must_have_returned();
}
END_TEST

START_TEST(echo_ends_when_the_peer_is_gone)
{
    static char out[200000];
    int fd = serve("echo");
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    (void)send(fd, out, sizeof out, MSG_DONTWAIT);
    close(fd); /* unread: a reset, or no reader any more; never a SIGPIPE */
    must_have_returned();
}
END_TEST

START_TEST(discard_reads_to_the_end)
{
    static char out[300000];
    int fd = serve("discard");
    for (size_t sent = 0; sent < sizeof out;) {
        ssize_t n = write(fd, out, sizeof out - sent);
        ck_assert_int_gt(n, 0);
        sent += (size_t)n;
    }
    ck_assert_int_eq((int)recv(fd, out, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    ck_assert_int_eq((int)read(fd, out, 1), 0);
    must_have_returned();
}
END_TEST

/* One assertion a line: libcheck writes each to a file, and one a character takes seconds. */
static void check_line(const char *line, size_t number)
{
    char want[74];
    for (size_t k = 0; k < 72; k++)
        want[k] = (char)(' ' + (number + k) % 95);
    want[72] = '\r';
    want[73] = '\n';
    ck_assert_msg(memcmp(line, want, sizeof want) == 0, "line %zu", number);
}

START_TEST(chargen_goes_round)
{
    char line[74];
    int fd = serve("chargen");
    for (size_t i = 0; i < 3000; i++) { /* over several of its buffers */
        read_all(fd, line, sizeof line);
        check_line(line, i);
    }
    close(fd);
    must_have_returned();
}
END_TEST

/* What an INLINE builtin answers; it must not wait, so the test's own process calls it. */
static size_t ask_inline(const char *name, char *to, size_t size)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    builtin_find(name, SOCK_STREAM)->stream(pair[1]);
    close(pair[1]);
    ssize_t n = read(pair[0], to, size);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq((int)read(pair[0], to + n, 1), 0);
    close(pair[0]);
    return (size_t)n;
}

START_TEST(inline_ones_never_wait)
{
    static const char *const names[] = {"daytime", "time"};
    for (size_t i = 0; i < 2; i++) {
        char fill[4096] = {0};
        int pair[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        while (send(pair[1], fill, sizeof fill, MSG_DONTWAIT) > 0)
            ;
        builtin_find(names[i], SOCK_STREAM)->stream(pair[1]); /* full */
        close(pair[0]);
        builtin_find(names[i], SOCK_STREAM)->stream(pair[1]); /* gone */
        close(pair[1]);
    }
}
END_TEST

/* --- answers --------------------------------------------------------------------------------- */

static ssize_t ask(const char *name, const char *in, size_t len, char *out, size_t size)
{
    return builtin_find(name, SOCK_DGRAM)->dgram(in, len, out, size);
}

static void check_time(const char *bytes, size_t len, time_t before)
{
    uint32_t net;
    ck_assert_uint_eq(len, 4);
    memcpy(&net, bytes, 4);
    uint32_t told = ntohl(net) - UINT32_C(2208988800);
    ck_assert(told >= (uint32_t)before && told <= (uint32_t)time(NULL));
}

START_TEST(time_counts_from_1900)
{
    char out[16];
    time_t before = time(NULL);
    check_time(out, (size_t)ask("time", "", 0, out, sizeof out), before);
    check_time(out, ask_inline("time", out, sizeof out - 1), before);
    ck_assert_int_eq((int)ask("time", "", 0, out, 3), -1);
}
END_TEST

static void check_daytime(const char *line, time_t before)
{
    struct tm tm = {.tm_isdst = 0};
    const char *end = strptime(line, "%A, %B %d, %Y %H:%M:%S", &tm);
    ck_assert_msg(end, "%s", line);
    ck_assert_str_eq(end, "-UTC\r\n");
    time_t told = timegm(&tm);
    ck_assert(told >= before && told <= time(NULL));
}

START_TEST(daytime_is_a_line)
{
    char out[256] = {0};
    setenv("TZ", "UTC0", 1);
    tzset();
    time_t before = time(NULL);
    ssize_t n = ask("daytime", "", 0, out, sizeof out - 1);
    ck_assert_int_gt(n, 0);
    ck_assert_uint_eq(strlen(out), (size_t)n);
    check_daytime(out, before);
    ck_assert_int_eq((int)ask("daytime", "", 0, out, (size_t)n - 20), -1);
    memset(out, 0, sizeof out);
    ck_assert_uint_gt(ask_inline("daytime", out, sizeof out - 2), 0);
    check_daytime(out, before);
}
END_TEST

START_TEST(echo_dgram_is_the_same_bytes)
{
    static char in[65507], out[65507];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (char)(i * 7);
    static const size_t lens[] = {0, 1, 512, sizeof in};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        ck_assert_int_eq((int)ask("echo", in, lens[i], out, sizeof out), (int)lens[i]);
        ck_assert_int_eq(memcmp(in, out, lens[i]), 0);
    }
    ck_assert_int_eq((int)ask("echo", in, 10, out, 9), -1);
}
END_TEST

START_TEST(discard_dgram_says_nothing)
{
    char out[16];
    ck_assert_int_eq((int)ask("discard", "abc", 3, out, sizeof out), -1);
}
END_TEST

START_TEST(chargen_dgram_is_short)
{
    static char out[65536];
    static const size_t sizes[] = {sizeof out, 512, 511, 444, 443, 74};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(out, 'X', sizeof out);
        ssize_t n = ask("chargen", "", 0, out, sizes[i]);
        ck_assert_int_gt(n, 0);
        ck_assert_int_le(n, 512);
        ck_assert_uint_le((size_t)n, sizes[i]);
        ck_assert_int_eq((int)(n % 74), 0);
        for (size_t k = 0; k < (size_t)n / 74; k++)
            check_line(out + k * 74, k);
        ck_assert_int_eq(out[n], 'X');
    }
    ck_assert_int_eq((int)ask("chargen", "", 0, out, 73), -1);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        table_is_complete,          unknown_ones_are_not_found, small_ports_are_known,
        echo_sends_back_what_came,  echo_survives_a_signal,     echo_ends_when_the_peer_is_gone,
        discard_reads_to_the_end,   chargen_goes_round,         inline_ones_never_wait,
        time_counts_from_1900,      daytime_is_a_line,          echo_dgram_is_the_same_bytes,
        discard_dgram_says_nothing, chargen_dgram_is_short,
    };
    Suite *s = suite_create("builtin");
    TCase *t = tcase_create("builtin");
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
