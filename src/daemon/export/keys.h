/* daemon/export/keys.h -- the keys of an entry as keys of systemd, or the reason why not */
#ifndef DOORWARD_DAEMON_EXPORT_KEYS_H
#define DOORWARD_DAEMON_EXPORT_KEYS_H

#include "daemon/export/unit.h"

/* All that is not the default, and the defaults that differ; a key that is not known here makes the
 * unit refuse to start. False: out of memory. */
bool export_keys(struct unit *u);

#endif
