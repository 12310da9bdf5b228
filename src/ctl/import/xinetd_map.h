/* ctl/import/xinetd_map.h -- an entry of xinetd to a definition: what it is, runs, and lets in */
#ifndef DOORWARD_CTL_IMPORT_XINETD_MAP_H
#define DOORWARD_CTL_IMPORT_XINETD_MAP_H

#include "ctl/import/xinetd_entry.h"

/* One entry to a definition on stdout. What `defaults` gives is already in it. `served` are the
 * sockets of those before it, whose first one gets them. */
void xin_map(struct xin_entry *e, const struct xin_world *world, struct ctl_words *served);

#endif
