/* conf/draft.h -- an entry as it was written, each word with its place; and how problems are
 * told */
#ifndef DOORWARD_CONF_DRAFT_H
#define DOORWARD_CONF_DRAFT_H

#include "base/text.h"
#include "base/value.h"
#include "conf/conf.h"

#define CONF_QUOTE  100 /* bytes of a quoted word in a message */
#define CONF_RECENT 8
#define CONF_KEYS   128 /* room for one flag each */

/* One load. */
struct conf {
    struct table *table;
    const struct conf_options *opt;
    const struct conf_report *report;
    size_t errors;
    bool no_memory;       /* told already */
    struct problem *held; /* of the entry being read, in the order of places */
    bool holding;
    const char *held_file;                /* of that entry */
    struct place bad_default;             /* of the default address that was told of last */
    struct settings *recent[CONF_RECENT]; /* candidates to be shared by the next entry */
    char quotes[4][CONF_QUOTE];           /* conf_quote's, in turn */
    unsigned recent_turn, quote_turn;
    struct place limits;    /* where handlers_max is given; line 0: nowhere */
    unsigned searches;      /* of /etc/services for a suggestion, so far */
    struct conf_host *host; /* conf/address.c's memory of the last name */
    struct conf_user {
        const char *answer;
        struct priv *p;
    } users[CONF_RECENT]; /* conf/user.c's memory of the last ones */
    unsigned user_turn;
    struct source *reading;               /* the file; NULL between two */
    struct ask *ask;                      /* who answers */
    size_t files, bytes;                  /* read so far */
    bool replaced;                        /* opt->instead has been read */
    bool too_much;                        /* of them: told, and nothing more is included */
    const struct service *loser, *winner; /* told of last; not to be looked into */
    char lost_port[8];                    /* likewise */
};

/* A list of words; kept and used again by the next entry. */
struct words {
    struct word *at;
    size_t count, room;
};

struct cut;     /* text that stands in no file as such */
struct problem; /* to be told when its entry is read */

/*
 * What an entry, or a `.defaults`, says. A word with a NULL text was not given. Keys whose words
 * need nothing but themselves are checked at once and stand in `set`. */
struct draft {
    struct place place;   /* of the entry's first word */
    struct settings *set; /* its own copy */
    struct word name;     /* the key */
    struct word service;  /* without the address */
    struct words address; /* none: the default */
    struct word socktype, protocol, wait, user, group, program, builtin, unix_user, unix_group;
    struct word also; /* a second protocol, for an entry of its own */
    struct words args, groups, listen, names;
    size_t at, end, onoff;     /* bytes of the file, as struct entry has them */
    bool waits;                /* what `wait` says */
    bool off;                  /* to be checked, not served */
    bool broken;               /* by something that was told of before, with another entry */
    bool inherited_address;    /* `address` is from .defaults or a line "address:" */
    bool user_may_dot;         /* `user` may be user.group */
    bool ip_rate_given;        /* the wait field sets source.rate */
    bool given[CONF_KEYS];     /* keys that this entry gives, by their number (conf_key_at) */
    bool inherited[CONF_KEYS]; /* the same for .defaults */
    size_t errors_before;
    struct cut *cuts;
    struct place given_at[CONF_KEYS]; /* the last: what was not given is not even zeroed */
};

/* Make `d`, zeroed at birth or used before, ready for the entry that `first` starts, with the
 * defaults of `scope` (NULL: those of the command line). False: out of memory. */
bool draft_begin(struct conf *c, struct draft *d, const struct draft *scope,
                 const struct word *first);
void draft_free(struct draft *d);
/* The keys that `scope` gives or inherited are inherited ones of `d`. */
void draft_inherit(struct draft *d, const struct draft *scope);
/* Has the entry no error so far? */
static inline bool draft_good(const struct conf *c, const struct draft *d)
{
    return c->errors == d->errors_before && !d->broken;
}

/* Append. False: out of memory, told. */
bool words_add(struct conf *c, struct words *list, const struct word *w);
bool words_copy(struct conf *c, struct words *to, const struct words *from);

/* The `len` bytes of `from` that start at byte `at` as a word of its own, with its place; its text
 * lives as long as the draft's entry. `text` is NULL when memory ran out (told). */
struct word draft_cut(struct conf *c, struct draft *d, const struct word *from, size_t at,
                      size_t len);

/* Tell a problem. conf_error counts it and returns false. Those of one entry are told at its end,
 * in the order of their places: from draft_begin() to here. */
void conf_tell(struct conf *c);
bool conf_error(struct conf *c, const struct place *at, const char *fmt, ...) TEXT_PRINTF(3, 4);
void conf_warn(struct conf *c, const struct place *at, const char *fmt, ...) TEXT_PRINTF(3, 4);
bool conf_no_memory(struct conf *c);
/* `"text"`, escaped and cut to a length to read, for a message; good until four more are made. */
const char *conf_quote(struct conf *c, const char *text);
/* An error `WHAT "word" is WRONG`. */
bool conf_bad_word(struct conf *c, const struct word *w, const char *what, const char *wrong);
/* The same for a fault of value.h, with the range where that is what is wrong (high 0: none). */
bool conf_bad_value(struct conf *c, const struct word *w, const char *what, enum value_fault wrong,
                    int64_t low, int64_t high);

/* The candidate nearest to a misspelt word. */
struct conf_near {
    const char *word, *best;
    unsigned distance;
};
void conf_near_try(struct conf_near *near, const char *candidate);
/* ` (did you mean "x"?)`, or "" if none is close. */
const char *conf_hint(struct conf *c, const struct conf_near *near);

#endif
