/* check/state.c -- base/state.h: what is put is got, by older and newer readers, and nothing is
 * read beyond its end */
#include "config.h"

#include "base/state.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/zone.h"

static struct state_out o;
static struct state_in whole, record;
static struct state_part part;
static bool bad;

static void set_up(void)
{
    o = (struct state_out){.at = NULL};
}

static void tear_down(void)
{
    state_free(&o);
}

/* The first record of the part `name`, which is the first one. */
static void read_first(const char *name)
{
    ck_assert(state_end(&o));
    ck_assert_uint_eq(state_open(&whole, o.at, o.len, &bad), STATE_NUMBER);
    ck_assert(state_next_part(&whole, &part));
    ck_assert_str_eq(part.name, name);
    ck_assert(state_next_record(&part.records, &record));
}

START_TEST(fields_come_back)
{
    size_t len;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    state_part(&o, "one", true);
    state_record(&o);
    state_put(&o, UINT64_MAX);
    state_put_text(&o, "text");
    state_put_text(&o, NULL);
    state_put_bytes(&o, "a\0b", 3);
    state_put(&o, true);
    state_put_fd(&o, fd);
    state_put_fd(&o, -1);
    read_first("one");
    ck_assert(part.needed);
    ck_assert_uint_eq(state_get(&record), UINT64_MAX);
    ck_assert_str_eq(state_get_text(&record), "text");
    ck_assert(!state_get_word(&record));
    ck_assert_mem_eq(state_get_bytes(&record, &len), "a\0b", 3);
    ck_assert_uint_eq(len, 3);
    ck_assert(state_get_flag(&record));
    ck_assert_int_eq(state_get_fd(&record), fd);
    ck_assert_int_eq(state_get_fd(&record), -1);
    ck_assert(!bad);
    ck_assert_uint_eq(o.nfds, 1);
    (void)close(fd);
}
END_TEST

START_TEST(addresses_come_back)
{
    static const char *const texts[] = {"192.0.2.7", "2001:db8::1", "fe80::1%2",
                                        "fe80::1%no-such0"};
    struct addr unix_peer = addr_unix(7, 8, 9), none = {.u.sa.sa_family = AF_UNSPEC}, a[4];
    state_part(&o, "one", true);
    state_record(&o);
    for (size_t i = 0; i < 4; i++) {
        ck_assert(addr_parse(&a[i], texts[i]));
        addr_set_port(&a[i], 4711);
        state_put_addr(&o, &a[i]);
    }
    state_put_addr(&o, &unix_peer);
    state_put_addr(&o, &none);
    read_first("one");
    for (size_t i = 0; i < 4; i++) {
        struct addr back = state_get_addr(&record);
        ck_assert_msg(addr_compare(&a[i], &back) == 0, "%s", texts[i]);
    }
    struct addr back = state_get_addr(&record);
    ck_assert_int_eq(addr_compare(&back, &unix_peer), 0);
    ck_assert_uint_eq(back.u.un.gid, 8);
    back = state_get_addr(&record);
    ck_assert_int_eq(addr_family(&back), AF_UNSPEC);
    ck_assert(!bad);
}
END_TEST

/* What an older writer left out is 0 and empty; what a newer one added is not seen. */
START_TEST(other_versions)
{
    size_t len;
    state_part(&o, "one", false);
    state_record(&o);
    state_put(&o, 5);
    state_record(&o);
    state_put(&o, 6);
    state_put_text(&o, "new");
    state_record(&o);
    state_part(&o, "two", false);
    read_first("one");
    ck_assert_uint_eq(state_get(&record), 5);
    ck_assert_uint_eq(state_get(&record), 0);
    ck_assert_str_eq(state_get_text(&record), "");
    ck_assert_uint_eq((state_get_bytes(&record, &len), len), 0);
    ck_assert_int_eq(state_get_fd(&record), -1);
    struct addr a = state_get_addr(&record);
    ck_assert_int_eq(addr_family(&a), AF_UNSPEC);
    ck_assert(state_next_record(&part.records, &record));
    ck_assert_uint_eq(state_get(&record), 6);
    ck_assert(state_next_record(&part.records, &record));
    ck_assert_uint_eq(state_get(&record), 0);
    ck_assert(!state_next_record(&part.records, &record));
    ck_assert(state_next_part(&whole, &part));
    ck_assert_str_eq(part.name, "two");
    ck_assert(!state_next_record(&part.records, &record));
    ck_assert(!state_next_part(&whole, &part));
    ck_assert(!bad);
}
END_TEST

/* Each part's first fields, as far as they go. */
static void read_all(const char *at, size_t len)
{
    if (!state_open(&whole, at, len, &bad))
        return;
    while (state_next_part(&whole, &part))
        while (state_next_record(&part.records, &record)) {
            (void)state_get(&record);
            (void)state_get_text(&record);
            (void)state_get_addr(&record);
        }
}

/* Memory of exactly that size: valgrind and the sanitizers see a byte too many. */
START_TEST(cut_anywhere)
{
    struct addr a;
    ck_assert(addr_parse(&a, "2001:db8::1"));
    for (int i = 0; i < 3; i++) {
        state_part(&o, "part", i);
        state_record(&o);
        state_put(&o, 1);
        state_put_text(&o, "text");
        state_put_addr(&o, &a);
    }
    ck_assert(state_end(&o));
    for (size_t len = 0; len <= o.len; len++) {
        char *copy = malloc(len ? len : 1);
        memcpy(copy, o.at, len);
        read_all(copy, len);
        free(copy);
    }
    ck_assert(!bad);
    for (size_t at = 0; at < o.len; at++) {
        char was = o.at[at];
        o.at[at] = (char)~was;
        read_all(o.at, o.len);
        o.at[at] = was;
    }
}
END_TEST

START_TEST(damage_is_seen)
{
    state_part(&o, "one", true);
    state_record(&o);
    state_put(&o, 2);
    read_first("one");
    ck_assert(!state_get_flag(&record));
    ck_assert(bad);
    bad = false;
    ck_assert_uint_eq(state_open(&whole, o.at, 15, &bad), 0);
    ck_assert_uint_eq(state_open(&whole, "something else, of no less length", 32, &bad), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("state");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, fields_come_back);
    tcase_add_test(t, addresses_come_back);
    tcase_add_test(t, other_versions);
    tcase_add_test(t, cut_anywhere);
    tcase_add_test(t, damage_is_seen);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
