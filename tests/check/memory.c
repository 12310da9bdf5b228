/* check/memory.c -- whichever allocation fails while a configuration is read, printed, compared or
 * handed on: it is told, and nothing is read wrong
 *
 * Linked with --wrap, so that all of the daemon's own allocations come here. */
#include "config.h"

#include "check/conf_cases.h"
#include "conf/conf.h"
#include "service/saved.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The how-manieth from now fails, and those behind it; 0: none. */
static unsigned long fails_at, calls;
static bool on;

static bool fails(void)
{
    calls++;
    bool now = fails_at > 0 && (on ? calls >= fails_at : calls == fails_at);
    if (now)
        errno = ENOMEM;
    return now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* --- what comes out -------------------------------------------------------------------------- */

struct out {
    size_t len, told; /* told: errors */
    char text[1 << 16];
};

/* libcheck's own allocations come here, too: no ck_assert() while they fail. */
static void must(bool good)
{
    if (!good)
        abort();
}

static void put(void *arg, const char *line)
{
    struct out *o = arg;
    size_t n = strlen(line);
    must(o->len + n + 2 < sizeof o->text);
    memcpy(o->text + o->len, line, n);
    o->len += n;
    memcpy(o->text + o->len++, "\n", 2);
}

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *line)
{
    struct out *o = arg;
    (void)at;
    must(*line != '\0');
    o->told += severity == CONF_ERROR;
}

/* The table of `text`, the `n`th allocation failing; NULL: out of memory, which was told. */
static struct table *load(const char *text, unsigned long n, struct out *o)
{
    const struct conf_options opt = {.check_only = true};
    const struct conf_report report = {say, o};
    size_t errors = 0;
    *o = (struct out){.len = 0};
    calls = 0;
    fails_at = n;
    struct table *t = conf_load_text("test.conf", text, strlen(text), &opt, &report, &errors);
    fails_at = 0;
    ck_assert(t || o->told > 0);
    ck_assert(!t || errors == o->told);
    return t;
}

/* A load in which memory ran out says so, or has the table that it would have had. */
static bool one_fails(const char *text, unsigned long n, const struct out *good)
{
    static struct out o;
    struct table *t = load(text, n, &o);
    bool was_all = calls < n;
    if (t && o.told <= good->told) {
        ck_assert(conf_print(t, put, &o));
        ck_assert_str_eq(o.text, good->text);
    }
    table_free(t);
    return !was_all;
}

/* Each allocation of each configuration; of long ones a part. */
static void each_fails(const struct conf_case *cases, size_t count)
{
    static struct out good;
    for (size_t i = 0; i < count; i++) {
        struct table *t = load(cases[i].in, 0, &good);
        ck_assert(conf_print(t, put, &good));
        table_free(t);
        for (unsigned long n = 1; one_fails(cases[i].in, n, &good); n++)
            ;
    }
}

START_TEST(once)
{
    on = false;
    each_fails(classic_cases, COUNT(classic_cases));
    each_fails(rpc_cases, COUNT(rpc_cases));
    each_fails(definition_cases, COUNT(definition_cases));
}
END_TEST

START_TEST(once_and_bad)
{
    on = false;
    each_fails(bad_cases, COUNT(bad_cases));
    each_fails(bad_definition_cases, COUNT(bad_definition_cases));
}
END_TEST

/* --- printed, compared, handed on ------------------------------------------------------------ */

/* All good definitions in one table. */
static const char *whole(void)
{
    static char text[1 << 16];
    size_t len = 0;
    for (size_t i = 0; i < COUNT(definition_cases); i++) {
        size_t n = strlen(definition_cases[i].in);
        if (*definition_cases[i].in == '.' || len + n + 2 > sizeof text)
            continue; /* a directive: it changes those behind it */
        memcpy(text + len, definition_cases[i].in, n);
        len += n;
        memcpy(text + len++, "\n", 2);
    }
    return text;
}

START_TEST(print)
{
    static struct out good, o;
    struct table *t = load(whole(), 0, &good);
    bool done = false;
    good.len = 0;
    ck_assert(conf_print(t, put, &good));
    for (unsigned long n = 1; !done; n++) {
        o = (struct out){.len = 0};
        calls = 0;
        fails_at = n;
        bool printed = conf_print(t, put, &o);
        done = calls < n;
        fails_at = 0;
        ck_assert(!printed || strcmp(o.text, good.text) == 0);
    }
    table_free(t);
}
END_TEST

static void closing(void *arg, struct listener *l)
{
    (void)arg;
    (void)l;
}

static bool gone(void *arg, struct service *s)
{
    (void)arg;
    (void)s;
    return false;
}

/* A reload without memory changes nothing. */
START_TEST(replace)
{
    static struct out was, is;
    bool done = false;
    for (unsigned long n = 1; !done; n++) {
        struct table_change change;
        struct table *live = load("7007 stream tcp4 nowait - /bin/cat cat\n", 0, &was);
        struct table *fresh = load(whole(), 0, &is);
        ck_assert(conf_print(live, put, &was));
        calls = 0;
        fails_at = n;
        bool replaced = table_replace(live, fresh, &change, closing, gone, NULL);
        done = calls < n;
        fails_at = 0;
        is.len = 0;
        ck_assert(conf_print(live, put, &is));
        ck_assert(replaced || strcmp(is.text, was.text) == 0);
        ck_assert(replaced || !done);
        table_free(live);
        if (!replaced)
            table_free(fresh);
    }
}
END_TEST

/* What is handed on to another doorward is whole, or there is none. */
START_TEST(saved)
{
    static struct out o;
    struct table *t = load(whole(), 0, &o);
    bool done = false;
    on = true; /* once it has failed, it is no use to go on */
    for (unsigned long n = 1; !done; n++) {
        struct state_out out = {.at = NULL};
        struct state_in in;
        struct state_part part;
        bool bad;
        calls = 0;
        fails_at = n;
        state_part(&out, "services", true);
        bool good = table_save(t, &out) && state_end(&out);
        struct table *again = NULL;
        if (good && state_open(&in, out.at, out.len, &bad) && state_next_part(&in, &part))
            again = table_restore(&part.records);
        done = calls < n;
        fails_at = 0;
        ck_assert(!done || again);
        ck_assert(!again || again->count == t->count);
        table_free(again);
        state_free(&out);
    }
    table_free(t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("memory");
    TCase *tc = tcase_create("cases");
    tcase_add_test(tc, once);
    tcase_add_test(tc, once_and_bad);
    tcase_add_test(tc, print);
    tcase_add_test(tc, replace);
    tcase_add_test(tc, saved);
    suite_add_tcase(s, tc);
    return s;
}

#include "check/main.h"
