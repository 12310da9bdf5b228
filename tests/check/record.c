/* check/record.c -- the log's lines as JSON, read back by Python's json, and for the journal */
#include "config.h"

#include "base/event.h"
#include "base/log.h"
#include "base/record.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- every event, whatever stands in it ----------------------------------------------------- */

static const char *const hostile[] = {
    "plain",
    "",
    "a b=c \"d\" \\ e",
    "\x01\x02\x1b[31m\x7f\r\n\t",
    "x\"} {\"event\":\"forged",
    "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xaa",
    "\x80\xff \xc3 \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80",
    "\xc2\23331m",
    "\\x41\\n",
    "7000",
    "007",
    "...",
};

static void log_all(const char *word)
{
    const struct exit_told end = {word,    word,    4711,        3 << 8, 1234 * 1000000ULL,
                                  word,    5000000, 5204,        true,   12,
                                  3456789, word,    strlen(word)};
    const struct exit_told killed = {.service = word, .pid = 1, .status = 9};
    const struct reload_told reload = {1, 2, 3, 4, word, word, word};
    event_listen(word, word, word, 0);
    event_listen(word, word, word, 13);
    event_again(word, word, word, word);
    event_start(word, 1, 2, 3, word);
    event_stop(word, 1, 86403120000000ULL);
    event_accept(word, word, 12, 3, 256);
    event_accept(word, word, 0, 3, 0);
    event_exit(&end);
    event_exit(&killed);
    event_reject(word, word, word, 7);
    event_pause(word, word, 1000000000, word, 2);
    event_resume(word, word);
    event_exec_failed(word, word, word, 2, word);
    event_drop(word, word, word, 3);
    event_ban(word, word, 60000000000ULL);
    event_unban(word, word);
    event_reload(&reload);
    event_upgrade(word, 1, 2, 3000000);
    event_upgrade_failed(word, word);
    event_drain(word, 4, 5000000000ULL);
    event_stderr(word, 6, word, strlen(word));
    event_left_out(word, 99);
    log_warnx("%s", word);
    log_line(LEVEL_ERROR, word);
    log_line(LEVEL_ERROR, "/etc/inetd.conf:3:12: error: unterminated quote");
}

static void log_everything(void)
{
    char word[4000];
    for (size_t i = 0; i < COUNT(hostile); i++)
        log_all(hostile[i]);
    for (int c = 1; c < 256; c++) { /* longer than a line, of each byte */
        memset(word, c, sizeof word);
        word[sizeof word - 1] = '\0';
        log_all(word);
    }
}

/* The same lines twice, into the files that Python compares. */
static void write_log(const char *form, const char *path)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (!freopen(path, "w", stderr) || !log_set_form(form))
            _exit(1);
        log_open(LOG_TO_STDERR, "doorward");
        log_everything();
        _exit(0);
    }
    int status = 1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static const char compare[] =
    "import json, re, sys\n"
    "NUMBERS = set('added changed count cpu duration failed handlers in kept left_out out pause "
    "pid "
    "removed retry rss'\n"
    "              ' seconds services sockets status uptime'.split())\n"
    "FIELD = re.compile(r' ([a-z_]+)=(\"((?:[^\"\\\\]|\\\\.)*)\"(\\.\\.\\.)?|[^ \"]*)')\n"
    "def raw(word):\n"
    "    one = {b'n': b'\\n', b'r': b'\\r', b't': b'\\t'}\n"
    "    return re.sub(rb'\\\\(x..|.)', lambda m: bytes.fromhex(m[1][1:].decode()) if m[1][:1] == "
    "b'x'\n"
    "                  else one.get(m[1], m[1]), word.encode()).decode(errors='replace')\n"
    "def once(pairs):\n"
    "    assert len(dict(pairs)) == len(pairs), pairs\n"
    "    return dict(pairs)\n"
    "text = open(sys.argv[1], 'rb').read().splitlines()\n"
    "objects = open(sys.argv[2], 'rb').read().split(b'\\n')[:-1]\n"
    "assert len(text) == len(objects) > 5000, (len(text), len(objects))\n"
    "seen = set()\n"
    "for line, line_json in zip(text, objects):\n"
    "    assert len(line_json) < 4000, len(line_json)\n"
    "    o = json.loads(line_json.decode(), object_pairs_hook=once)\n"
    "    assert not re.search('[\\0-\\x1f\\x7f-\\x9f]', line_json.decode()), line_json\n"
    "    assert re.fullmatch(r'\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z', "
    "o.pop('time'))\n"
    "    assert o.pop('level') in ('error', 'warning', 'info')\n"
    "    name = o.pop('event')\n"
    "    if name == 'problem':\n"
    "        whole = line.decode(errors='replace')\n"
    "        assert set(o) == {'what'}, o\n"
    "        assert o['what'] == whole or o['what'][-3:] == '...' and "
    "whole.startswith(o['what'][:-3]), (o, whole)\n"
    "        continue\n"
    "    line = line.decode('ascii')\n"
    "    event, rest = re.match('([a-z-]+)(.*)', line).groups()\n"
    "    wanted = {'seconds' if m[1] == 'time' else m[1]: raw(m[3]) + (m[4] or '') if m[2][:1] == "
    "'\"' else m[2]\n"
    "              for m in FIELD.finditer(rest)}\n"
    "    seen.add(event)\n"
    "    assert name == event, line\n"
    "    for key, value in o.items():\n"
    "        assert isinstance(value, str) != (key in NUMBERS), (key, value)\n"
    "    assert list(o) == list(wanted), (list(o), list(wanted))\n"
    "    for key, value in o.items():\n"
    "        if (event, key) == ('start', 'pid'):\n" /* two processes wrote it */
    "            continue\n"
    "        assert value == wanted[key] if isinstance(value, str) else value == "
    "float(wanted[key]), (line, key)\n"
    "assert len(seen) >= 19, seen\n";

START_TEST(test_json)
{
    char folder[] = "/tmp/doorward-record.XXXXXX", text[64], json[64], script[64], command[256];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(text_fits(text, sizeof text, "%s/text", folder));
    ck_assert(text_fits(json, sizeof json, "%s/json", folder));
    ck_assert(text_fits(script, sizeof script, "%s/script", folder));
    write_log("text", text);
    write_log("json", json);
    FILE *f = fopen(script, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(compare, f), 0);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert(text_fits(command, sizeof command, "python3 %s %s %s", script, text, json));
    int status = system(command);
    (void)unlink(text);
    (void)unlink(json);
    (void)unlink(script);
    (void)rmdir(folder);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(test_form)
{
    ck_assert(log_set_form("text"));
    ck_assert(!log_set_form(""));
    ck_assert(!log_set_form("jso"));
    ck_assert(!log_set_form("xml"));
}
END_TEST

/* --- the journal ---------------------------------------------------------------------------- */

static bool has(const struct text *t, const char *bytes, size_t len)
{
    for (size_t i = 0; i + len <= t->len; i++)
        if (memcmp(t->at + i, bytes, len) == 0)
            return true;
    return false;
}
#define HAS(literal) ck_assert(has(&t, literal, sizeof literal - 1))

START_TEST(test_journal)
{
    char room[RECORD_ROOM];
    struct text t;
    text_init(&t, room, sizeof room);
    record_journal(&t, "doorward", 6, "stderr service=a pid=7 line=\"x\\ny=\\x00z\" left_out=4");
    HAS("PRIORITY=6\n");
    HAS("\nSYSLOG_IDENTIFIER=doorward\n");
    HAS("\nMESSAGE=stderr service=a pid=7 line=\"x\\ny=\\x00z\" left_out=4\n");
    HAS("\nDOORWARD_EVENT=stderr\nDOORWARD_SERVICE=a\nDOORWARD_PID=7\n");
    HAS("\nDOORWARD_LINE\n\6\0\0\0\0\0\0\0x\ny=\0z\nDOORWARD_LEFT_OUT=4\n");
    ck_assert(!t.cut);
    ck_assert_int_eq(room[t.len - 1], '\n');
}
END_TEST

START_TEST(test_journal_long)
{
    char room[RECORD_ROOM], line[2048] = "exit service=\"";
    struct text t;
    size_t start = strlen(line);
    for (size_t i = start; i + 2 < sizeof line - 1; i += 2)
        memcpy(line + i, "\\n", 3);
    memcpy(line + sizeof line - 5, "...\"", 5);
    text_init(&t, room, sizeof room);
    record_journal(&t, "doorward", 6, line);
    ck_assert(!t.cut);
    HAS("\n...\n");
    HAS("...\"\n");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("record");
    TCase *c = tcase_create("cases");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_json);
    tcase_add_test(c, test_form);
    tcase_add_test(c, test_journal);
    tcase_add_test(c, test_journal_long);
    suite_add_tcase(s, c);
    return s;
}

#include "check/main.h"
