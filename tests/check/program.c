/* check/program.c -- what is wrong with a program is found by looking at it */
#include "config.h"

#include "os/program.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define BYTES(text)  (text), sizeof(text) - 1

static char folder[64], path[128], why[PROGRAM_TEXT];

static void make_folder(void)
{
    ck_assert(text_fits(folder, sizeof folder, "/tmp/check_program.XXXXXX"));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert(text_fits(path, sizeof path, "%s/program", folder));
}

static void remove_folder(void)
{
    (void)unlink(path); /* not every test has one */
    (void)rmdir(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_program(const char *bytes, size_t len, mode_t mode)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* Contents of an executable file, and what is said of it. */
static const struct {
    const char *bytes;
    size_t len;
    const char *why;
} contents[] = {
    {BYTES("#!/bin/sh\necho hello\n"), NULL},
    {BYTES("#! /bin/sh -e\necho hello\n"), NULL},
    {BYTES("#!/usr/bin/env sh\n"), NULL},
    {BYTES("#!/bin/sh"), NULL},
    {BYTES("#!interpreter of my folder\n"), NULL},
    {BYTES("echo hello\n"), "has no \"#!\" line and is no executable format"},
    {BYTES("\n#!/bin/sh\n"), "has no \"#!\" line and is no executable format"},
    {BYTES("\xef\xbb\xbf#!/bin/sh\n"), "has no \"#!\" line and is no executable format"},
    {BYTES(""), "is empty"},
    {BYTES("#!/bin/sh\r\necho hello\r\n"),
     "has lines that end in CR LF, so that its interpreter is not found"},
    {BYTES("#!/usr/bin/env python3\r\n"),
     "has lines that end in CR LF, so that its interpreter is not found"},
    {BYTES("#!\n"), "names no interpreter behind \"#!\""},
    {BYTES("#!/no/such/sh -x\n"),
     "has an interpreter, \"/no/such/sh\", that is missing: No such file or directory"},
    {BYTES("#!/etc/passwd\n"), "has an interpreter, \"/etc/passwd\", that is not executable"},
    {BYTES("#!/tmp\n"), "has an interpreter, \"/tmp\", that is a folder"},
    {BYTES("MZ\0\0"), NULL},
#ifdef __linux__
    {BYTES("\177ELF\2\1\1\0"), NULL},
    {BYTES("\x1f\x8b\x08\0\0"), "is no executable format"},
#endif
};

START_TEST(by_contents)
{
    write_program(contents[_i].bytes, contents[_i].len, 0755);
    const char *said = program_look(NULL, path, NULL, why);
    ck_assert_msg(!said == !contents[_i].why, "%s: %s", contents[_i].bytes, said);
    if (said)
        ck_assert_str_eq(said, contents[_i].why);
}
END_TEST

START_TEST(by_kind)
{
    ck_assert_str_eq(program_look(NULL, path, NULL, why), "is missing: No such file or directory");
    ck_assert_int_eq(mkdir(path, 0755), 0);
    ck_assert_str_eq(program_look(NULL, path, NULL, why), "is a folder");
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(mkfifo(path, 0755), 0); /* nobody waits at it */
    ck_assert_str_eq(program_look(NULL, path, NULL, why), "is not a file");
    ck_assert_int_eq(unlink(path), 0);
    write_program(BYTES("#!/bin/sh\n"), 0644);
    ck_assert_str_eq(program_look(NULL, path, NULL, why), "is not executable");
}
END_TEST

/* Somebody who is not us, with one group. */
static struct priv *somebody(uid_t uid, gid_t gid)
{
    static char name[] = "somebody";
    struct priv *p = calloc(1, sizeof *p + sizeof(gid_t));

    ck_assert_ptr_nonnull(p);
    *p = (struct priv){.uid = uid, .gid = gid, .user = name, .ngroups = 1};
    p->groups[0] = gid;
    return p;
}

START_TEST(by_user)
{
    struct stat st;

    write_program(BYTES("#!/bin/sh\n"), 0700);
    ck_assert_int_eq(stat(path, &st), 0);
    struct priv *stranger = somebody(st.st_uid + 7, st.st_gid + 7);
    struct priv *member = somebody(st.st_uid + 7, st.st_gid);
    struct priv *owner = somebody(st.st_uid, st.st_gid + 7);

    ck_assert_ptr_null(program_look(NULL, path, NULL, why));
    ck_assert_ptr_null(program_look(NULL, path, owner, why));
    ck_assert_str_eq(program_look(NULL, path, stranger, why),
                     "is not executable for user \"somebody\"");
    ck_assert_ptr_nonnull(program_look(NULL, path, member, why));
    ck_assert_int_eq(chmod(path, 0710), 0);
    ck_assert_ptr_null(program_look(NULL, path, member, why));
    ck_assert_ptr_nonnull(program_look(NULL, path, stranger, why));
    ck_assert_int_eq(chmod(path, 0705), 0);
    ck_assert_ptr_nonnull(program_look(NULL, path, member, why)); /* the group's bits are his */
    ck_assert_ptr_null(program_look(NULL, path, stranger, why));

    char expected[PROGRAM_TEXT];
    ck_assert(text_fits(
        expected, sizeof expected,
        "is not reachable for user \"somebody\": the folder \"%s\" is closed to him", folder));
    ck_assert_int_eq(chmod(folder, 0700), 0);
    ck_assert_str_eq(program_look(NULL, path, stranger, why), expected);
    ck_assert_ptr_null(program_look(NULL, path, owner, why));
    free(stranger);
    free(member);
    free(owner);
}
END_TEST

/* Below a root directory, its interpreter too. */
START_TEST(by_root)
{
    write_program(BYTES("#!/program\n"), 0755);
    ck_assert_ptr_null(program_look(folder, "/program", NULL, why));
    ck_assert_ptr_nonnull(program_look(NULL, path, NULL, why));
    write_program(BYTES("#!/bin/sh\n"), 0755);
    ck_assert_str_eq(program_look(folder, "/program", NULL, why),
                     "has an interpreter, \"/bin/sh\", that is missing: No such file or directory");
}
END_TEST

/* What a path says is escaped, and a long one is cut. */
START_TEST(text)
{
    char bytes[300];

    memset(bytes, '\033', sizeof bytes);
    memcpy(bytes, "#!/", 3);
    memcpy(bytes + 200, "\n\0", 2);
    write_program(bytes, 202, 0755);
    const char *said = program_look(NULL, path, NULL, why);
    ck_assert_ptr_nonnull(said);
    ck_assert_uint_lt(strlen(said), PROGRAM_TEXT);
    ck_assert_ptr_null(strchr(said, '\033'));
    ck_assert_str_eq(said + strlen(said) - 3, "...");
}
END_TEST

/* A name between two NULs, wherever it stands. */
START_TEST(has_word)
{
    enum { SIZE = 40000 };
    static char bytes[SIZE];

    for (int at = 16384 - 10; at < 16384 + 10; at++) {
        memset(bytes, 'x', sizeof bytes);
        memcpy(bytes + at, "\0tftpd", 7);
        write_program(bytes, sizeof bytes, 0755);
        ck_assert_msg(program_has_word(path, "tftpd"), "not found at %d", at);
        ck_assert(!program_has_word(path, "ftpd"));
        ck_assert(!program_has_word(path, "tftp"));
    }
    ck_assert(!program_has_word(folder, "tftpd"));
}
END_TEST

START_TEST(is_file)
{
    ck_assert(!program_is_file(path));
    ck_assert(!program_is_file(folder));
    write_program(BYTES("x"), 0644);
    ck_assert(program_is_file(path));
    ck_assert(!program_is_file("program"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("program");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, make_folder, remove_folder);
    tcase_add_loop_test(all, by_contents, 0, COUNT(contents));
    tcase_add_test(all, by_kind);
    tcase_add_test(all, by_user);
    tcase_add_test(all, by_root);
    tcase_add_test(all, text);
    tcase_add_test(all, has_word);
    tcase_add_test(all, is_file);
    suite_add_tcase(s, all);
    return s;
}

#include "check/main.h"
