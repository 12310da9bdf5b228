/* ctl/import/xinetd_access.h -- who may come: only_from, no_access and libwrap. Rank 1. */
#ifndef DOORWARD_CTL_IMPORT_XINETD_ACCESS_H
#define DOORWARD_CTL_IMPORT_XINETD_ACCESS_H

#include "ctl/import/xinetd_entry.h"

/* "-= word": take what means the same as `word` out of `values`. False: a part of one of them is
 * meant, and it stays. */
bool xin_take_peer(struct ctl_words *values, const char *word);

/* allow, deny and hosts_access, or comments that say why not. */
void xin_map_access(struct xin_mapping *m);

#endif
