/* ctl/import/xinetd_attr.h -- attributes of xinetd.conf(5) to keys, or to comments that say why
 * not. */
#ifndef DOORWARD_CTL_IMPORT_XINETD_ATTR_H
#define DOORWARD_CTL_IMPORT_XINETD_ATTR_H

#include "ctl/import/xinetd_entry.h"

/* How many values xinetd wants; of the first three the first assignment counts, and no += or -=. */
enum xin_takes { XIN_SOME, XIN_ONE, XIN_TWO, XIN_SET };

struct xin_row {
    const char *name;
    enum xin_takes takes;
    bool in_defaults;                             /* may stand there too */
    bool (*good)(const struct ctl_words *values); /* NULL: whatever it is */
    /* NULL: it is looked at elsewhere, with others */
    void (*map)(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row);
    const char *key; /* of doorward */
    const char *why; /* there is none */
    bool program;    /* no matter for a builtin */
};

/* The row of the attribute `name`, whatever the case; NULL: xinetd knows none. */
const struct xin_row *xin_row(const char *name);

/* The attributes that `defaults` gives to each entry that follows, and to all in the end. */
extern const char *const xin_given_first[], *const xin_given_last[]; /* end with NULL */

/* One attribute to a key or a comment, unless it is one of those that are looked at together. */
void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a);

#endif
