/* check/addr.c -- addresses and prefixes */
#include "config.h"

#include "base/addr.h"

#include <arpa/inet.h>
#include <check.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#include "check/chance.h"

#define ROUNDS 20000

/* Many zeros and ones, so that runs, mapped and special addresses come up. */
static void random_bytes(uint8_t *bytes, size_t n)
{
    uint64_t kind = chance(4);

    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(kind == 0 || chance(3) != 0 ? chance(256) : (kind == 1 ? 255 : 0));
    if (n == 16 && chance(4) == 0) {
        memset(bytes, 0, 10);
        memset(bytes + 10, 255, 2);
    }
}

static struct addr random_addr(void)
{
    struct addr a = addr_any(chance(2) == 0 ? AF_INET : AF_INET6, 0);

    if (addr_family(&a) == AF_INET) {
        random_bytes((uint8_t *)&a.u.in.sin_addr, 4);
    } else {
        random_bytes(a.u.in6.sin6_addr.s6_addr, 16);
        if (chance(4) == 0)
            a.u.in6.sin6_scope_id = 1 + (uint32_t)chance(INT32_MAX);
    }
    return a;
}

static struct addr parsed(const char *text)
{
    struct addr a;

    ck_assert_msg(addr_parse(&a, text), "%s", text);
    return a;
}

static struct prefix prefix(const char *text)
{
    struct prefix p;
    const char *wrong = prefix_parse(&p, text);

    ck_assert_msg(!wrong, "%s: %s", text, wrong);
    return p;
}

START_TEST(good_addresses)
{
    static const char *const table[][2] = {
        {"1.2.3.4", "1.2.3.4"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"[::1]", "::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"fe80::1%2147483647", "fe80::1%2147483647"},
        {"[fe80::1%2147483647]", "fe80::1%2147483647"},
    };
    char out[ADDR_TEXT];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct addr a = parsed(table[i][0]);
        ck_assert_str_eq(addr_format(&a, out), table[i][1]);
        ck_assert_uint_eq(addr_port(&a), 0);
    }
}
END_TEST

START_TEST(bad_addresses)
{
    static const char *const table[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "0x1.2.3.4",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4/8",
        "1.2.3.4%1",
        "[1.2.3.4]",
        "[::1",
        "::1]",
        "[]",
        "[",
        "[[::1]]",
        ":::",
        "::1%",
        "::1%0",
        "::1%-1",
        "::1%2147483648",
        "::1%a/b",
        "::1%longer_than_a_name",
        "::1%no such",
        "%1",
        "localhost",
        "1:2:3:4:5:6:7:8:9",
        "::1 ",
        "uid:0",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    };
    struct addr a;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_msg(!addr_parse(&a, table[i]), "%s", table[i]);
}
END_TEST

START_TEST(zone_by_name)
{
    struct if_nameindex *list = if_nameindex();
    char text[ADDR_TEXT], out[ADDR_TEXT];

    for (size_t i = 0; list && list[i].if_index != 0; i++) {
        (void)snprintf(text, sizeof text, "[fe80::1%%%s]", list[i].if_name);
        struct addr by_name = parsed(text);
        struct addr now;
        ck_assert(addr_settle(&by_name, &now));
        ck_assert_uint_eq(now.u.in6.sin6_scope_id, list[i].if_index);
        (void)snprintf(text, sizeof text, "fe80::1%%%u", list[i].if_index);
        struct addr by_number = parsed(text);
        ck_assert_int_eq(addr_compare(&now, &by_number), 0);
        (void)snprintf(text, sizeof text, "fe80::1%%%s", list[i].if_name);
        ck_assert_str_eq(addr_format(&by_number, out), text);
    }
    if_freenameindex(list);
}
END_TEST

/* It may come later; until then it is its name. */
START_TEST(zone_of_no_interface)
{
    struct addr a = parsed("[fe80::1%nowhere0]"), b = parsed("fe80::1%nowhere1"), now;
    struct addr again = parsed("fe80::1%nowhere0");
    char out[ADDR_TEXT];

    ck_assert_int_ne(addr_compare(&a, &b), 0);
    ck_assert_int_eq(addr_compare(&a, &again), 0);
    ck_assert_str_eq(addr_format(&a, out), "fe80::1%nowhere0");
    ck_assert_str_eq(addr_format(&b, out), "fe80::1%nowhere1");
    ck_assert(!addr_settle(&a, &now));
    a = parsed("fe80::1%7");
    ck_assert(addr_settle(&a, &now));
    ck_assert_uint_eq(now.u.in6.sin6_scope_id, 7);
}
END_TEST

START_TEST(format_with_port)
{
    struct addr v4 = parsed("1.2.3.4"), v6 = parsed("::1"), none = addr_from(NULL, 0);
    struct addr un = addr_unix((uid_t)4294967294, 5, 6);
    struct addr longest = parsed("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%2147483647");
    char out[ADDR_TEXT];

    addr_set_port(&v4, 80);
    addr_set_port(&v6, 65535);
    addr_set_port(&un, 7);
    addr_set_port(&none, 7);
    addr_set_port(&longest, 65535);
    ck_assert_str_eq(addr_format_port(&v4, out), "1.2.3.4:80");
    ck_assert_str_eq(addr_format_port(&v6, out), "[::1]:65535");
    ck_assert_str_eq(addr_format_port(&un, out), "uid:4294967294");
    ck_assert_str_eq(addr_format_port(&none, out), "-");
    ck_assert_str_eq(addr_format_port(&longest, out),
                     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%2147483647]:65535");
    ck_assert_uint_eq(addr_port(&v4), 80);
    ck_assert_uint_eq(addr_port(&un), 0);
    ck_assert_uint_eq(addr_len(&v4), sizeof(struct sockaddr_in));
    ck_assert_uint_eq(addr_len(&v6), sizeof(struct sockaddr_in6));
    ck_assert_uint_eq(addr_len(&un), 0);
    ck_assert_uint_eq(addr_len(&none), 0);
}
END_TEST

START_TEST(parse_of_format)
{
    char text[ADDR_TEXT], again[ADDR_TEXT];

    for (int i = 0; i < ROUNDS; i++) {
        struct addr a = random_addr();
        struct addr b = parsed(addr_format(&a, text));
        ck_assert_msg(addr_compare(&a, &b) == 0, "%s", text);
        ck_assert_str_eq(addr_format(&b, again), text);
    }
}
END_TEST

START_TEST(from_the_system)
{
    struct addr v4 = parsed("1.2.3.4"), v6 = parsed("fe80::1%7"), got;
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    uint8_t odd[1 + sizeof v6.u];

    addr_set_port(&v4, 9);
    got = addr_from(&v4.u.sa, sizeof v4.u.in);
    ck_assert_int_eq(addr_compare(&got, &v4), 0);
    memcpy(odd + 1, &v6.u, sizeof v6.u);
    got = addr_from((const struct sockaddr *)(const void *)(odd + 1), sizeof v6.u.in6);
    ck_assert_int_eq(addr_compare(&got, &v6), 0);
    got = addr_from(&v4.u.sa, sizeof v4.u.in - 1);
    ck_assert_int_eq(addr_family(&got), AF_UNSPEC);
    got = addr_from(&v6.u.sa, sizeof v4.u.in);
    ck_assert_int_eq(addr_family(&got), AF_UNSPEC);
    got = addr_from((const struct sockaddr *)&un, sizeof un);
    ck_assert_int_eq(addr_family(&got), AF_UNSPEC);
    got = addr_from(&v4.u.sa, 1);
    ck_assert_int_eq(addr_family(&got), AF_UNSPEC);
}
END_TEST

START_TEST(unmap)
{
    struct addr mapped = parsed("::ffff:10.1.2.3"), v4 = parsed("10.1.2.3"), got;
    struct addr compatible = parsed("::10.1.2.3");

    addr_set_port(&mapped, 99);
    addr_set_port(&v4, 99);
    got = addr_unmap(&mapped);
    ck_assert_int_eq(addr_compare(&got, &v4), 0);
    got = addr_unmap(&v4);
    ck_assert_int_eq(addr_compare(&got, &v4), 0);
    got = addr_unmap(&compatible);
    ck_assert_int_eq(addr_compare(&got, &compatible), 0);
}
END_TEST

START_TEST(special_addresses)
{
    enum { ANY = 1, MULTI = 2, BROAD = 4 };
    static const struct {
        const char *text;
        int kinds;
    } table[] = {
        {"0.0.0.0", ANY},
        {"::", ANY},
        {"::ffff:0.0.0.0", ANY},
        {"0.0.0.1", 0},
        {"223.255.255.255", 0},
        {"224.0.0.0", MULTI},
        {"239.255.255.255", MULTI},
        {"240.0.0.0", 0},
        {"ff00::", MULTI},
        {"ff02::1", MULTI},
        {"fe00::1", 0},
        {"::ffff:224.0.0.1", MULTI},
        {"255.255.255.255", BROAD},
        {"::ffff:255.255.255.255", BROAD},
        {"255.255.255.254", 0},
        {"::1", 0},
    };
    struct addr un = addr_unix(0, 0, 0), none = addr_from(NULL, 0);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct addr a = parsed(table[i].text);
        int kinds = (addr_is_any(&a) ? ANY : 0) | (addr_is_multicast(&a) ? MULTI : 0) |
                    (addr_is_broadcast(&a) ? BROAD : 0);
        ck_assert_msg(kinds == table[i].kinds, "%s", table[i].text);
    }
    ck_assert(!addr_is_any(&un) && !addr_is_multicast(&un) && !addr_is_broadcast(&un));
    ck_assert(!addr_is_any(&none) && !addr_is_multicast(&none) && !addr_is_broadcast(&none));
}
END_TEST

START_TEST(answerable)
{
    static const struct {
        const char *text;
        uint16_t port;
        bool good;
    } table[] = {
        {"192.0.2.1", 7, true},    {"2001:db8::1", 65535, true},   {"::ffff:192.0.2.1", 1, true},
        {"192.0.2.1", 0, false},   {"0.0.0.0", 7, false},          {"::", 7, false},
        {"224.0.0.1", 7, false},   {"ff02::1", 7, false},          {"255.255.255.255", 7, false},
        {"2001:db8::1", 0, false}, {"::ffff:224.0.0.1", 7, false},
    };
    struct addr none = addr_from(NULL, 0);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct addr a = parsed(table[i].text);
        addr_set_port(&a, table[i].port);
        ck_assert_msg(addr_answerable(&a) == table[i].good, "%s", table[i].text);
    }
    ck_assert(!addr_answerable(&none));
}
END_TEST

START_TEST(total_order)
{
    struct addr v4 = parsed("9.9.9.9"), v4b = parsed("10.0.0.0"), one = parsed("fe80::1%1"),
                two = parsed("fe80::1%2"), low = addr_any(AF_INET, 80),
                high = addr_any(AF_INET, 256);
    struct addr alice = addr_unix(1, 9, 9), bob = addr_unix(2, 0, 0);

    ck_assert_int_lt(addr_compare(&v4, &v4b), 0); /* by bytes, not by text */
    ck_assert_int_gt(addr_compare(&two, &one), 0);
    ck_assert_int_lt(addr_compare(&low, &high), 0); /* in host order */
    ck_assert_int_eq(addr_compare_host(&low, &high), 0);
    ck_assert_int_lt(addr_compare(&alice, &bob), 0);
    ck_assert_int_ne(addr_compare(&v4, &one), 0);
}
END_TEST

START_TEST(random_order)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct addr a = random_addr(), b = random_addr();
        int ab = addr_compare(&a, &b), ba = addr_compare(&b, &a);
        ck_assert((ab < 0) == (ba > 0) && (ab == 0) == (ba == 0));
    }
}
END_TEST

START_TEST(good_prefixes)
{
    static const char *const table[][2] = {
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.255.3.4/8", "10.0.0.0/8"},
        {"10.255.3.4/9", "10.128.0.0/9"},
        {"192.0.2.1", "192.0.2.1/32"},
        {"1.2.3.4/0", "0.0.0.0/0"},
        {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
        {"[::1]", "::1/128"},
        {"[2001:db8::1]/32", "2001:db8::/32"},
        {"::/0", "::/0"},
        {"::ffff:10.1.2.3", "10.1.2.3/32"},
        {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"uid:0", "uid:0"},
        {"uid:4294967294", "uid:4294967294"},
    };
    char out[ADDR_TEXT];

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct prefix p = prefix(table[i][0]), q = prefix(table[i][1]);
        ck_assert_str_eq(prefix_format(&p, out), table[i][1]);
        ck_assert_int_eq(prefix_compare(&p, &q), 0);
        ck_assert_mem_eq(&p, &q, sizeof p);
    }
}
END_TEST

START_TEST(bad_prefixes)
{
    static const char *const table[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10/8",
        "::/129",
        "10.0.0.0/8/8",
        "10.0.0.0/ 8",
        "10.0.0.0/+8",
        "uid:",
        "uid:-1",
        "uid:1000/8",
        "uid:root",
        "uid:4294967295",
        "[::1/64]",
        "fe80::%1/64",
        "fe80::1%1",
        "::ffff:1.2.3.4/95",
        "10.0.0.0/255.0.0.0",
        "host/8",
        "10.0.0.0/4294967304",
    };
    struct prefix p;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_msg(prefix_parse(&p, table[i]), "%s", table[i]);
}
END_TEST

START_TEST(prefix_of_kinds)
{
    struct addr v4 = parsed("10.1.2.3"), v6 = parsed("2001:db8::1"), m = parsed("::ffff:10.1.2.3");
    struct addr un = addr_unix(1000, 1, 2), root = addr_unix(0, 1, 2), none = addr_from(NULL, 0);
    struct prefix p;
    char out[ADDR_TEXT];

    p = prefix_of(&v4, 24, 64);
    ck_assert_str_eq(prefix_format(&p, out), "10.1.2.0/24");
    p = prefix_of(&m, 24, 64);
    ck_assert_str_eq(prefix_format(&p, out), "10.1.2.0/24");
    p = prefix_of(&v6, 32, 64);
    ck_assert_str_eq(prefix_format(&p, out), "2001:db8::/64");
    p = prefix_of(&v6, 999, 999);
    ck_assert_str_eq(prefix_format(&p, out), "2001:db8::1/128");
    p = prefix_of(&un, 0, 0);
    ck_assert_str_eq(prefix_format(&p, out), "uid:1000");
    ck_assert(prefix_contains(&p, &un));
    ck_assert(!prefix_contains(&p, &root));
    p = prefix_of(&none, 32, 64);
    ck_assert_uint_eq(p.family, 0);
    ck_assert(!prefix_contains(&p, &none));
    p = prefix("0.0.0.0/0");
    ck_assert(prefix_contains(&p, &v4) && !prefix_contains(&p, &v6) && !prefix_contains(&p, &un));
}
END_TEST

static bool bit(const uint8_t *bytes, unsigned i)
{
    return (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
}

static const uint8_t *bytes_of(const struct addr *a)
{
    return addr_family(a) == AF_INET ? (const uint8_t *)&a->u.in.sin_addr
                                     : a->u.in6.sin6_addr.s6_addr;
}

/* Bit by bit. */
static bool model_contains(const struct addr *base, unsigned bits, const struct addr *a)
{
    if (addr_family(base) != addr_family(a))
        return false;
    for (unsigned i = 0; i < bits; i++)
        if (bit(bytes_of(base), i) != bit(bytes_of(a), i))
            return false;
    return true;
}

START_TEST(contains_as_bits)
{
    int inside = 0;
    char text[ADDR_TEXT];

    for (int i = 0; i < ROUNDS; i++) {
        struct addr base = random_addr(), a = random_addr();
        base = addr_unmap(&base);
        a = addr_unmap(&a);
        unsigned full = addr_family(&base) == AF_INET ? 32 : 128;
        unsigned bits = (unsigned)chance(full + 1);
        if (chance(2) == 0) { /* a neighbour: one bit differs */
            unsigned flip = (unsigned)chance(full);
            a = base;
            uint8_t *at = (uint8_t *)(uintptr_t)bytes_of(&a);
            at[flip / 8] = (uint8_t)(at[flip / 8] ^ 0x80U >> flip % 8);
            a = addr_unmap(&a);
        }
        struct prefix p = prefix_of(&base, bits, bits), q;
        bool in = model_contains(&base, bits, &a);
        inside += in;
        ck_assert_msg(prefix_contains(&p, &a) == in, "%s", prefix_format(&p, text));
        ck_assert(prefix_contains(&p, &base));
        q = prefix(prefix_format(&p, text));
        ck_assert_mem_eq(&p, &q, sizeof p);
    }
    ck_assert_int_gt(inside, ROUNDS / 20);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("addr");
    TCase *t = tcase_create("cases"), *random = tcase_create("random");

    tcase_add_test(t, good_addresses);
    tcase_add_test(t, bad_addresses);
    tcase_add_test(t, zone_by_name);
    tcase_add_test(t, zone_of_no_interface);
    tcase_add_test(t, format_with_port);
    tcase_add_test(t, from_the_system);
    tcase_add_test(t, unmap);
    tcase_add_test(t, special_addresses);
    tcase_add_test(t, answerable);
    tcase_add_test(t, total_order);
    tcase_add_test(t, good_prefixes);
    tcase_add_test(t, bad_prefixes);
    tcase_add_test(t, prefix_of_kinds);
    tcase_set_timeout(random, 60); /* valgrind, busy machines */
    tcase_add_checked_fixture(random, setup, NULL);
    tcase_add_test(random, parse_of_format);
    tcase_add_test(random, random_order);
    tcase_add_test(random, contains_as_bits);
    suite_add_tcase(s, t);
    suite_add_tcase(s, random);
    return s;
}

#include "check/main.h"
