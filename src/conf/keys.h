/* conf/keys.h -- the keys of a definition: those of service/keys.c, and those that an entry's check
 * uses up. */
#ifndef DOORWARD_CONF_KEYS_H
#define DOORWARD_CONF_KEYS_H

#include "conf/draft.h"
#include "service/keys.h"

/* Kinds of the second sort, whose members are struct draft's. */
enum {
    KIND_WORD = KINDS, /* struct word */
    KIND_WORDS,        /* struct words */
    KIND_WAIT,         /* yes or no to draft.waits */
    KIND_FILTER,       /* an accept filter of the BSDs: what it comes to in draft.set */
    KIND_REFUSED,      /* not on this system */
    CONF_KINDS
};

/* All keys, both sorts; NULL after the last. */
const struct key *conf_key_at(size_t i);
/* NULL: unknown. */
const struct key *conf_key_find(const char *name);

/*
 * `key = values` into `d`: the key is known, is not given twice, belongs here (`defaults`: into
 * .defaults), has as many values as it takes, and they are good. False: an error, told. */
bool conf_key_set(struct conf *c, struct draft *d, const struct word *key,
                  const struct words *values, bool defaults);

/* Does the entry, or with `inherited` .defaults too, give that key? */
bool conf_key_given(const struct draft *d, const char *name, bool inherited);

/* Where it gives it; of .defaults that is the entry's own place. */
const struct place *conf_key_place(const struct draft *d, const char *name);

/* The accept filter `w` of a BSD; `dataready` is the key defer here. False: told. */
bool conf_accept_filter(struct conf *c, struct draft *d, const struct word *w);

/* The or-ed KEY_UNIX ... KEY_CLIENT that do not hold for a service with such sockets, a bit for
 * each enum proto; of several types the first one's. */
unsigned conf_unfit(unsigned protos, int socktype, bool wait, const struct builtin *builtin);
/* Once the kind of service is known: is a key given that does not belong to it? False: an error,
 * told. */
bool conf_keys_fit(struct conf *c, const struct draft *d, unsigned unfit);

#endif
