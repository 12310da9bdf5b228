/* admit/admit.c -- who gets a handler */
#include "config.h"

#include "admit/admit.h"

#include <unistd.h>

#include "admit/hold.h"
#include "admit/share.h"
#include "os/loop.h"

/* 16,384 entries of at most 48 bytes: 768 KiB, for all services together (doorward.conf(5),
 * LIMITS). */
enum { SOURCE_ENTRIES = 16384 };

static bool full(const struct service *s)
{
    return !s->entry->wait && s->entry->settings->limits.accept_max &&
           s->running >= s->entry->settings->limits.accept_max;
}

/* As far as its own limits go. */
static bool has_room(struct master *m, struct service *s)
{
    if (s->held)
        return false;
    if (full(s)) {
        hold_begin(m, s, HOLD_FULL);
        return false;
    }
    uint64_t at = rate_check(&s->entry->settings->limits.service_max, s->bucket, loop_now());
    if (at) {
        hold_until(m, s, at);
        return false;
    }
    return true;
}

bool admit_ready(struct master *m, struct service *s)
{
    return has_room(m, s) && share_ready(m, s);
}

bool admit_passes(struct master *m, struct service *s)
{
    return share_passes(m, s) && has_room(m, s);
}

static bool has_source_limits(const struct settings *set)
{
    return set->limits.source.max != 0 || set->limits.source.rate.interval != 0;
}

static uint64_t seed(const struct master *m)
{
    /* Addresses and the clock: enough to keep strangers from choosing collisions. */
    uint64_t random = loop_now() ^ (uint64_t)(uintptr_t)m ^ (uint64_t)getpid() << 32;
#if HAVE_GETENTROPY
    if (getentropy(&random, sizeof random) < 0)
        return random; /* the above has to do */
#endif
    return random;
}

/* Who cannot be told apart from others can be neither judged nor counted. */
static bool is_known(const struct addr *peer)
{
    return addr_family(peer) != AF_UNSPEC;
}

static struct sources *table_of_sources(struct master *m)
{
    if (!m->sources)
        m->sources = sources_new(SOURCE_ENTRIES, seed(m));
    return m->sources;
}

static bool enter_source(struct master *m, struct service *s, const struct addr *peer,
                         uint32_t *slot, enum reject *why)
{
    const struct settings *set = s->entry->settings;
    if (!has_source_limits(set))
        return true;
    struct prefix source =
        prefix_of(peer, set->limits.source_prefix.v4, set->limits.source_prefix.v6);
    /* A limit that cannot be applied refuses. */
    enum source_verdict verdict =
        table_of_sources(m) && is_known(peer)
            ? sources_enter(m->sources, s->id, &source, &set->limits.source, loop_now(), slot)
            : SOURCE_MAX;
    *why = verdict == SOURCE_RATE ? REJECT_IP_MAX : REJECT_SOURCE_MAX;
    return verdict == SOURCE_OK;
}

bool admit_allowed(const struct master *m, const struct service *s, const struct addr *peer,
                   enum reject *why)
{
    const struct access *rules = &s->entry->settings->access.rules;
    bool banned = m->bans.count && bans_find(&m->bans, peer, s, loop_now());
    *why = banned ? REJECT_BAN : REJECT_ACCESS;
    return !banned && (!rules->count || (is_known(peer) && access_check(rules, peer, NULL)));
}

void admit_refuse(struct master *m, struct service *s, const struct addr *peer, enum reject why)
{
    struct ban *ban = why == REJECT_BAN ? bans_find(&m->bans, peer, s, loop_now()) : NULL;
    if (ban)
        ban->refused++;
    tally_reject(m->loop, s, peer, why);
}

/* By the rules and limits for sources; `peer` NULL: there are none. */
static bool judge(struct master *m, struct service *s, const struct addr *peer, uint32_t *slot,
                  enum reject *why)
{
    if (peer && !admit_allowed(m, s, peer, why))
        return false;
    *slot = SOURCE_NONE;
    return !peer || enter_source(m, s, peer, slot, why);
}

void admit_place(struct master *m, struct service *s)
{
    /* The caller asked admit_ready() before: the token is there. */
    (void)rate_take(&s->entry->settings->limits.service_max, &s->bucket, loop_now());
    s->running++;
    share_take(m, s);
}

bool admit_peer(struct master *m, struct service *s, const struct addr *peer, uint32_t *slot,
                enum reject *why)
{
    if (!judge(m, s, peer, slot, why))
        return false;
    admit_place(m, s);
    return true;
}

bool admit_settle(struct master *m, struct service *s, const struct addr *peer, uint64_t since,
                  uint32_t *slot, enum reject *why)
{
    if (judge(m, s, peer, slot, why))
        return true;
    admit_undo(m, s, SOURCE_NONE, since);
    return false;
}

uint32_t admit_recount(struct master *m, const struct service *s, const struct addr *peer,
                       uint32_t slot)
{
    static const struct source_limits none = {.max = 0};
    const struct settings *set = s->entry->settings;
    uint32_t fresh = SOURCE_NONE;
    if (has_source_limits(set) && is_known(peer) && table_of_sources(m)) {
        struct prefix source =
            prefix_of(peer, set->limits.source_prefix.v4, set->limits.source_prefix.v6);
        (void)sources_enter(m->sources, s->id, &source, &none, loop_now(), &fresh); /* no limits */
    }
    if (m->sources)
        sources_leave(m->sources, slot);
    return fresh;
}

static void leave(struct master *m, struct service *s)
{
    s->running--;
    if ((s->held & HOLD_FULL) && !full(s))
        hold_end(m, s, HOLD_FULL);
    share_give(m);
}

void admit_undo(struct master *m, struct service *s, uint32_t slot, uint64_t since)
{
    uint64_t now = loop_now();
    bool took = since > m->loaded; /* else it was a token of another rate, or none */
    if (m->sources && took)
        sources_undo(m->sources, slot, &s->entry->settings->limits.source, since, now);
    else if (m->sources)
        sources_leave(m->sources, slot);
    if (took)
        rate_undo(&s->entry->settings->limits.service_max, &s->bucket, since, now);
    if ((s->held & HOLD_RATE) &&
        !rate_check(&s->entry->settings->limits.service_max, s->bucket, now))
        hold_end(m, s, HOLD_RATE);
    leave(m, s);
}

void admit_release(struct master *m, struct service *s, uint32_t slot)
{
    if (m->sources)
        sources_leave(m->sources, slot);
    leave(m, s);
}

void admit_refresh(struct master *m, struct service *s)
{
    rate_cut(&s->entry->settings->limits.service_max, &s->bucket, loop_now());
    hold_anew(m, s, full(s));
}

void admit_again(struct master *m, struct service *s)
{
    s->running++;
    share_take(m, s);
}

void admit_resume(struct master *m, struct service *s)
{
    hold_resume(m, s, full(s));
}

void admit_save(const struct master *m, struct state_out *o)
{
    if (m->sources)
        sources_save(m->sources, o);
}

void admit_restore(struct master *m, struct state_in *records)
{
    m->sources = sources_restore(records, SOURCE_ENTRIES);
}
