/* service/limit.c -- rates and concurrency, per service and per source */
#include "config.h"

#include "service/limit.h"

#include <stdlib.h>
#include <string.h>

/* The longest a bucket may take to fill: far from where sums of times wrap. */
#define LONGEST (UINT64_MAX / 4)

#define WAYS        16
#define ENTRIES_MIN ((size_t)64)
#define ENTRIES_MAX ((size_t)1 << 30) /* slots fit 32 bits, below SOURCE_NONE */

struct rate rate_make(uint32_t count, uint64_t period, uint32_t burst)
{
    struct rate r = {0, burst != 0 ? burst : count};

    if (count != 0) {
        if (period > LONGEST)
            period = LONGEST;
        r.interval = period / count + (period % count != 0);
    }
    if (r.burst == 0)
        r.burst = 1;
    if (r.interval != 0 && r.burst > LONGEST / r.interval)
        r.burst = (uint32_t)(LONGEST / r.interval);
    return r;
}

/* How long the bucket takes to be full, at most from empty. */
static uint64_t debt(const struct rate *r, uint64_t full_at, uint64_t now)
{
    uint64_t empty = r->interval * r->burst;
    uint64_t owed = full_at > now ? full_at - now : 0;

    return owed < empty ? owed : empty;
}

uint64_t rate_check(const struct rate *r, uint64_t full_at, uint64_t now)
{
    uint64_t spare = r->interval * (r->burst - 1);
    uint64_t owed = debt(r, full_at, now);

    return owed <= spare ? 0 : now + (owed - spare);
}

uint64_t rate_take(const struct rate *r, uint64_t *full_at, uint64_t now)
{
    uint64_t later = rate_check(r, *full_at, now);

    if (later != 0)
        rate_cut(r, full_at, now);
    else if (r->interval != 0)
        *full_at = now + debt(r, *full_at, now) + r->interval;
    return later;
}

void rate_cut(const struct rate *r, uint64_t *full_at, uint64_t now)
{
    if (r->interval != 0)
        *full_at = now + debt(r, *full_at, now);
}

void rate_undo(const struct rate *r, uint64_t *full_at, uint64_t since, uint64_t now)
{
    uint64_t back = now - since < r->interval ? r->interval - (now - since) : 0;

    *full_at -= *full_at < back ? *full_at : back;
}

struct entry {
    uint64_t full_at;
    uint32_t service;
    uint32_t running;
    struct prefix source;
};

/* An entry of zeros is a source at rest like any other: nothing marks it as unused. */
struct sources {
    uint64_t key[2];
    size_t buckets;         /* a power of two */
    struct entry entries[]; /* WAYS for each bucket */
};

struct sources *sources_new(size_t entries, uint64_t seed)
{
    struct sources *s;
    size_t room = ENTRIES_MIN;

    while (room < entries && room < ENTRIES_MAX)
        room *= 2;
    if (room < entries || room > (SIZE_MAX - sizeof *s) / sizeof *s->entries)
        return NULL;
    /* calloc(3) of much memory takes fresh pages, which cost nothing until they are used. */
    s = calloc(1, sizeof *s + room * sizeof *s->entries);
    if (!s)
        return NULL;
    s->key[0] = seed;
    s->key[1] = seed * 0x9e3779b97f4a7c15 + 1;
    s->buckets = room / WAYS;
    return s;
}

void sources_free(struct sources *s)
{
    free(s);
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 of three words. */
static uint64_t hash(const uint64_t key[static 2], const uint64_t words[static 3])
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                     key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};

    for (size_t i = 0; i < 3; i++) {
        v[3] ^= words[i];
        sip_round(v);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    for (size_t i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The index of the first entry of the bucket where a source must be. */
static size_t bucket_of(const struct sources *s, uint32_t service, const struct prefix *source)
{
    uint64_t words[3] = {(uint64_t)service << 32 | (uint64_t)source->family << 8 | source->bits};

    memcpy(&words[1], source->bytes, sizeof source->bytes);
    return (size_t)(hash(s->key, words) & (s->buckets - 1)) * WAYS;
}

/* The index of a source's entry; SOURCE_NONE if it has none. */
static uint32_t find(const struct sources *s, uint32_t service, const struct prefix *source)
{
    size_t first = bucket_of(s, service, source);

    for (size_t i = first; i < first + WAYS; i++)
        if (s->entries[i].service == service &&
            memcmp(&s->entries[i].source, source, sizeof *source) == 0)
            return (uint32_t)i;
    return SOURCE_NONE;
}

/*
 * The entry to give to a newcomer: of those without a handler the one that owes least. One whose
 * bucket is full again owes nothing, so that as long as there is one nothing is forgotten. */
static uint32_t make_room(struct sources *s, uint32_t service, const struct prefix *source)
{
    size_t first = bucket_of(s, service, source);
    uint32_t best = SOURCE_NONE;

    for (size_t i = first; i < first + WAYS; i++)
        if (s->entries[i].running == 0 &&
            (best == SOURCE_NONE || s->entries[i].full_at < s->entries[best].full_at))
            best = (uint32_t)i;
    if (best != SOURCE_NONE)
        s->entries[best] = (struct entry){.service = service, .source = *source};
    return best;
}

enum source_verdict sources_enter(struct sources *s, uint32_t service, const struct prefix *source,
                                  const struct source_limits *limits, uint64_t now, uint32_t *slot)
{
    struct entry *e;

    *slot = find(s, service, source);
    if (*slot == SOURCE_NONE)
        *slot = make_room(s, service, source);
    if (*slot == SOURCE_NONE)
        return SOURCE_OK;
    e = &s->entries[*slot];
    if (limits->max != 0 && e->running >= limits->max)
        return SOURCE_MAX;
    if (rate_take(&limits->rate, &e->full_at, now) != 0)
        return SOURCE_RATE;
    e->running++;
    return SOURCE_OK;
}

enum source_verdict sources_ask(const struct sources *s, uint32_t service,
                                const struct prefix *source, const struct source_limits *limits,
                                uint64_t now, uint32_t *running, uint64_t *at)
{
    static const struct entry at_rest;
    uint32_t slot = find(s, service, source);
    const struct entry *e = slot == SOURCE_NONE ? &at_rest : &s->entries[slot];

    *running = e->running;
    *at = rate_check(&limits->rate, e->full_at, now);
    if (limits->max != 0 && e->running >= limits->max)
        return SOURCE_MAX;
    return *at != 0 ? SOURCE_RATE : SOURCE_OK;
}

static bool is_slot(const struct sources *s, uint32_t slot)
{
    return slot < s->buckets * WAYS && s->entries[slot].running > 0;
}

void sources_leave(struct sources *s, uint32_t slot)
{
    if (is_slot(s, slot))
        s->entries[slot].running--;
}

void sources_undo(struct sources *s, uint32_t slot, const struct source_limits *limits,
                  uint64_t since, uint64_t now)
{
    if (!is_slot(s, slot))
        return;
    rate_undo(&limits->rate, &s->entries[slot].full_at, since, now);
    s->entries[slot].running--;
}

uint32_t sources_running(const struct sources *s, uint32_t service, const struct prefix *source)
{
    uint32_t slot = find(s, service, source);

    return slot == SOURCE_NONE ? 0 : s->entries[slot].running;
}

void sources_save(const struct sources *s, struct state_out *o)
{
    state_record(o);
    state_put(o, s->key[0]);
    for (size_t i = 0; i < s->buckets * WAYS; i++) {
        const struct entry *e = &s->entries[i];
        if (e->full_at == 0)
            continue;
        state_record(o);
        state_put(o, e->service);
        state_put(o, e->full_at);
        state_put_bytes(o, &e->source, sizeof e->source);
    }
}

/* Where its newcomers go, as if it had come anew. */
static void restore_entry(struct sources *s, struct state_in *r)
{
    struct prefix source;
    size_t len;
    uint32_t service = (uint32_t)state_get_upto(r, UINT32_MAX);
    uint64_t full_at = state_get(r);
    const char *bytes = state_get_bytes(r, &len);
    *r->bad |= len != sizeof source;
    if (len != sizeof source)
        return;
    memcpy(&source, bytes, sizeof source);
    uint32_t slot = make_room(s, service, &source);
    if (slot != SOURCE_NONE)
        s->entries[slot].full_at = full_at;
}

struct sources *sources_restore(struct state_in *records, size_t entries)
{
    struct state_in r;
    struct sources *s = state_next_record(records, &r) ? sources_new(entries, state_get(&r)) : NULL;
    while (s && state_next_record(records, &r))
        restore_entry(s, &r);
    return s;
}
