/* check/text.c -- bounded strings, escapes, the log's lines and the events in them */
#include "config.h"

#include "base/event.h"
#include "base/log.h"
#include "base/text.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- text ------------------------------------------------------------------------------------ */

START_TEST(test_add)
{
    char room[8];
    struct text t;
    text_init(&t, room, sizeof room);
    ck_assert_str_eq(room, "");
    text_add(&t, "%d-%s", 12, "ab");
    ck_assert_str_eq(room, "12-ab");
    text_add(&t, "cd"); /* to the last byte */
    ck_assert_str_eq(room, "12-abcd");
    ck_assert(!t.cut);
    ck_assert_uint_eq(t.len, 7);
    text_add(&t, "%s", "");
    ck_assert(!t.cut);
    text_add(&t, "e");
    ck_assert(t.cut);
    ck_assert_str_eq(room, "12-abcd");
}
END_TEST

START_TEST(test_plain_parts)
{
    char room[24];
    struct text t;
    text_init(&t, room, sizeof room);
    text_number(&t, 0);
    text_bytes(&t, "abc", 2);
    text_string(&t, "-");
    text_number(&t, UINT64_C(18446744073709551615));
    ck_assert(t.cut); /* one digit too many */
    ck_assert_str_eq(room, "0ab-1844674407370955161");
    ck_assert_uint_eq(t.len, sizeof room - 1);
    text_string(&t, "");
    text_bytes(&t, "x", 1);
    ck_assert_str_eq(room, "0ab-1844674407370955161");

    text_init(&t, room, 21);
    text_number(&t, UINT64_C(18446744073709551615));
    ck_assert(!t.cut);
    ck_assert_str_eq(room, "18446744073709551615");
    text_string(&t, "");
    ck_assert(!t.cut);

    text_init(&t, room, 4);
    text_escape(&t, "ab\n", 3); /* half an escape would be another character */
    ck_assert_str_eq(room, "ab");
    ck_assert(t.cut);
}
END_TEST

START_TEST(test_cut)
{
    char room[8];
    struct text t;
    text_init(&t, room, sizeof room);
    text_add(&t, "abc%s", "defgh");
    ck_assert(t.cut);
    ck_assert_str_eq(room, "abcdefg");
    text_mark_cut(&t);
    ck_assert_str_eq(room, "abcd...");
    text_init(&t, room, sizeof room);
    text_escape(&t, "abcd\xff!", 6); /* \xff does not fit: nothing of it, nothing after it */
    ck_assert(t.cut);
    ck_assert_str_eq(room, "abcd");
    text_add(&t, "!");
    ck_assert_str_eq(room, "abcd");
    text_mark_cut(&t);
    ck_assert_str_eq(room, "abcd...");
    text_init(&t, room, 3);
    text_add(&t, "abc");
    text_mark_cut(&t);
    ck_assert_str_eq(room, "..");
    text_init(&t, room, 1);
    text_add(&t, "a");
    text_mark_cut(&t);
    ck_assert_str_eq(room, "");
    text_init(&t, room, sizeof room);
    text_add(&t, "abcdefg");
    text_mark_cut(&t);
    ck_assert_str_eq(room, "abcdefg");
}
END_TEST

START_TEST(test_field)
{
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"abc", " k=abc"},
        {"[::1]:80", " k=[::1]:80"},
        {"!~", " k=!~"},
        {"", " k=\"\""},
        {"a b", " k=\"a b\""},
        {"a=b", " k=\"a=b\""},
        {"a\"b", " k=\"a\\\"b\""},
        {"a\\b", " k=\"a\\\\b\""},
        {"x\nexit pid=1", " k=\"x\\nexit pid=1\""},
        {"\r\t\x1b[0m\x7f", " k=\"\\r\\t\\x1b[0m\\x7f\""},
        {"\xc3\xa4", " k=\"\\xc3\\xa4\""},
        {"\x80", " k=\"\\x80\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[64];
        struct text t;
        text_init(&t, room, sizeof room);
        text_field(&t, "k", cases[i].value);
        ck_assert_str_eq(room, cases[i].expected);
    }
}
END_TEST

/* A field shows each byte in a way of its own: two values never read the same. */
START_TEST(test_field_bytes)
{
    char room[16], seen[256][16];
    struct text t;
    for (int c = 0; c < 256; c++) {
        char byte = (char)(unsigned char)c;
        text_init(&t, room, sizeof room);
        text_field_bytes(&t, "k", &byte, 1);
        for (const char *p = room; *p != '\0'; p++)
            ck_assert(*p >= ' ' && *p <= '~');
        for (int d = 0; d < c; d++)
            ck_assert_str_ne(room, seen[d]);
        memcpy(seen[c], room, sizeof room);
    }
    text_init(&t, room, sizeof room);
    text_field_bytes(&t, "k", "a\0b", 3);
    ck_assert_str_eq(room, " k=\"a\\x00b\"");
}
END_TEST

/* Wherever the end of the room is, a line reads as whole escapes in closed quotes. */
static void check_cut_line(const char *line)
{
    bool quoted = false;
    for (const char *p = line; *p != '\0'; p++) {
        if (*p == '"')
            quoted = !quoted;
        if (*p == '\\') {
            ck_assert_msg(quoted, "%s", line);
            bool hex = p[1] == 'x' && strspn(p + 2, "0123456789abcdef") >= 2;
            ck_assert_msg(hex || (p[1] != '\0' && strchr("\"\\nrt", p[1])), "%s", line);
            p += hex ? 3 : 1;
        }
    }
    ck_assert_msg(!quoted, "%s", line);
}

START_TEST(test_cut_fields)
{
    static const char *const values[] = {"abc",  "a b", "\x01\x02\x03", "\"\"\"", "\\\\\\",
                                         "\n\n", ""};
    char whole[128], room[128];
    for (size_t i = 0; i < COUNT(values); i++)
        for (size_t j = 0; j < COUNT(values); j++)
            for (size_t size = 1; size < sizeof room; size++) {
                struct text all, t;
                text_init(&all, whole, sizeof whole);
                text_init(&t, room, size);
                for (struct text *one = &all; one; one = one == &all ? &t : NULL) {
                    text_string(one, "exit");
                    text_field(one, "first", values[i]);
                    text_key(one, "pid");
                    text_number(one, 1234);
                    text_field(one, "last", values[j]);
                    text_mark_cut(one);
                }
                ck_assert_uint_lt(strlen(room), size);
                check_cut_line(room);
                if (strcmp(room, whole) != 0 && size > 3)
                    ck_assert_msg(strstr(room, "..."), "%s", room);
                if (size > strlen(whole) + 3)
                    ck_assert_str_eq(room, whole);
            }
}
END_TEST

START_TEST(test_cut_characters)
{
    char room[16];
    struct text t;
    for (size_t size = 4; size < 14; size++) {
        text_init(&t, room, size);
        text_string(&t, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
        text_mark_cut(&t);
        ck_assert_uint_eq((t.len - 3) % 3, 0);
        ck_assert_str_eq(room + t.len - 3, "...");
    }
}
END_TEST

START_TEST(test_fits)
{
    char room[4];
    ck_assert(text_fits(room, sizeof room, "%d", 123));
    ck_assert_str_eq(room, "123");
    ck_assert(!text_fits(room, sizeof room, "%d", 1234));
    ck_assert_str_eq(room, "123");
}
END_TEST

/* --- log ------------------------------------------------------------------------------------- */

static int reader, old_stderr;

/* Each write(2) to a seqpacket socket is a record of its own. */
static void setup(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    old_stderr = dup(STDERR_FILENO);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    (void)close(ends[1]);
    reader = ends[0];
    log_open(LOG_TO_JOURNAL, "check");
    log_set_level(LEVEL_INFO);
}

static void teardown(void)
{
    (void)dup2(old_stderr, STDERR_FILENO);
    (void)close(old_stderr);
    (void)close(reader);
}

/* The next write, "" if there was none. */
static const char *next_write(void)
{
    static char record[8192];
    ssize_t n = read(reader, record, sizeof record - 1);
    record[n > 0 ? n : 0] = '\0';
    return record;
}

START_TEST(test_verbs)
{
    log_set_level(LEVEL_DEBUG);
    ck_assert_int_eq(log_get_level(), LEVEL_DEBUG);
    log_debug("%s %d", "a", 1);
    ck_assert_str_eq(next_write(), "<7>debug what=\"a 1\"\n");
    log_info("b");
    ck_assert_str_eq(next_write(), "<6>note what=b\n");
    log_warnx("c");
    ck_assert_str_eq(next_write(), "<4>fault what=c\n");
    errno = ENOENT;
    log_warn("d %s", "e");
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_str_eq(next_write(), "<4>fault what=\"d e: No such file or directory\"\n");
    log_line(LEVEL_ERROR, "f");
    ck_assert_str_eq(next_write(), "<3>f\n");
    ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(test_plain)
{
    log_open(LOG_TO_STDERR, "doorward");
    log_info("a");
    ck_assert_str_eq(next_write(), "note what=a\n");
}
END_TEST

START_TEST(test_level)
{
    log_debug("a");
    ck_assert_str_eq(next_write(), "");
    log_set_level(LEVEL_WARNING);
    log_info("b");
    log_line(LEVEL_INFO, "c");
    ck_assert_str_eq(next_write(), "");
    log_warnx("d");
    ck_assert_str_eq(next_write(), "<4>fault what=d\n");
}
END_TEST

START_TEST(test_control_characters)
{
    log_line(LEVEL_INFO, "a\nb\r\t\n<0>forged\x1b[0m\x7f \"\\ \xc3\xa4");
    ck_assert_str_eq(next_write(), "<6>a\\nb\\r\\t\\n<0>forged\\x1b[0m\\x7f \"\\ \xc3\xa4\n");
}
END_TEST

/* Too long a line is cut and says so, also where escapes made it too long. */
static void check_bounded(void)
{
    const char *line = next_write();
    size_t len = strlen(line);
    ck_assert_uint_ge(len, 2000);
    ck_assert_uint_le(len, 2048 + 3);
    ck_assert_str_eq(line + len - 4, line[len - 2] == '"' ? "..\"\n" : "...\n");
}

START_TEST(test_long_line)
{
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_info("%s", text);
    check_bounded();
    log_line(LEVEL_INFO, text);
    check_bounded();
    event_stderr("s", 1, text, strlen(text));
    check_bounded();
    memset(text, '\n', 600);
    text[600] = '\0';
    log_line(LEVEL_INFO, text);
    ck_assert_uint_eq(strlen(next_write()), 3 + 1200 + 1);
    memset(text, '\x01', 600);
    log_info("%s", text);
    check_bounded();
    ck_assert_str_eq(next_write(), "");
}
END_TEST

START_TEST(test_errno)
{
    (void)close(reader); /* so that the write fails */
    (void)signal(SIGPIPE, SIG_IGN);
    reader = -1;
    errno = EXDEV;
    log_info("a");
    event_resume("s", "rate");
    ck_assert_int_eq(errno, EXDEV);
}
END_TEST

/* Nobody reads for a while. */
START_TEST(test_lost)
{
    enum { LINES = 5000 };
    char line[64];
    int read_back = 0;
    for (int i = 0; i < LINES; i++)
        log_info("line %d", i);
    while (*next_write() != '\0')
        read_back++;
    ck_assert_int_lt(read_back, LINES);
    log_info("a");
    ck_assert(text_fits(line, sizeof line, "<4>log lost=%d\n", LINES - read_back));
    ck_assert_str_eq(next_write(), line);
    ck_assert_str_eq(next_write(), "<6>note what=a\n");
    log_info("b");
    ck_assert_str_eq(next_write(), "<6>note what=b\n");
    ck_assert_str_eq(next_write(), "");
}
END_TEST

static void call_fatal(void)
{
    errno = EACCES;
    fatal("a %d", 1);
}

static void call_fatalx(void)
{
    fatalx("b");
}

START_TEST(test_fatal)
{
    static const struct {
        void (*call)(void);
        const char *line;
    } cases[] = {{call_fatal, "<3>fault what=\"a 1: Permission denied\"\n"},
                 {call_fatalx, "<3>fault what=b\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int status;
        (void)fflush(stdout); /* the child's exit would write it once more */
        pid_t pid = fork();
        if (pid == 0)
            cases[i].call();
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), EX_OSERR);
        ck_assert_str_eq(next_write(), cases[i].line);
    }
}
END_TEST

/* --- events ---------------------------------------------------------------------------------- */

static void expect(const char *line)
{
    ck_assert_str_eq(next_write(), line);
}

START_TEST(test_events)
{
    event_listen("echo", "[::]:7", "tcp", 0);
    expect("<6>listen service=echo address=[::]:7 protocol=tcp\n");
    event_listen("echo", "[::]:7", "tcp", ENODEV);
    expect("<4>listen service=echo address=[::]:7 protocol=tcp error=\"No such device\"\n");
    event_accept("a", "[::1]:80", 12, 3, 256);
    expect("<6>accept service=a from=[::1]:80 pid=12 running=3/256\n");
    event_accept("a", NULL, 12, 3, 0);
    expect("<6>accept service=a pid=12 running=3/-\n");
    event_reject("a", "uid:0", "rate", 1);
    expect("<6>reject service=a from=uid:0 reason=rate\n");
    event_reject("a", "uid:0", "access", 2);
    expect("<6>reject service=a from=uid:0 reason=access count=2\n");
    event_drop("a", "1.2.3.4:5", "queued", 3);
    expect("<6>drop service=a from=1.2.3.4:5 reason=queued count=3\n");
    event_pause("a", "fault", 60000000000, "Too many open files", 4);
    expect("<6>pause service=a reason=fault retry=60.000 error=\"Too many open files\" count=4\n");
    event_pause("a", "rate", 0, NULL, 0);
    expect("<6>pause service=a reason=rate\n");
    event_resume("a", "rate");
    expect("<6>resume service=a reason=rate\n");
    event_exec_failed("a", "/x", "execve", ENOENT, NULL);
    expect("<4>exec-failed service=a program=/x step=execve error=\"No such file or directory\"\n");
    event_reload(&(struct reload_told){1, 2, 3, 4, "a b", "", NULL});
    expect("<6>reload kept=1 added=2 changed=3 removed=4 added_services=\"a b\"\n");
    event_stop("SIGTERM", 3, 1002000000);
    expect("<6>stop reason=SIGTERM handlers=3 uptime=1.002\n");
    event_accept("a", "[::1]:80", 0, 1, 2);
    expect("<6>accept service=a from=[::1]:80 running=1/2\n");
    event_stderr("a", 5, "x\0\ny", 4);
    expect("<6>stderr service=a pid=5 line=\"x\\x00\\ny\"\n");
    event_left_out("a", 7);
    expect("<6>stderr service=a left_out=7\n");
    event_reject("a b", "\nexit service=a", "", 0);
    expect("<6>reject service=\"a b\" from=\"\\nexit service=a\" reason=\"\"\n");
    expect("");
}
END_TEST

/* What waitpid(2) says of a child that did `exit(code)` or died of `number`. */
static int status_of(int code, int number)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (number > 0) {
            (void)signal(number, SIG_DFL);
            (void)raise(number);
        }
        _exit(code);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

/* An end of pid 7. */
static void say_exit(int status, uint64_t duration, const char *reason)
{
    event_exit(&(struct exit_told){.service = "a",
                                   .pid = 7,
                                   .status = status,
                                   .duration_ns = duration,
                                   .reason = reason,
                                   .cpu_ns = 12345678,
                                   .rss = 2048});
}

START_TEST(test_exit)
{
    char line[128];
    say_exit(status_of(0, 0), 0, NULL);
    expect("<6>exit service=a pid=7 status=0 duration=0.000 cpu=0.012 rss=2048\n");
    say_exit(status_of(255, 0), 1234567890, NULL);
    expect("<6>exit service=a pid=7 status=255 duration=1.234 cpu=0.012 rss=2048\n");
    say_exit(status_of(0, SIGTERM), 90005999999, "timeout");
    expect("<6>exit service=a pid=7 signal=SIGTERM duration=90.005 reason=timeout cpu=0.012 "
           "rss=2048\n");
    say_exit(status_of(0, SIGKILL), 0, NULL);
    expect("<6>exit service=a pid=7 signal=SIGKILL duration=0.000 cpu=0.012 rss=2048\n");
    say_exit(status_of(0, SIGRTMIN + 1), 0, NULL);
    ck_assert(text_fits(line, sizeof line,
                        "<6>exit service=a pid=7 signal=%d duration=0.000 cpu=0.012 rss=2048\n",
                        SIGRTMIN + 1));
    expect(line);
    event_exit(&(struct exit_told){
        .service = "a", .from = "192.0.2.1:5", .status = 256, .last = "a\tb", .last_len = 3});
    expect("<6>exit service=a status=1 duration=0.000 from=192.0.2.1:5 stderr=\"a\\tb\"\n");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("text");
    TCase *text = tcase_create("text"), *log = tcase_create("log");
    tcase_add_test(text, test_add);
    tcase_add_test(text, test_plain_parts);
    tcase_add_test(text, test_cut);
    tcase_add_test(text, test_field);
    tcase_add_test(text, test_field_bytes);
    tcase_add_test(text, test_cut_fields);
    tcase_add_test(text, test_cut_characters);
    tcase_add_test(text, test_fits);
    tcase_add_checked_fixture(log, setup, teardown);
    tcase_add_test(log, test_verbs);
    tcase_add_test(log, test_plain);
    tcase_add_test(log, test_level);
    tcase_add_test(log, test_control_characters);
    tcase_add_test(log, test_long_line);
    tcase_add_test(log, test_lost);
    tcase_add_test(log, test_fatal);
    tcase_add_test(log, test_events);
    tcase_add_test(log, test_exit);
    tcase_add_test(log, test_errno);
    suite_add_tcase(s, text);
    suite_add_tcase(s, log);
    return s;
}

#include "check/main.h"
