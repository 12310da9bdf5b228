/* check/value.c -- strict numbers, sizes, times and rates; distances between words */
#include "config.h"

#include "base/value.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

#define NUMBER "not a number"
#define RANGE  "out of range"
#define MODE   "not an octal mode"
#define BOOL   "not yes or no"
#define SIZE   "not a size (a number, then k, m, g or nothing)"
#define TIME   "not a time (a number, then ms, s, m, h, d or nothing)"
#define RATE   "not a rate (a number, then /s, /m, /h or nothing)"

/* What a result has before and, if the word is bad, also after. */
enum { UNTOUCHED = 4711 };

/* `fault` is what was said of `word`, `expected` the text that it should have. */
static void check_said(const char *word, enum value_fault fault, const char *expected)
{
    const char *wrong = value_fault_text(fault);

    ck_assert_int_eq(!wrong, fault == VALUE_GOOD);
    if (!expected)
        ck_assert_msg(!wrong, "'%s' is good, but: %s", word, wrong);
    else
        ck_assert_msg(wrong && strcmp(wrong, expected) == 0, "'%s': %s", word,
                      !wrong ? "taken for good" : wrong);
}

START_TEST(test_number)
{
    static const struct {
        const char *word;
        uint64_t min, max, n;
        const char *wrong;
    } cases[] = {
        {"0", 0, 9, 0, NULL},
        {"65535", 1, 65535, 65535, NULL},
        {"65536", 1, 65535, 0, RANGE},
        {"70000", 1, 65535, 0, RANGE},
        {"0", 1, 65535, 0, RANGE},
        {"007", 0, 9, 7, NULL}, /* not octal */
        {"10", 0, 9, 0, RANGE},
        {"5", 0, 4, 0, RANGE},
        {"18446744073709551615", 0, UINT64_MAX, UINT64_MAX, NULL},
        {"18446744073709551616", 0, UINT64_MAX, 0, RANGE},
        {"99999999999999999999999999", 0, UINT64_MAX, 0, RANGE},
        {"99999999999999999999999990x", 0, 9, 0, NUMBER},
        {"", 0, 9, 0, NUMBER},
        {" 1", 0, 9, 0, NUMBER},
        {"1 ", 0, 9, 0, NUMBER},
        {"+1", 0, 9, 0, NUMBER},
        {"-1", 0, 9, 0, NUMBER},
        {"0x1", 0, 9, 0, NUMBER},
        {"1.0", 0, 9, 0, NUMBER},
        {"1e1", 0, 99, 0, NUMBER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t n = UNTOUCHED;
        enum value_fault wrong = value_number(cases[i].word, cases[i].min, cases[i].max, &n);
        check_said(cases[i].word, wrong, cases[i].wrong);
        ck_assert_uint_eq(n, !cases[i].wrong ? cases[i].n : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_signed)
{
    static const struct {
        const char *word;
        int64_t min, max, n;
        const char *wrong;
    } cases[] = {
        {"-20", -20, 19, -20, NULL}, {"19", -20, 19, 19, NULL},   {"0", -20, 19, 0, NULL},
        {"-0", -20, 19, 0, NULL},    {"-21", -20, 19, 0, RANGE},  {"20", -20, 19, 0, RANGE},
        {"", -20, 19, 0, NUMBER},    {"-", -20, 19, 0, NUMBER},   {"--1", -20, 19, 0, NUMBER},
        {"+1", -20, 19, 0, NUMBER},  {"- 1", -20, 19, 0, NUMBER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t n = UNTOUCHED;
        enum value_fault wrong = value_signed(cases[i].word, cases[i].min, cases[i].max, &n);
        check_said(cases[i].word, wrong, cases[i].wrong);
        ck_assert_int_eq(n, !cases[i].wrong ? cases[i].n : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_mode)
{
    static const struct {
        const char *word;
        unsigned mode;
        const char *wrong;
    } cases[] = {
        {"0666", 0666, NULL}, {"600", 0600, NULL}, {"0", 0, NULL},    {"07777", 07777, NULL},
        {"10000", 0, RANGE},  {"0680", 0, MODE},   {"u=rw", 0, MODE}, {"", 0, MODE},
        {"-1", 0, MODE},      {"99999", 0, MODE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned mode = UNTOUCHED;
        check_said(cases[i].word, value_mode(cases[i].word, &mode), cases[i].wrong);
        ck_assert_uint_eq(mode, !cases[i].wrong ? cases[i].mode : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_size)
{
    static const struct {
        const char *word;
        uint64_t max, n;
        const char *wrong;
    } cases[] = {
        {"0", 9, 0, NULL},
        {"1000", 1000, 1000, NULL},
        {"64k", 1 << 20, 65536, NULL},
        {"64K", 1 << 20, 65536, NULL},
        {"3m", UINT64_MAX, 3 << 20, NULL},
        {"3M", UINT64_MAX, 3 << 20, NULL},
        {"2g", UINT64_MAX, (uint64_t)2 << 30, NULL},
        {"2G", UINT64_MAX, (uint64_t)2 << 30, NULL},
        {"1k", 1024, 1024, NULL},
        {"1k", 1023, 0, RANGE},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, NULL},
        {"18014398509481984k", UINT64_MAX, 0, RANGE},
        {"18446744073709551616", UINT64_MAX, 0, RANGE},
        {"", 9, 0, SIZE},
        {"k", 9999, 0, SIZE},
        {"1kb", 9999, 0, SIZE},
        {"1 k", 9999, 0, SIZE},
        {"1t", 9999, 0, SIZE},
        {"-1k", 9999, 0, SIZE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t n = UNTOUCHED;
        check_said(cases[i].word, value_size(cases[i].word, cases[i].max, &n), cases[i].wrong);
        ck_assert_uint_eq(n, !cases[i].wrong ? cases[i].n : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_time)
{
    static const uint64_t ms = 1000000;
    const struct {
        const char *word;
        uint64_t ns;
        const char *wrong;
    } cases[] = {
        {"90", 90000 * ms, NULL},
        {"90s", 90000 * ms, NULL},
        {"0", 0, NULL},
        {"1500ms", 1500 * ms, NULL},
        {"10m", 600000 * ms, NULL},
        {"2h", 7200000 * ms, NULL},
        {"1d", 86400000 * ms, NULL},
        {"3650d", 3650 * (86400000 * ms), NULL},
        {"3651d", 0, RANGE},
        {"315360001", 0, RANGE},
        {"99999999999999999999", 0, RANGE},
        {"", 0, TIME},
        {"s", 0, TIME},
        {"1S", 0, TIME},
        {"1w", 0, TIME},
        {"1h30m", 0, TIME},
        {"1.5s", 0, TIME},
        {"-1s", 0, TIME},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t ns = UNTOUCHED;
        check_said(cases[i].word, value_time(cases[i].word, &ns), cases[i].wrong);
        ck_assert_uint_eq(ns, !cases[i].wrong ? cases[i].ns : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_rate)
{
    static const struct {
        const char *word;
        uint32_t count;
        uint64_t seconds;
        const char *wrong;
    } cases[] = {
        {"5", 5, 60, NULL},     {"5/m", 5, 60, NULL},        {"5/s", 5, 1, NULL},
        {"5/h", 5, 3600, NULL}, {"0", 0, 60, NULL},          {"4294967295", UINT32_MAX, 60, NULL},
        {"", 0, 0, RATE},       {"4294967296", 0, 0, RANGE}, {"4294967296/h", 0, 0, RANGE},
        {"/s", 0, 0, RATE},     {"5/", 0, 0, RATE},          {"5/d", 0, 0, RATE},
        {"5/min", 0, 0, RATE},  {"5s", 0, 0, RATE},          {"-5", 0, 0, RATE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t count = UNTOUCHED;
        uint64_t period = UNTOUCHED;
        bool good = !cases[i].wrong;
        check_said(cases[i].word, value_rate(cases[i].word, &count, &period), cases[i].wrong);
        ck_assert_uint_eq(count, good ? cases[i].count : UNTOUCHED);
        ck_assert_uint_eq(period, good ? cases[i].seconds * 1000000000 : UNTOUCHED);
    }
}
END_TEST

START_TEST(test_bool)
{
    static const struct {
        const char *word;
        bool yes;
        const char *wrong;
    } cases[] = {
        {"yes", true, NULL}, {"on", true, NULL},   {"true", true, NULL},   {"YES", true, NULL},
        {"no", false, NULL}, {"off", false, NULL}, {"False", false, NULL}, {"y", false, BOOL},
        {"1", false, BOOL},  {"", false, BOOL},    {"yess", false, BOOL},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int before = 0; before < 2; before++) {
            bool yes = before == 1;
            check_said(cases[i].word, value_bool(cases[i].word, &yes), cases[i].wrong);
            ck_assert_int_eq(yes, !cases[i].wrong ? cases[i].yes : before == 1);
        }
}
END_TEST

START_TEST(test_distance)
{
    static const char a32[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const char a33[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *a, *b;
        unsigned apart;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "abc", 0},
        {"abc", "abd", 1},
        {"abc", "abcd", 1},
        {"abc", "bc", 1},
        {"abc", "acb", 1},
        {"abcd", "badc", 2},
        {"nowiat", "nowait", 1},
        {"kitten", "sitting", 3},
        {"service_mx", "service_max", 1},
        {"user", "group", 5},
        {a32, "", 32},
        {a32, a32, 0},
        {a33, a33, 99},
        {a33, "", 99},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_uint_eq(value_distance(cases[i].a, cases[i].b), cases[i].apart);
        ck_assert_uint_eq(value_distance(cases[i].b, cases[i].a), cases[i].apart);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("value");
    TCase *tc = tcase_create("value");
    tcase_add_test(tc, test_number);
    tcase_add_test(tc, test_signed);
    tcase_add_test(tc, test_mode);
    tcase_add_test(tc, test_size);
    tcase_add_test(tc, test_time);
    tcase_add_test(tc, test_rate);
    tcase_add_test(tc, test_bool);
    tcase_add_test(tc, test_distance);
    suite_add_tcase(s, tc);
    return s;
}

#include "check/main.h"
