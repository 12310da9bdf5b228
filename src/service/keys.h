/*
 * service/keys.h -- one row for each member of struct settings: key, kind, place, range,
 * default. */
#ifndef DOORWARD_SERVICE_KEYS_H
#define DOORWARD_SERVICE_KEYS_H

#include "service/kinds.h"

#include <stdint.h>

/* Where a key belongs. */
enum {
    KEY_ENTRY = 1,    /* not in .defaults */
    KEY_UNIX = 2,     /* a unix socket only */
    KEY_IP = 4,       /* tcp and udp only */
    KEY_TCP = 8,      /* tcp only */
    KEY_NOWAIT = 16,  /* nowait only */
    KEY_PROGRAM = 32, /* no builtin */
    KEY_STREAM = 64,  /* with a stream socket of its own: no datagrams, no tcpmux/name */
    KEY_CLIENT = 128  /* a connection for each handler: no datagrams */
};

struct key {
    const char *name;         /* NULL: a member that no key sets */
    unsigned kind;            /* enum kind */
    unsigned where;           /* KEY_ENTRY ..., or-ed */
    size_t offset;            /* of the member */
    int64_t low, high;        /* its range where it has one */
    const void *normal;       /* the default, a value of its kind; NULL: all bytes 0 */
    const char *const *words; /* of KIND_CHOICE, NULL after the last */
    const char *help;         /* the manual's line */
};

/*
 * A table of them. Rows whose values are parts of one member (allow and deny, the resource limits)
 * stand side by side; rows without a name are the last. */
struct keys {
    const struct key *rows;
    size_t count;
};

/* Of struct settings. */
extern const struct keys settings_keys;

/* For any struct that `t` describes: write the defaults into `s`, whose bytes are zero. */
void keys_init(const struct keys *t, void *s);
/* A deep copy into `to`, all zero so far. False: out of memory; `to` is good for keys_drop(). */
bool keys_copy(const struct keys *t, void *to, const void *from);
bool keys_equal(const struct keys *t, const void *a, const void *b);
/* Free what its members own. */
void keys_drop(const struct keys *t, void *s);
/* All of it, as kind_put() and kind_get() have it. */
void keys_put(const struct keys *t, struct state_out *o, const void *s);
void keys_get(const struct keys *t, struct state_in *r, void *s);

#endif
