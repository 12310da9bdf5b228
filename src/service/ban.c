/* service/ban.c -- who is kept out, for a while or for good, at all services or at some */
#include "config.h"

#include "service/ban.h"

#include <stdlib.h>
#include <string.h>

/* By family, length, bytes, word: the prefixes of one length, where a peer's own is looked for,
 * stand together. */
static int order(const struct ban *ban, const struct prefix *p, const char *word)
{
    if (ban->prefix.family != p->family)
        return ban->prefix.family < p->family ? -1 : 1;
    if (ban->prefix.bits != p->bits)
        return ban->prefix.bits < p->bits ? -1 : 1;
    int sign = memcmp(ban->prefix.bytes, p->bytes, sizeof p->bytes);
    return sign ? sign : strcmp(ban->word, word);
}

/* The index of the first that does not come before this. */
static size_t place_of(const struct bans *b, const struct prefix *p, const char *word)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(b->at[middle], p, word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct ban *exactly(const struct bans *b, size_t at, const struct prefix *p,
                           const char *word)
{
    return at < b->count && order(b->at[at], p, word) == 0 ? b->at[at] : NULL;
}

void bans_expire(struct bans *b, uint64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (ban_is_over(b->at[i], now))
            free(b->at[i]);
        else
            b->at[kept++] = b->at[i];
    }
    b->count = kept;
}

static bool has_room(struct bans *b)
{
    if (b->count < b->room)
        return true;
    size_t room = b->room ? b->room * 2 : 16;
    struct ban **wide = realloc(b->at, room * sizeof(struct ban *));
    if (!wide)
        return false;
    b->at = wide;
    b->room = room;
    return true;
}

enum ban_result bans_add(struct bans *b, const struct prefix *prefix, const char *word,
                         enum naming_fit fit, uint64_t until, uint64_t now)
{
    bans_expire(b, now);
    size_t at = place_of(b, prefix, word);
    struct ban *same = exactly(b, at, prefix, word);
    if (same) {
        same->until = until;
        same->fit = (uint8_t)fit;
        return BAN_CHANGED;
    }
    if (b->count >= BANS_MOST)
        return BAN_FULL;
    struct ban *ban = has_room(b) ? malloc(sizeof *ban + strlen(word) + 1) : NULL;
    if (!ban)
        return BAN_NO_MEMORY;
    *ban = (struct ban){.prefix = *prefix, .until = until, .fit = (uint8_t)fit};
    memcpy(ban->word, word, strlen(word) + 1);
    memmove(b->at + at + 1, b->at + at, (b->count++ - at) * sizeof(struct ban *));
    b->at[at] = ban;
    return BAN_ADDED;
}

struct ban *bans_get(const struct bans *b, const struct prefix *prefix, const char *word)
{
    return exactly(b, place_of(b, prefix, word), prefix, word);
}

bool bans_drop(struct bans *b, const struct prefix *prefix, const char *word)
{
    size_t at = place_of(b, prefix, word);
    struct ban *ban = exactly(b, at, prefix, word);
    if (!ban)
        return false;
    free(ban);
    memmove(b->at + at, b->at + at + 1, (--b->count - at) * sizeof(struct ban *));
    return true;
}

void bans_free(struct bans *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->at[i]);
    free(b->at);
    *b = (struct bans){.at = NULL};
}

/* Of the bans of exactly this prefix the first that is for `s`. */
static struct ban *of_prefix(const struct bans *b, const struct prefix *p, const struct service *s,
                             uint64_t now)
{
    for (size_t i = place_of(b, p, ""); i < b->count; i++) {
        struct ban *ban = b->at[i];
        if (prefix_compare(&ban->prefix, p) != 0)
            return NULL;
        if (!ban_is_over(ban, now) &&
            (!*ban->word || service_is_named(s, ban->word) >= (enum naming_fit)ban->fit))
            return ban;
    }
    return NULL;
}

struct ban *bans_find(const struct bans *b, const struct addr *peer, const struct service *s,
                      uint64_t now)
{
    struct addr host = addr_unmap(peer);
    struct ban *longest = NULL;
    for (size_t i = 0; i < b->count;) {
        struct prefix group = b->at[i]->prefix; /* the first of its length */
        struct prefix own = prefix_of(&host, group.bits, group.bits);
        struct ban *ban = own.family == group.family ? of_prefix(b, &own, s, now) : NULL;
        longest = ban ? ban : longest;
        struct prefix next = {.family = group.family, .bits = (uint8_t)(group.bits + 1)};
        i = place_of(b, &next, "");
    }
    return longest;
}

const struct ban *bans_after(const struct bans *b, const struct prefix *prefix, const char *word)
{
    size_t at = place_of(b, prefix, word);
    if (exactly(b, at, prefix, word))
        at++;
    return at < b->count ? b->at[at] : NULL;
}

size_t bans_count(const struct bans *b, uint64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++)
        count += !ban_is_over(b->at[i], now);
    return count;
}

void bans_save(const struct bans *b, struct state_out *o)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct ban *ban = b->at[i];
        state_record(o);
        state_put_bytes(o, &ban->prefix, sizeof ban->prefix);
        state_put_text(o, ban->word);
        state_put(o, ban->fit);
        state_put(o, ban->until);
        state_put(o, ban->refused);
    }
}

void bans_restore(struct bans *b, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        size_t len;
        struct prefix prefix = {.family = 0};
        const char *bytes = state_get_bytes(&r, &len), *word = state_get_text(&r);
        enum naming_fit fit = (enum naming_fit)state_get_upto(&r, UINT8_MAX);
        uint64_t until = state_get(&r);
        if (len != sizeof prefix || strlen(word) > BAN_WORD) {
            *r.bad = true;
            return;
        }
        memcpy(&prefix, bytes, len);
        if (bans_add(b, &prefix, word, fit, until, 0) == BAN_ADDED)
            bans_get(b, &prefix, word)->refused = state_get(&r);
    }
}
