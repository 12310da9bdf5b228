/*
 * service/ban.h -- who is kept out, for a while or for good, at all services or at some. Pure:
 * `now` is an argument. */
#ifndef DOORWARD_SERVICE_BAN_H
#define DOORWARD_SERVICE_BAN_H

#include "base/state.h"
#include "service/service.h"

enum {
    BANS_MOST = 4096, /* of 300 bytes at most */
    BAN_WORD = 255    /* bytes of a service's word */
};

struct ban {
    struct prefix prefix;
    uint64_t until;   /* ns, as `now`; 0: for good */
    uint64_t refused; /* connections, since it is there */
    uint8_t fit;      /* enum naming_fit: how well `word` has to name a service at least */
    char word[];      /* which services, as service_is_named() has it; "": all of them */
};

/* In order, so that a peer costs a few comparisons however many there are. Zeroed at birth. */
struct bans {
    struct ban **at;
    size_t count, room;
};

enum ban_result { BAN_ADDED, BAN_CHANGED, BAN_FULL, BAN_NO_MEMORY };

/* Keep `prefix` out of what `word` names as well as `fit` until `until`; the ban of the same two
 * that there is gets the new time. What is over at `now` goes first. Nothing has changed at
 * BAN_FULL and BAN_NO_MEMORY. */
enum ban_result bans_add(struct bans *b, const struct prefix *prefix, const char *word,
                         enum naming_fit fit, uint64_t until, uint64_t now);
/* This one; NULL: there is none. */
struct ban *bans_get(const struct bans *b, const struct prefix *prefix, const char *word);
/* Forget what is over at `now`. */
void bans_expire(struct bans *b, uint64_t now);
/* Take this one off. False: there is none. */
bool bans_drop(struct bans *b, const struct prefix *prefix, const char *word);
void bans_free(struct bans *b);
/* All of them, for an upgrade. */
void bans_save(const struct bans *b, struct state_out *o);
void bans_restore(struct bans *b, struct state_in *records);

/* The ban that keeps `peer` out of `s`, of several the one of the longest prefix; NULL: he may
 * come, as far as bans go. The caller counts. */
struct ban *bans_find(const struct bans *b, const struct addr *peer, const struct service *s,
                      uint64_t now);
static inline bool ban_is_over(const struct ban *ban, uint64_t now)
{
    return ban->until && ban->until <= now;
}

/* The next behind this one, which need not be there any more, in an order that stays; `prefix` all
 * zero gives the first. NULL: the end. One that is over may still be among them. */
const struct ban *bans_after(const struct bans *b, const struct prefix *prefix, const char *word);
/* How many are not over. */
size_t bans_count(const struct bans *b, uint64_t now);

#endif
