/* conf/keys.h -- the table of keys of a definition. Part of conf. */
#ifndef DOORWARD_CONF_KEYS_H
#define DOORWARD_CONF_KEYS_H

#include "conf/draft.h"

/* How a key's words are read (conf/types.c) and written (conf/print.c). */
enum key_type {
    KEY_WORD,    /* a struct word of the draft, looked at when all is known */
    KEY_WORDS,   /* a struct words of the draft */
    KEY_REFUSED, /* not on this system */
    KEY_WAIT,    /* yes or no to draft.waits */
    KEY_BOOL,    /* the rest: a member of struct settings */
    KEY_INT,
    KEY_SIGNED,
    KEY_U32,
    KEY_SIZE,
    KEY_TIME,
    KEY_MODE,
    KEY_RATE,
    KEY_PREFIX,
    KEY_PATH,
    KEY_DEVICE,
    KEY_CHOICE,
    KEY_ENV,
    KEY_NAMES,
    KEY_RULES,
    KEY_RLIMIT,
    KEY_TYPES
};

/* Where a key belongs. */
enum {
    KEY_ENTRY = 1,   /* not in .defaults */
    KEY_UNIX = 2,    /* a unix socket only */
    KEY_IP = 4,      /* tcp and udp only */
    KEY_TCP = 8,     /* tcp only */
    KEY_NOWAIT = 16, /* nowait only */
    KEY_PROGRAM = 32 /* no builtin */
};

struct conf_key {
    const char *name;
    enum key_type type;
    unsigned where;
    size_t offset;     /* of its member in struct draft or struct settings, by type */
    int64_t low, high; /* its range where it has one; KEY_RULES: low is 1 to allow */
    const char *help;  /* the manual's line */
};

/* The keys in the manual's order; NULL after the last. There are at most 64. */
const struct conf_key *conf_key_at(size_t i);
/* NULL: unknown. */
const struct conf_key *conf_key_find(const char *name);

/*
 * `key = values` into `d`: the key is known, is not given twice, belongs here (`defaults`: into
 * .defaults), has as many values as it takes, and they are good. False: an error, told.
 */
bool conf_key_set(struct conf *c, struct draft *d, const struct word *key,
                  const struct words *values, bool defaults);

/* Does the entry, or with `inherited` .defaults too, give that key? */
bool conf_key_given(const struct draft *d, const char *name, bool inherited);

/* The or-ed KEY_UNIX ... KEY_PROGRAM that do not hold for a service. */
unsigned conf_unfit(enum proto proto, bool wait, const struct builtin *builtin);
/* Once the kind of service is known: is a key given that does not belong to it? False: an error,
 * told. */
bool conf_keys_fit(struct conf *c, const struct draft *d, unsigned unfit);

/* Read the words of a key of `k`'s type into the draft (conf/types.c). False: an error, told. */
bool conf_type_set(struct conf *c, struct draft *d, const struct conf_key *k,
                   const struct words *values);
/* The names of enum stderr_to, NULL after the last. */
extern const char *const conf_stderr_names[];

#endif
