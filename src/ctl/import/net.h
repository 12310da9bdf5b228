/* ctl/import/net.h -- the ways in which xinetd and systemd write addresses, as prefixes */
#ifndef DOORWARD_CTL_IMPORT_NET_H
#define DOORWARD_CTL_IMPORT_NET_H

#include "ctl/import/words.h"

/* Append to `out` the prefixes that xinetd means by `word`, as ADDRESS[/BITS]. False, and nothing
 * is appended: it is a name, or nothing that xinetd would find an address in. */
bool ctl_net_xinetd(const char *word, struct ctl_words *out);
/* The same for what systemd means. */
bool ctl_net_systemd(const char *word, struct ctl_words *out);

/* Is the prefix `inner`, one of those above, a part of `outer`, or the same? */
bool ctl_net_within(const char *inner, const char *outer);

#endif
