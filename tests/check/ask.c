/* check/ask.c -- what a load asks: recorded and replayed, cut short, and within its bounds */
#include "config.h"

#include "base/text.h"
#include "conf/ask.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/check_ask.XXXXXX";
static char main_file[64], included[64], fifo[64];
static char said[1 << 16];
static struct text saying;

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *line)
{
    (void)arg;
    text_add(&saying, "%u:%u: %s: %s\n", at->line, at->column,
             severity == CONF_ERROR ? "error" : "warning", line);
}

static void put(void *arg, const char *line)
{
    (void)arg;
    text_add(&saying, "%s\n", line);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

/* Every kind of question is among them. */
static void set_up(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(main_file, sizeof main_file, "%s/main", folder);
    (void)snprintf(included, sizeof included, "%s/inc", folder);
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    write_file(main_file, "127.0.0.1:7001 stream tcp4 nowait root /bin/sh sh -c ''\n"
                          "127.0.0.1:smtp stream tcp4 nowait root /no/such\n"
                          "smptt stream tcp4 nowait root /bin/sh\n"
                          "localhost:7002 stream tcp4 nowait root /bin/sh\n"
                          "7 stream tcp4 nowait root internal\n"
                          "127.0.0.1:7006 on protocol=udp, builtin=echo;\n" /* nobody is named */
                          ".include inc*\n");
    write_file(included, "7003 on socktype=stream, protocol=tcp4, user=root, group=12345,\n"
                         "  groups=23456, exec=/bin/sh;\n"
                         "7004 stream tcp4 nowait nosuch /bin/sh\n"
                         ":root:12345:0600:/run/x stream unix nowait root /bin/sh\n");
}

static void clean_up(void)
{
    (void)unlink(main_file); /* what stays is small, and in /tmp */
    (void)unlink(included);
    (void)unlink(fifo);
    (void)rmdir(folder);
}

/* What a load says and prints. */
static const char *load(struct ask *a, size_t *errors)
{
    const char *paths[] = {main_file, folder};
    const struct conf_options opt = {.ask = a, .check_only = true};
    const struct conf_report report = {say, NULL};

    text_init(&saying, said, sizeof said);
    struct table *t = conf_load(paths, 2, &opt, &report, errors);
    ck_assert_ptr_nonnull(t);
    ck_assert(conf_print(t, put, NULL));
    table_free(t);
    return said;
}

static const char *load_and_free(struct ask *a, size_t *errors)
{
    (void)load(a, errors);
    ask_free(a);
    return said;
}

/* The recording of that load, in memory; `*len` bytes. */
static char *record(size_t *len)
{
    char name[80];
    size_t errors;
    (void)snprintf(name, sizeof name, "%s/.recording", folder);
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    struct ask *a = ask_recorded(fd, NULL, 0, NULL);
    (void)load(a, &errors);
    ck_assert(ask_recorded_all(a));
    ask_free(a);
    *len = (size_t)lseek(fd, 0, SEEK_END);
    char *bytes = malloc(*len);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(pread(fd, bytes, *len, 0), (ssize_t)*len);
    ck_assert_int_eq(close(fd) + unlink(name), 0);
    return bytes;
}

START_TEST(replayed)
{
    size_t errors, again, len;
    char *before = strdup(load_and_free(ask_system(), &errors)), *bytes = record(&len);

    ck_assert(ask_is_whole(bytes, len));
    ck_assert_uint_gt(errors, 0);
    clean_up(); /* nobody looks there again */
    ck_assert_str_eq(load_and_free(ask_replayed(bytes, len, "never"), &again), before);
    ck_assert_uint_eq(errors, again);
    free(before);
    free(bytes);
}
END_TEST

/* Wherever the reader ended, what it was not told is an error where it is asked. */
START_TEST(cut_short)
{
    size_t errors, len, at;
    char *bytes = record(&len), *part;

    for (at = 0; at < len; at += at % 16 == 0 ? 1 : 15) {
        part = malloc(at + 1);
        ck_assert_ptr_nonnull(part);
        memcpy(part, bytes, at);
        ck_assert(!ask_is_whole(part, at));
        ck_assert_ptr_nonnull(load_and_free(ask_replayed(part, at, "no answer"), &errors));
        ck_assert_uint_gt(errors, 0);
        free(part);
    }
    ck_assert_str_eq(load_and_free(ask_replayed(bytes, 0, "no answer"), &errors),
                     "0:0: error: no answer\n0:0: error: no answer\n");
    free(bytes);
}
END_TEST

/* Bytes that went wrong are no harm, whatever they come to. */
START_TEST(damaged)
{
    size_t errors, len;
    char *bytes = record(&len);

    for (size_t i = 0; i < 16; i++) {
        char before = bytes[i];
        bytes[i] = (char)0xff;
        ck_assert_ptr_nonnull(load_and_free(ask_replayed(bytes, len, "no answer"), &errors));
        bytes[i] = before;
    }
    for (size_t i = 0; i < len; i += 61) {
        char before = bytes[i];
        bytes[i] = (char)~bytes[i];
        ck_assert_ptr_nonnull(load_and_free(ask_replayed(bytes, len, "no answer"), &errors));
        bytes[i] = before;
    }
    free(bytes);
}
END_TEST

START_TEST(no_pipes)
{
    size_t errors;
    char expected[400];

    /* In the folder it is passed over; named, it is an error; neither waits for a writer. */
    write_file(main_file, ".include fifo\n.include /dev/zero\n.include .\n");
    write_file(included, "");
    (void)snprintf(expected, sizeof expected,
                   "1:10: error: \"%s\": this is no regular file\n"
                   "2:10: error: \"/dev/zero\": this is no regular file\n"
                   "3:10: error: \"%s/.\": Is a directory: \"/*\" behind it includes its files\n",
                   fifo, folder);
    (void)load_and_free(ask_system(), &errors);
    ck_assert_int_eq(strncmp(said, expected, strlen(expected)), 0);
    ck_assert_uint_eq(errors, 6); /* by its name and in its folder */
}
END_TEST

/* A file that includes another one three times, twelve deep. */
START_TEST(tree)
{
    size_t errors;
    char path[80], text[200];

    for (int i = 0; i < 12; i++) {
        (void)snprintf(path, sizeof path, "%s/.tree%d", folder, i);
        (void)snprintf(text, sizeof text, ".include .tree%d\n.include .tree%d\n.include .tree%d\n",
                       i + 1, i + 1, i + 1);
        write_file(path, text);
    }
    write_file(included, "");
    write_file(main_file, ".include .tree0\n");
    (void)snprintf(path, sizeof path, "%s/.tree12", folder);
    write_file(path, "");
    (void)load_and_free(ask_system(), &errors);
    ck_assert_ptr_nonnull(strstr(said, "more than 4096 files in one load"));
    ck_assert_uint_eq(errors, 1); /* told once */
    for (int i = 0; i <= 12; i++) {
        (void)snprintf(path, sizeof path, "%s/.tree%d", folder, i);
        (void)unlink(path);
    }
}
END_TEST

START_TEST(large)
{
    size_t errors;

    write_file(main_file, ".include .large\n");
    write_file(included, "");
    char path[80];
    (void)snprintf(path, sizeof path, "%s/.large", folder);
    write_file(path, "#\n");
    ck_assert_int_eq(truncate(path, (16 << 20) + 1), 0);
    (void)load_and_free(ask_system(), &errors);
    ck_assert_ptr_nonnull(strstr(said, ".large\": too large for a configuration"));
    ck_assert_uint_eq(errors, 2);
    /* Twice 9 MiB are too much as well. */
    char *comment = malloc((9 << 20) + 1);
    ck_assert_ptr_nonnull(comment);
    memset(comment, '#', 9 << 20);
    comment[9 << 20] = '\0';
    write_file(path, comment);
    write_file(main_file, ".include .large\n.include .large\n");
    free(comment);
    (void)load_and_free(ask_system(), &errors);
    ck_assert_ptr_nonnull(strstr(said, ".large\": more than 16 MiB in one load"));
    ck_assert_uint_eq(errors, 1);
    (void)unlink(path);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ask");
    TCase *t = tcase_create("ask");

    tcase_add_checked_fixture(t, set_up, clean_up);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, replayed);
    tcase_add_test(t, cut_short);
    tcase_add_test(t, damaged);
    tcase_add_test(t, no_pipes);
    tcase_add_test(t, tree);
    tcase_add_test(t, large);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
