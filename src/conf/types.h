/* conf/types.h -- how the values of each kind are written: read from words, shown by -t. Part of
 * conf. */
#ifndef DOORWARD_CONF_TYPES_H
#define DOORWARD_CONF_TYPES_H

#include "conf/keys.h"

/* `key = words`, to be read. */
struct given {
    struct conf *c;
    struct draft *d;
    const struct key *k;
    const struct word *v; /* the words */
    size_t n;             /* at least 1 */
    void *to;             /* the member that the key's offset names */
};

struct key_type {
    /* The words into `g->to`. False: an error, told. */
    bool (*set)(const struct given *g);
    /* Append ` key=value`. NULL: conf/print.c has a field of its own for it. */
    void (*show)(struct text *out, const struct key *k, const void *value);
    bool many; /* takes any number of words; `set` of the others has one */
};

/* Of `kind`, KIND_BOOL to KIND_REFUSED. */
const struct key_type *conf_type(unsigned kind);

/* Those with a file of their own: conf/prefix.c, conf/rate.c, conf/rlimit.c. */
bool conf_prefix_set(const struct given *g);
void conf_prefix_show(struct text *out, const struct key *k, const void *value);
bool conf_rate_set(const struct given *g);
void conf_rate_show(struct text *out, const struct key *k, const void *value);
bool conf_rlimit_set(const struct given *g);
void conf_rlimit_show(struct text *out, const struct key *k, const void *value);
/* conf/gate.c: */
bool conf_gate_set(const struct given *g);
void conf_gate_show(struct text *out, const struct key *k, const void *value);
/* conf/cage_types.c: */
bool conf_caps_set(const struct given *g);
void conf_caps_show(struct text *out, const struct key *k, const void *value);
bool conf_paths_set(const struct given *g);
bool conf_reach_set(const struct given *g);
bool conf_ports_set(const struct given *g);
bool conf_label_set(const struct given *g);
bool conf_mounts_set(const struct given *g);
bool conf_calls_set(const struct given *g);
void conf_words_show(struct text *out, const struct key *k, const void *value);

#endif
