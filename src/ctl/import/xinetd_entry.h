/* ctl/import/xinetd_entry.h -- an entry of an xinetd configuration, and questions to it */
#ifndef DOORWARD_CTL_IMPORT_XINETD_ENTRY_H
#define DOORWARD_CTL_IMPORT_XINETD_ENTRY_H

#include "ctl/import/definition.h"

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
/* The same, made where it is not there. */
struct xin_attr *xin_make(struct xin_entry *e, const char *name, size_t len);
/* The first value of an attribute, NULL for none; is it `value`, whatever the case; all of them, to
 * look at. */
const char *xin_first(const struct xin_entry *e, const char *name);
bool xin_is(const struct xin_entry *e, const char *name, const char *value);
struct ctl_words xin_words(const struct xin_entry *e, const char *name);
/* Take what `defaults` says into the entry. */
void xin_merge(struct xin_entry *e, const struct xin_entry *defaults);
/* What it holds, not itself. */
void xin_free(struct xin_entry *e);

/* What the attributes together come to. */
struct xin_mapping {
    struct xin_entry *e;
    struct ctl_def def;
    struct ctl_words type, flags;
    const char *socktype, *base; /* stream or dgram, tcp or udp */
    bool waits, builtin, mux, rpc;
};

#endif
