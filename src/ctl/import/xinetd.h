/* ctl/import/xinetd.h -- entries of an xinetd configuration. Private to ctl_xinetd*.c. Rank 1. */
#ifndef DOORWARD_CTL_IMPORT_XINETD_H
#define DOORWARD_CTL_IMPORT_XINETD_H

#include "ctl/import/import.h"

/* One attribute of an entry, its values after all = += -= of it. */
struct xin_attr {
    char *name;
    struct ctl_words values;
    bool replaces; /* some = was there: what `defaults` says is gone */
};

struct xin_entry {
    char *name; /* of the service; NULL: defaults */
    char *file;
    unsigned line;
    struct xin_attr *attrs;
    size_t count;
};

/* The attribute `name`; NULL: not given. */
struct xin_attr *xin_find(const struct xin_entry *e, const char *name);

/* What the attributes together come to. */
struct xin_mapping {
    struct xin_entry *e;
    struct ctl_def def;
    struct ctl_words type, flags;
    const char *socktype, *base; /* stream or dgram, tcp or udp */
    bool waits, builtin, mux, rpc;
};

/* The first value of an attribute, NULL for none; is it `value`, whatever the case; all of them, to
 * look at. */
const char *xin_first(const struct xin_mapping *m, const char *name);
bool xin_is(const struct xin_mapping *m, const char *name, const char *value);
struct ctl_words xin_words(const struct xin_mapping *m, const char *name);

/* One attribute to a key or a comment, unless it is one of those that are looked at together. */
void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a);

/* One entry to a definition on stdout. `defaults` is already merged into it; it says who else is
 * enabled. */
void xin_map(struct xin_entry *e, const struct xin_entry *defaults);

#endif
