/* ctl/import/xinetd_entry.h -- an entry of an xinetd configuration, and questions to it */
#ifndef DOORWARD_CTL_IMPORT_XINETD_ENTRY_H
#define DOORWARD_CTL_IMPORT_XINETD_ENTRY_H

#include "ctl/import/definition.h"

/* One attribute of an entry, its values after all = += -= of it. */
struct xin_attr {
    char *name;
    struct ctl_words values;
};

struct xin_entry {
    char *name; /* of the service; NULL: defaults */
    char *file;
    unsigned line;
    struct xin_attr *attrs;
    size_t count;
    struct ctl_words notes;  /* on what xinetd passes over */
    struct ctl_words doubts; /* for which the service shall be off */
    char *broken;            /* why xinetd would not have it at all; NULL: it would */
};

/* What holds for the whole configuration. */
struct xin_world {
    const struct xin_entry *defaults;
    const char *off; /* why no service at all can be on; NULL: they can */
};

/* What the attributes together come to. */
struct xin_mapping {
    struct xin_entry *e;
    struct ctl_def def;
    struct ctl_words type, flags;
    const char *socktype, *base; /* stream or dgram, tcp or udp */
    bool waits, builtin, mux, rpc;
};

/* The attribute `name`, whatever the case; NULL: not given. */
struct xin_attr *xin_find(const struct xin_entry *e, const char *name);
/* The same, made where it is not there. */
struct xin_attr *xin_make(struct xin_entry *e, const char *name);
/* The first value of an attribute, NULL for none; is it `value`, whatever the case; all of them, to
 * look at. */
const char *xin_first(const struct xin_entry *e, const char *name);
bool xin_is(const struct xin_entry *e, const char *name, const char *value);
struct ctl_words xin_words(const struct xin_entry *e, const char *name);
/* Give the entry what `from` says of `name`, unless it says something itself. */
void xin_inherit(struct xin_entry *e, const struct xin_entry *from, const char *name);
/* Add a line to notes or doubts. */
void xin_remark(struct ctl_words *lines, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* What it holds, not itself. */
void xin_free(struct xin_entry *e);

#endif
