/* check/access.c -- allow and deny by address */
#include "config.h"

#include "service/access.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* "+10.0.0.0/8 -10.1.0.0/16": allow and deny. */
static struct access rules(const char *text)
{
    struct access a = {.rules = NULL};
    char *copy = strdup(text), *rest = NULL;
    struct prefix p;

    ck_assert_ptr_nonnull(copy);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        ck_assert_ptr_null(prefix_parse(&p, w + 1));
        ck_assert(access_add(&a, &p, *w == '+'));
    }
    free(copy);
    return a;
}

static struct addr peer(const char *text)
{
    struct addr a;

    if (strncmp(text, "uid:", 4) == 0)
        return addr_unix((uid_t)strtoul(text + 4, NULL, 10), 0, 1);
    if (strcmp(text, "-") == 0)
        return addr_from(NULL, 0);
    ck_assert_msg(addr_parse(&a, text), "%s", text);
    return a;
}

START_TEST(verdicts)
{
    static const struct {
        const char *rules, *peer;
        bool in;
        int rule; /* its index; -1 none */
    } table[] = {
        {"", "1.2.3.4", true, -1},
        {"", "-", true, -1},
        {"-10.0.0.0/8", "1.2.3.4", true, -1},
        {"-10.0.0.0/8", "10.2.3.4", false, 0},
        {"+10.0.0.0/8", "10.2.3.4", true, 0},
        {"+10.0.0.0/8", "1.2.3.4", false, -1},
        {"+10.0.0.0/8", "::1", false, -1},
        {"+10.0.0.0/8", "uid:0", false, -1},
        {"+10.0.0.0/8", "-", false, -1},
        {"+10.0.0.0/8 -10.1.0.0/16", "10.1.2.3", false, 1},
        {"-10.1.0.0/16 +10.0.0.0/8", "10.1.2.3", false, 0},
        {"-10.0.0.0/8 +10.1.0.0/16", "10.1.2.3", true, 1},
        {"+10.1.0.0/16 -10.0.0.0/8", "10.1.2.3", true, 0},
        {"+10.1.0.0/16 -10.1.0.0/16", "10.1.2.3", false, 1},
        {"-10.1.0.0/16 +10.1.0.0/16", "10.1.2.3", false, 0},
        {"-0.0.0.0/0 +127.0.0.1", "127.0.0.1", true, 1},
        {"-0.0.0.0/0", "::1", true, -1},
        {"-10.0.0.0/8", "::ffff:10.2.3.4", false, 0},
        {"-::ffff:10.0.0.0/104", "10.2.3.4", false, 0},
        {"-::ffff:10.0.0.0/104", "::ffff:10.2.3.4", false, 0},
        {"-::/0", "::ffff:10.2.3.4", true, -1},
        {"+uid:1000", "uid:1000", true, 0},
        {"+uid:1000", "uid:1001", false, -1},
        {"-uid:1000", "uid:1000", false, 0},
        {"-::/0 +2001:db8::/32 -2001:db8:1::/48", "2001:db8::1", true, 1},
        {"-::/0 +2001:db8::/32 -2001:db8:1::/48", "2001:db8:1::1", false, 2},
        {"-::/0 +2001:db8::/32 -2001:db8:1::/48", "2001:db9::1", false, 0},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct access a = rules(table[i].rules);
        struct addr from = peer(table[i].peer);
        const struct access_rule *rule;
        bool in = access_check(&a, &from, &rule);
        ck_assert_msg(in == table[i].in, "%s: %s", table[i].rules, table[i].peer);
        ck_assert_msg(rule == (table[i].rule < 0 ? NULL : a.rules + table[i].rule), "%s: %s",
                      table[i].rules, table[i].peer);
        ck_assert(access_check(&a, &from, NULL) == in);
        access_free(&a);
    }
}
END_TEST

START_TEST(copies)
{
    struct access a = rules("-10.0.0.0/8 -10.1.0.0/16 -10.2.0.0/16"), b, empty = rules("");
    struct prefix p;

    ck_assert(access_copy(&b, &a));
    ck_assert(access_equal(&a, &b) && !b.has_allow);
    ck_assert(a.rules != b.rules);
    ck_assert_ptr_null(prefix_parse(&p, "::1"));
    for (int i = 0; i < 100; i++)
        ck_assert(access_add(&b, &p, true));
    ck_assert(b.has_allow && b.count == 103 && !access_equal(&a, &b));
    ck_assert_int_eq(prefix_compare(&b.rules[102].prefix, &p), 0);
    access_free(&b);
    ck_assert(access_equal(&b, &empty));
    ck_assert(access_add(&b, &p, false));
    access_free(&b);
    ck_assert(access_copy(&b, &empty) && access_equal(&b, &empty));
    access_free(&a);
}
END_TEST

START_TEST(equality)
{
    static const char *const table[] = {"", "-10.0.0.0/8", "+10.0.0.0/8", "-10.0.0.0/9",
                                        "-10.0.0.0/8 -10.0.0.0/8"};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t j = 0; j < sizeof table / sizeof *table; j++) {
            struct access a = rules(table[i]), b = rules(table[j]);
            ck_assert(access_equal(&a, &b) == (i == j));
            access_free(&a);
            access_free(&b);
        }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("access");
    TCase *t = tcase_create("access");

    tcase_add_test(t, verdicts);
    tcase_add_test(t, copies);
    tcase_add_test(t, equality);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
