/* check/limit.c -- rates and the table of sources, against naive models */
#include "config.h"

#include "service/limit.h"

#include <arpa/inet.h>
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/chance.h"

#define SECOND   ((uint64_t)1000000000)
#define MINUTE   (60 * SECOND)
#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct prefix source(uint32_t n)
{
    struct addr a = addr_any(AF_INET, 0);

    a.u.in.sin_addr.s_addr = htonl(n);
    return prefix_of(&a, 32, 64);
}

START_TEST(made_rates)
{
    static const struct {
        uint32_t count;
        uint64_t period;
        uint32_t burst;
        struct rate want;
    } table[] = {
        {5, MINUTE, 0, {12 * SECOND, 5}}, {60, MINUTE, 3, {SECOND, 3}},
        {7, MINUTE, 0, {8571428572, 7}}, /* up */
        {0, MINUTE, 0, {0, 1}},           {0, MINUTE, 9, {0, 9}},
        {UINT32_MAX, SECOND, 1, {1, 1}},  {1, UINT64_MAX, UINT32_MAX, {UINT64_MAX / 4, 1}},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct rate r = rate_make(table[i].count, table[i].period, table[i].burst);
        ck_assert_uint_eq(r.interval, table[i].want.interval);
        ck_assert_uint_eq(r.burst, table[i].want.burst);
    }
}
END_TEST

START_TEST(five_a_minute)
{
    struct rate r = rate_make(5, MINUTE, 0);
    uint64_t full_at = 0, now = 1000 * SECOND + 7;

    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(rate_take(&r, &full_at, now), 0);
    ck_assert_uint_eq(rate_take(&r, &full_at, now), now + 12 * SECOND);
    ck_assert_uint_eq(rate_take(&r, &full_at, now + 12 * SECOND - 1), now + 12 * SECOND);
    ck_assert_uint_eq(rate_check(&r, full_at, now + 12 * SECOND), 0);
    ck_assert_uint_eq(rate_take(&r, &full_at, now + 12 * SECOND), 0);
    ck_assert_uint_eq(rate_take(&r, &full_at, now + 12 * SECOND), now + 24 * SECOND);
    rate_undo(&r, &full_at, now + 12 * SECOND, now + 12 * SECOND);
    ck_assert_uint_eq(rate_take(&r, &full_at, now + 12 * SECOND), 0);
    now += 12 * SECOND + MINUTE; /* rested */
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(rate_take(&r, &full_at, now), 0);
    ck_assert_uint_ne(rate_take(&r, &full_at, now), 0);
}
END_TEST

/* A start that fails late has its token back already, in part or as a whole. */
START_TEST(late_undo)
{
    struct rate r = rate_make(1, MINUTE, 0);
    uint64_t full_at = 0, now = 1000 * SECOND;

    ck_assert_uint_eq(rate_take(&r, &full_at, now), 0);
    ck_assert_uint_eq(rate_take(&r, &full_at, now + MINUTE), 0);
    rate_undo(&r, &full_at, now, now + MINUTE + SECOND); /* the first */
    ck_assert_uint_eq(rate_check(&r, full_at, now + MINUTE + SECOND), now + 2 * MINUTE);
    rate_undo(&r, &full_at, now + MINUTE, now + MINUTE + SECOND);
    ck_assert_uint_eq(rate_check(&r, full_at, now + MINUTE + SECOND), 0);
}
END_TEST

START_TEST(no_limit)
{
    struct rate none = rate_make(0, MINUTE, 0), zero = {0, 0};
    uint64_t full_at = 0;

    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(rate_take(&none, &full_at, 5), 0);
        ck_assert_uint_eq(rate_take(&zero, &full_at, 5), 0);
    }
    rate_undo(&none, &full_at, 5, 5);
    ck_assert_uint_eq(full_at, 0);
}
END_TEST

/* A peer that takes every start it can get has, after the burst, exactly the rate. */
START_TEST(long_run)
{
    static const struct {
        uint32_t count;
        uint64_t period;
    } table[] = {{5, MINUTE}, {7, MINUTE}, {1000, SECOND}, {3, 3600 * SECOND}, {999, MINUTE}};

    for (size_t i = 0; i < COUNT(table); i++) {
        struct rate r = rate_make(table[i].count, table[i].period, 0);
        uint64_t full_at = 0, now = SECOND, end = now + 100 * table[i].period, later, taken = 0;
        while (now < end) {
            later = rate_take(&r, &full_at, now);
            if (later != 0 && later <= now)
                ck_abort_msg("never there");
            taken += later == 0;
            now = later == 0 ? now : later;
        }
        ck_assert_uint_le(taken, 101 * (uint64_t)table[i].count);
        ck_assert_uint_ge(taken, 101 * (uint64_t)table[i].count - 1);
    }
}
END_TEST

START_TEST(changed_limits)
{
    struct rate hourly = rate_make(1000, 1000 * 3600 * SECOND, 0), quick = rate_make(1, SECOND, 0);
    uint64_t full_at = 0, now = SECOND;

    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(rate_take(&hourly, &full_at, now), 0);
    ck_assert_uint_eq(rate_take(&hourly, &full_at, now), now + 3600 * SECOND);
    ck_assert_uint_eq(rate_take(&quick, &full_at, now), now + SECOND);
}
END_TEST

/* The bucket itself, in nanoseconds of credit. */
struct bucket {
    struct rate rate;
    uint64_t credit, then;
};

static uint64_t bucket_take(struct bucket *b, uint64_t now)
{
    uint64_t full = b->rate.interval * b->rate.burst, gain = now - b->then;

    b->credit = gain >= full - b->credit ? full : b->credit + gain;
    b->then = now;
    if (b->credit < b->rate.interval)
        return now + (b->rate.interval - b->credit);
    b->credit -= b->rate.interval;
    return 0;
}

START_TEST(rate_as_bucket)
{
    for (int round = 0; round < 200; round++) {
        struct bucket b = {
            .rate = rate_make(1 + (uint32_t)chance(20), 1 + chance(1000), (uint32_t)chance(10))};
        uint64_t full_at = 0, now = chance(SECOND), first, later;
        b.credit = b.rate.interval * b.rate.burst;
        b.then = now;
        for (int i = 0; i < 500; i++) {
            now += chance(3) == 0 ? chance(b.rate.interval * 4) : chance(2);
            first = rate_check(&b.rate, full_at, now);
            later = bucket_take(&b, now);
            ck_assert_uint_eq(first, later);
            ck_assert_uint_eq(rate_take(&b.rate, &full_at, now), later);
            if (later == 0 && chance(5) == 0) {
                rate_undo(&b.rate, &full_at, now, now);
                b.credit += b.rate.interval;
            }
        }
    }
}
END_TEST

static const struct source_limits open_limits = {0, {0, 1}};

START_TEST(max_then_rate)
{
    struct sources *s = sources_new(64, 1);
    struct source_limits limits = {2, rate_make(3, MINUTE, 0)};
    struct prefix a = source(1), b = source(2);
    uint32_t slot, other;

    ck_assert_uint_eq(sources_running(s, 7, &a), 0);
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5, &slot), SOURCE_OK);
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5, &slot), SOURCE_OK);
    for (int i = 0; i < 10; i++) /* counts nothing: one token stays */
        ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5, &other), SOURCE_MAX);
    ck_assert_uint_eq(sources_running(s, 7, &a), 2);
    ck_assert_int_eq(sources_enter(s, 7, &b, &limits, 5, &other), SOURCE_OK);
    ck_assert_int_eq(sources_enter(s, 8, &a, &limits, 5, &other), SOURCE_OK);
    sources_leave(s, slot);
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5, &slot), SOURCE_OK);
    sources_leave(s, slot);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5, &other), SOURCE_RATE);
    ck_assert_uint_eq(sources_running(s, 7, &a), 1);
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5 + 20 * SECOND, &slot), SOURCE_OK);
    sources_undo(s, slot, &limits, 5 + 20 * SECOND, 5 + 20 * SECOND);
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 5 + 20 * SECOND, &slot), SOURCE_OK);
    sources_leave(s, SOURCE_NONE);
    sources_undo(s, SOURCE_NONE, &limits, 5, 5);
    ck_assert_uint_eq(sources_running(s, 7, &a), 2);
    limits.max = 1; /* a reload */
    ck_assert_int_eq(sources_enter(s, 7, &a, &limits, 60 * MINUTE, &other), SOURCE_MAX);
    sources_free(s);
}
END_TEST

/* More sources with handlers than entries: all get in, those recorded are exact. */
START_TEST(overrun)
{
    enum { MANY = 1000 };
    struct sources *s = sources_new(1, 42);
    uint32_t slots[MANY];
    size_t recorded = 0;

    for (uint32_t i = 0; i < MANY; i++) {
        struct prefix p = source(i);
        ck_assert_int_eq(sources_enter(s, 0, &p, &open_limits, i, &slots[i]), SOURCE_OK);
        recorded += slots[i] != SOURCE_NONE;
    }
    ck_assert_uint_eq(recorded, 64);
    for (uint32_t i = 0; i < MANY; i++) {
        struct prefix p = source(i);
        ck_assert_uint_eq(sources_running(s, 0, &p), slots[i] != SOURCE_NONE);
        sources_leave(s, slots[i]);
        sources_leave(s, slots[i]); /* one too many harms nobody */
        ck_assert_uint_eq(sources_running(s, 0, &p), 0);
    }
    sources_free(s);
}
END_TEST

START_TEST(sizes)
{
    ck_assert_ptr_null(sources_new(SIZE_MAX, 1));
    struct sources *s = sources_new((size_t)1 << 20, 1); /* untouched: no memory to speak of */
    ck_assert_ptr_nonnull(s);
    sources_free(s);
    sources_free(NULL);
}
END_TEST

enum { SERVICES = 3, SOURCES = 12, KEYS = SERVICES * SOURCES, OPEN = 400 };

struct model {
    struct bucket bucket[KEYS];
    uint32_t running[KEYS];
};

static enum source_verdict model_enter(struct model *m, size_t key, uint32_t max, uint64_t now)
{
    if (max != 0 && m->running[key] >= max)
        return SOURCE_MAX;
    if (bucket_take(&m->bucket[key], now) != 0)
        return SOURCE_RATE;
    m->running[key]++;
    return SOURCE_OK;
}

START_TEST(sources_as_map)
{
    struct sources *s = sources_new(4096, chance(UINT64_MAX));
    const struct source_limits limits[SERVICES] = {
        {4, rate_make(10, 2000, 0)}, {3, rate_make(7, 280, 20)}, {5, rate_make(1, 60, 1)}};
    struct model m = {.running = {0}};
    struct {
        uint32_t slot;
        size_t key;
    } open[OPEN];
    size_t opened = 0, seen[3] = {0};
    uint64_t now = 1;

    for (size_t key = 0; key < KEYS; key++) {
        struct rate r = limits[key / SOURCES].rate;
        m.bucket[key] = (struct bucket){r, r.interval * r.burst, now};
    }
    for (int i = 0; i < 100000; i++) {
        size_t key = (size_t)chance(KEYS), service = key / SOURCES;
        struct prefix p = source((uint32_t)(key % SOURCES));
        now += chance(4);
        if (opened < OPEN && chance(3) != 0) {
            enum source_verdict want = model_enter(&m, key, limits[service].max, now);
            enum source_verdict got =
                sources_enter(s, (uint32_t)service, &p, &limits[service], now, &open[opened].slot);
            ck_assert_int_eq(got, want);
            seen[got]++;
            open[opened].key = key;
            opened += got == SOURCE_OK;
            if (got == SOURCE_OK && chance(8) == 0) {
                sources_undo(s, open[--opened].slot, &limits[service], now, now);
                m.bucket[key].credit += m.bucket[key].rate.interval;
                m.running[key]--;
            }
        } else if (opened > 0) {
            size_t gone = (size_t)chance(opened);
            sources_leave(s, open[gone].slot);
            m.running[open[gone].key]--;
            open[gone] = open[--opened];
        }
        if (sources_running(s, (uint32_t)service, &p) != m.running[key])
            ck_abort_msg("running is wrong in round %d", i);
    }
    ck_assert_msg(seen[SOURCE_OK] > 1000 && seen[SOURCE_MAX] > 1000 && seen[SOURCE_RATE] > 100,
                  "%zu %zu %zu", seen[0], seen[1], seen[2]);
    sources_free(s);
}
END_TEST

enum { HEAVY = 1000, FLOOD = 100000 };

/* One start of a heavy source: as the bucket says. */
static void heavy_start(struct sources *s, uint32_t n, struct bucket *b, uint64_t now, bool stay)
{
    const struct source_limits limits = {0, b->rate};
    struct prefix p = source(n);
    uint32_t slot;
    enum source_verdict want = bucket_take(b, now) == 0 ? SOURCE_OK : SOURCE_RATE;

    ck_assert_int_eq(sources_enter(s, 1, &p, &limits, now, &slot), want);
    if (want == SOURCE_OK && !stay)
        sources_leave(s, slot);
}

/*
 * Ten a burst, one a second; every heavy source has taken at least eight, every third has a
 * handler. The flood takes five seconds, a start a source: none of the heavy ones may gain by
 * it. */
START_TEST(flood)
{
    static struct bucket heavy[HEAVY];
    struct sources *s = sources_new(8192, chance(UINT64_MAX));
    struct rate r = rate_make(60, MINUTE, 10);
    const struct source_limits limits = {0, r};
    uint64_t now = MINUTE;
    uint32_t slot;

    for (uint32_t n = 0; n < HEAVY; n++) {
        heavy[n] = (struct bucket){r, r.interval * r.burst, now};
        for (uint64_t i = 8 + chance(4); i > 0; i--)
            heavy_start(s, n, &heavy[n], now, n % 3 == 0 && i == 8);
    }
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct prefix p = source(0x80000000 + i);
        now += SECOND / 20000;
        if (sources_enter(s, 1, &p, &limits, now, &slot) != SOURCE_OK)
            ck_abort_msg("a newcomer is refused");
        sources_leave(s, slot);
        if (i % 50 == 0) {
            uint32_t n = (uint32_t)chance(HEAVY);
            heavy_start(s, n, &heavy[n], now, false);
        }
    }
    for (uint32_t n = 0; n < HEAVY; n++) {
        struct prefix p = source(n);
        ck_assert_uint_eq(sources_running(s, 1, &p), n % 3 == 0);
        for (int i = 0; i < 12; i++)
            heavy_start(s, n, &heavy[n], now, false);
    }
    sources_free(s);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("limit");
    TCase *t = tcase_create("cases"), *random = tcase_create("random");

    tcase_add_test(t, made_rates);
    tcase_add_test(t, five_a_minute);
    tcase_add_test(t, late_undo);
    tcase_add_test(t, no_limit);
    tcase_add_test(t, long_run);
    tcase_add_test(t, changed_limits);
    tcase_add_test(t, max_then_rate);
    tcase_add_test(t, overrun);
    tcase_add_test(t, sizes);
    tcase_set_timeout(random, 60); /* valgrind, busy machines */
    tcase_add_checked_fixture(random, setup, NULL);
    tcase_add_test(random, rate_as_bucket);
    tcase_add_test(random, sources_as_map);
    tcase_add_test(random, flood);
    suite_add_tcase(s, t);
    suite_add_tcase(s, random);
    return s;
}

#include "check/main.h"
