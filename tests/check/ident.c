/* check/ident.c -- the queries of RFC 1413, and the number behind a token */
#include "config.h"

#include "service/ident.h"

#include <check.h>
#include <string.h>

#include "base/siphash.h"

/* The example of the paper on SipHash, and the empty text. */
START_TEST(known_numbers)
{
    unsigned char key[SIPHASH_KEY], text[15];
    for (unsigned char i = 0; i < sizeof key; i++)
        key[i] = i;
    for (unsigned char i = 0; i < sizeof text; i++)
        text[i] = i;
    ck_assert_uint_eq(siphash(key, text, sizeof text), UINT64_C(0xa129ca6149be45e5));
    ck_assert_uint_eq(siphash(key, text, 0), UINT64_C(0x726fdb47dd0e0e31));
}
END_TEST

START_TEST(queries)
{
    static const struct {
        const char *line, *ours, *theirs;
        bool good;
    } lines[] = {
        {"6193, 23", "6193", "23", true},       {"6193,23", "6193", "23", true},
        {" \t1 ,\t65535 ", "1", "65535", true}, {"0, 5", "0", "5", false},
        {"5, 65536", "5", "65536", false},      {"5, 4294967301", "5", "4294967301", false},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct ident_query q;
        bool good = false;
        ck_assert_msg(ident_read(lines[i].line, &q, &good), "%s", lines[i].line);
        ck_assert_str_eq(q.ours, lines[i].ours);
        ck_assert_str_eq(q.theirs, lines[i].theirs);
        ck_assert_int_eq(good, lines[i].good);
    }
}
END_TEST

START_TEST(no_queries)
{
    static const char *const lines[] = {
        "", ",", "5", "5,", ",5", "5 5", "x, 5", "5, x", "-5, 5", "5, 5x", "5, 12345678901"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct ident_query q;
        bool good = false;
        ck_assert_msg(!ident_read(lines[i], &q, &good), "%s", lines[i]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ident");
    TCase *t = tcase_create("ident");
    tcase_add_test(t, known_numbers);
    tcase_add_test(t, queries);
    tcase_add_test(t, no_queries);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
