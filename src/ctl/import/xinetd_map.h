/* ctl/import/xinetd_map.h -- an entry of xinetd to a definition: what it is, runs, and lets in */
#ifndef DOORWARD_CTL_IMPORT_XINETD_MAP_H
#define DOORWARD_CTL_IMPORT_XINETD_MAP_H

#include "ctl/import/xinetd_entry.h"

/* One entry to a definition on stdout. `defaults` is already merged into it; it says who else is
 * enabled. */
void xin_map(struct xin_entry *e, const struct xin_entry *defaults);

#endif
