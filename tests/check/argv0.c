/* check/argv0.c -- a forgotten argv[0] is an error in both forms; what is meant so stays */
#include "config.h"

#include "base/text.h"
#include "conf/conf.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Program and arguments; @ is a file that is there. */
static const struct {
    const char *entry, *name, *first;
} refused[] = {
    {"/usr/bin/python3 @", "python3", "@"},
    {"/usr/bin/python3.11 @ --port 7", "python3.11", "@"},
    {"/usr/bin/python3 -u @", "python3", "-u"},
    {"/usr/bin/python3 guestbook.py", "python3", "guestbook.py"},
    {"/usr/bin/perl -w @", "perl", "-w"},
    {"/usr/bin/perl5.36.0 @", "perl5.36.0", "@"},
    {"/usr/bin/ruby2.7 @", "ruby2.7", "@"},
    {"/usr/local/bin/node /srv/not-there.js", "node", "/srv/not-there.js"},
    {"/usr/bin/php8.2 -f @", "php8.2", "-f"},
    {"/usr/bin/lua5.4 script.lua", "lua5.4", "script.lua"},
    {"/usr/bin/awk -f @", "awk", "-f"},
    {"/usr/bin/env python3 @", "env", "python3"},
    {"/usr/bin/tclsh8.6 @", "tclsh8.6", "@"},
    {"/bin/sh -c 'echo hello'", "sh", "-c"},
    {"/bin/sh @", "sh", "@"},
    {"/bin/bash script", "bash", "script"},
    {"/usr/bin/busybox -f", "busybox", "-f"},
    {"/usr/sbin/in.tftpd -s /srv/tftp", "in.tftpd", "-s"},
    {"/usr/bin/nice @", "nice", "@"},
    {"/usr/bin/java -jar /srv/x.jar", "java", "-jar"},
};

static const char *const accepted[] = {
    "/usr/bin/python3 python3 @",
    "/usr/bin/python3.11 python @",
    "/usr/bin/python3 /usr/bin/python3 @",
    "/usr/bin/python3",
    "/usr/bin/perl perl -w @",
    "/usr/bin/awk awk -f @",
    "/usr/bin/env env python3 @",
    "/usr/bin/php-cgi8.2 php-cgi @",
    "/bin/sh",
    "/bin/sh sh -c 'echo hello'",
    "/bin/dash sh @",
    "/bin/bash -bash",
    "/bin/bash -sh",
    "/usr/bin/ksh93 ksh -c date",
    "/bin/busybox httpd -i",
    "/bin/busybox busybox httpd -i",
    "/usr/sbin/tcpd @ -l",
    "/usr/sbin/tcpd in.ftpd -l",
    "/usr/sbin/in.tftpd in.tftpd -s /srv/tftp",
    "/usr/libexec/ftpd other-name -l",
    "/usr/bin/cat cat @",
    "/usr/sbin/in.tftpd /srv/not-there",
    "@",
    "@ @",
};

static char file[] = "/tmp/check_argv0.XXXXXX", told[1000];

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *text)
{
    (void)arg;
    if (severity == CONF_ERROR)
        ck_assert(text_fits(told, sizeof told, "%u: %s", at->column, text));
}

static size_t load(const char *head, const char *entry)
{
    const struct conf_report report = {say, NULL};
    const struct conf_options opt = {.check_only = true};
    char in[500];
    size_t errors = 0;

    told[0] = '\0';
    ck_assert(text_fits(in, sizeof in, "%s", head));
    size_t len = strlen(in);
    for (const char *p = entry; *p; p++) {
        const char *part = *p == '@' ? file : (char[]){*p, '\0'};
        ck_assert(text_fits(in + len, sizeof in - len, "%s", part));
        len += strlen(part);
    }
    table_free(conf_load_text("test.conf", in, len, &opt, &report, &errors));
    return errors;
}

/* The same as a definition: the program, then the arguments. */
static size_t load_definition(const char *entry)
{
    char in[300];
    size_t program = strcspn(entry, " ");

    ck_assert(text_fits(in, sizeof in, "%.*s%s%s;", (int)program, entry,
                        entry[program] ? ", args =" : "", entry + program));
    return load("7007 on protocol = tcp4, user = -, exec = ", in);
}

static size_t load_line(const char *entry)
{
    return load("7007 stream tcp4 nowait - ", entry);
}

static void make_file(void)
{
    memset(file + sizeof file - 7, 'X', 6);
    int fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
}

static void remove_file(void)
{
    ck_assert_int_eq(unlink(file), 0);
}

START_TEST(each_refused)
{
    char expected[300];

    ck_assert(text_fits(
        expected, sizeof expected,
        "the arguments begin with the program's own name: write \"%s\" before \"%s\"",
        refused[_i].name, strcmp(refused[_i].first, "@") == 0 ? file : refused[_i].first));
    ck_assert_msg(load_line(refused[_i].entry) == 1, "%s is taken", refused[_i].entry);
    ck_assert_str_eq(strchr(told, ' ') + 1, expected);
    ck_assert_int_eq(strtol(told, NULL, 10), 28 + (int)strcspn(refused[_i].entry, " "));
    ck_assert_uint_eq(load_definition(refused[_i].entry), 1);
    ck_assert_str_eq(strchr(told, ' ') + 1, expected);
}
END_TEST

START_TEST(each_accepted)
{
    ck_assert_msg(load_line(accepted[_i]) == 0, "%s: %s", accepted[_i], told);
    ck_assert_msg(load_definition(accepted[_i]) == 0, "%s: %s", accepted[_i], told);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("argv0");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, make_file, remove_file);
    tcase_add_loop_test(all, each_refused, 0, COUNT(refused));
    tcase_add_loop_test(all, each_accepted, 0, COUNT(accepted));
    suite_add_tcase(s, all);
    return s;
}

#include "check/main.h"
