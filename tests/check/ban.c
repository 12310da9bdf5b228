/* check/ban.c -- who is banned, from what, and until when */
#include "config.h"

#include "base/text.h"
#include "service/ban.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "check/chance.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bans bans;
static struct settings *usual;
static struct service *echo, *git;

static void begin(void)
{
    setup();
    usual = settings_new();
    ck_assert_ptr_nonnull(usual);
    echo = service_new("echo", NULL, program_new(NULL, "/bin/cat", NULL, 0), usual);
    git = service_new("9418", "git", program_new(NULL, "/bin/cat", NULL, 0), usual);
    ck_assert(echo && git);
}

static void end(void)
{
    bans_free(&bans);
    service_free(echo);
    service_free(git);
    settings_unref(usual);
}

static struct prefix prefix(const char *text)
{
    struct prefix p;
    ck_assert_msg(!prefix_parse(&p, text), "%s", text);
    return p;
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

static enum ban_result add(const char *text, const char *word, uint64_t until)
{
    struct prefix p = prefix(text);
    return bans_add(&bans, &p, word, NAMING_IS, until, 100);
}

/* The prefix of the ban that keeps him out; "" none. */
static const char *keeps_out(const char *who, const struct service *s, uint64_t now)
{
    static char text[ADDR_TEXT];
    struct addr a = peer(who);
    const struct ban *ban = bans_find(&bans, &a, s, now);
    return ban ? prefix_format(&ban->prefix, text) : "";
}

START_TEST(whom_it_meets)
{
    static const struct {
        const char *who, *echo, *git;
    } table[] = {
        {"192.0.2.1", "192.0.2.1/32", "192.0.2.1/32"},
        {"192.0.2.2", "192.0.2.0/24", "192.0.2.0/24"},
        {"192.0.3.1", "192.0.0.0/16", ""},
        {"::ffff:192.0.2.1", "192.0.2.1/32", "192.0.2.1/32"},
        {"198.51.100.1", "", ""},
        {"2001:db8::7", "2001:db8::/32", "2001:db8::/32"},
        {"2001:db9::7", "", ""},
        {"uid:1000", "", "uid:1000"},
        {"uid:1001", "", ""},
        {"-", "", ""},
    };
    ck_assert_int_eq(add("192.0.0.0/16", "echo", 0), BAN_ADDED);
    ck_assert_int_eq(add("192.0.2.1", "", 0), BAN_ADDED);
    ck_assert_int_eq(add("192.0.2.0/24", "", 0), BAN_ADDED);
    ck_assert_int_eq(add("2001:db8::/32", "", 0), BAN_ADDED);
    ck_assert_int_eq(add("uid:1000", "git", 0), BAN_ADDED);
    ck_assert_int_eq(add("uid:1000", "nobody", 0), BAN_ADDED);
    for (size_t i = 0; i < COUNT(table); i++) {
        ck_assert_str_eq(keeps_out(table[i].who, echo, 200), table[i].echo);
        ck_assert_str_eq(keeps_out(table[i].who, git, 200), table[i].git);
    }
}
END_TEST

START_TEST(the_widest_meets_all)
{
    ck_assert_int_eq(add("0.0.0.0/0", "", 0), BAN_ADDED);
    ck_assert_int_eq(add("::/0", "git", 0), BAN_ADDED);
    ck_assert_str_eq(keeps_out("203.0.113.9", echo, 200), "0.0.0.0/0");
    ck_assert_str_eq(keeps_out("::1", git, 200), "::/0");
    ck_assert_str_eq(keeps_out("::1", echo, 200), "");
    ck_assert_str_eq(keeps_out("uid:0", echo, 200), "");
}
END_TEST

START_TEST(time_ends_it)
{
    ck_assert_int_eq(add("192.0.2.1", "", 300), BAN_ADDED);
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 299), "192.0.2.1/32");
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 300), "");
    ck_assert_uint_eq(bans_count(&bans, 299), 1);
    ck_assert_uint_eq(bans_count(&bans, 300), 0);
    ck_assert_int_eq(add("192.0.2.1", "", 400), BAN_CHANGED);
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 300), "192.0.2.1/32");
    struct prefix other = prefix("192.0.2.2");
    ck_assert_int_eq(bans_add(&bans, &other, "", NAMING_OTHER, 0, 400), BAN_ADDED);
    ck_assert_uint_eq(bans.count, 1); /* the other one has gone */
}
END_TEST

START_TEST(a_wider_one_stays_when_the_longer_is_over)
{
    ck_assert_int_eq(add("192.0.2.0/24", "", 0), BAN_ADDED);
    ck_assert_int_eq(add("192.0.2.1", "", 300), BAN_ADDED);
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 200), "192.0.2.1/32");
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 300), "192.0.2.0/24");
}
END_TEST

START_TEST(taken_off)
{
    struct prefix p = prefix("192.0.2.1");
    ck_assert_int_eq(add("192.0.2.1", "echo", 0), BAN_ADDED);
    ck_assert_int_eq(add("192.0.2.1", "", 0), BAN_ADDED);
    ck_assert(!bans_drop(&bans, &p, "git"));
    ck_assert(bans_drop(&bans, &p, ""));
    ck_assert(!bans_drop(&bans, &p, ""));
    ck_assert_str_eq(keeps_out("192.0.2.1", echo, 200), "192.0.2.1/32");
    ck_assert_str_eq(keeps_out("192.0.2.1", git, 200), "");
}
END_TEST

START_TEST(there_is_a_bound)
{
    char text[32];
    for (unsigned i = 0; i < BANS_MOST; i++) {
        ck_assert(text_fits(text, sizeof text, "10.0.%u.%u", i / 256, i % 256));
        ck_assert_int_eq(add(text, "", 1000 + i), BAN_ADDED);
    }
    ck_assert_int_eq(add("10.1.0.0", "", 0), BAN_FULL);
    ck_assert_int_eq(add("10.0.0.0", "", 2000), BAN_CHANGED);
    struct prefix late = prefix("10.1.0.0");
    ck_assert_int_eq(bans_add(&bans, &late, "", NAMING_OTHER, 0, 1001),
                     BAN_ADDED); /* the second is over */
}
END_TEST

/* Against a walk over all of them, some thousand times. */
START_TEST(as_a_plain_list_would)
{
    static const char *const words[] = {"", "echo", "9418/tcp", "git"};
    for (int round = 0; round < 300; round++) {
        struct addr a = peer("10.0.0.0");
        a.u.in.sin_addr.s_addr = htonl(0x0a000000U | (uint32_t)chance(64));
        struct prefix p = prefix_of(&a, 24 + (unsigned)chance(9), 128);
        uint64_t until = chance(2) ? 0 : 150 + chance(100);
        (void)bans_add(&bans, &p, words[chance(COUNT(words))], NAMING_IS, until, 100);
        a.u.in.sin_addr.s_addr = htonl(0x0a000000U | (uint32_t)chance(64));
        unsigned longest = 0;
        for (size_t i = 0; i < bans.count; i++)
            if (prefix_contains(&bans.at[i]->prefix, &a) && !ban_is_over(bans.at[i], 200) &&
                (!*bans.at[i]->word || service_is_named(git, bans.at[i]->word)))
                longest = bans.at[i]->prefix.bits > longest ? bans.at[i]->prefix.bits : longest;
        const struct ban *found = bans_find(&bans, &a, git, 200);
        ck_assert_uint_eq(found ? found->prefix.bits : 0U, longest);
    }
}
END_TEST

START_TEST(a_walk_meets_each_that_stays)
{
    static const char *const texts[] = {"10.0.0.0/8", "10.1.1.1", "10.2.0.0/16", "2001:db8::/32",
                                        "uid:7"};
    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_int_eq(add(texts[i], i % 2 ? "echo" : "", 0), BAN_ADDED);
    const struct ban *ban = bans_after(&bans, &(struct prefix){.family = 0}, "");
    ck_assert_ptr_nonnull(ban);
    struct prefix first = ban->prefix;
    ck_assert_uint_eq(first.family, AF_UNIX);
    ck_assert(bans_drop(&bans, &first, "")); /* the place stays good */
    size_t met = 1;
    struct prefix at = first;
    char word[BAN_WORD + 1] = "";
    while ((ban = bans_after(&bans, &at, word))) {
        at = ban->prefix;
        ck_assert(text_fits(word, sizeof word, "%s", ban->word));
        met++;
    }
    ck_assert_uint_eq(met, COUNT(texts));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {whom_it_meets,
                                  the_widest_meets_all,
                                  time_ends_it,
                                  a_wider_one_stays_when_the_longer_is_over,
                                  taken_off,
                                  there_is_a_bound,
                                  as_a_plain_list_would,
                                  a_walk_meets_each_that_stays};
    Suite *s = suite_create("ban");
    TCase *t = tcase_create("ban");
    tcase_add_checked_fixture(t, begin, end);
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
