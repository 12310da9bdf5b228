/* ctl/import/xinetd_attr.h -- attributes of xinetd.conf(5) to keys, or to comments that say why
 * not. */
#ifndef DOORWARD_CTL_IMPORT_XINETD_ATTR_H
#define DOORWARD_CTL_IMPORT_XINETD_ATTR_H

#include "ctl/import/xinetd_entry.h"

/* One attribute to a key or a comment, unless it is one of those that are looked at together. */
void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a);

#endif
