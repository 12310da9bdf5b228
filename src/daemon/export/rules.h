/* daemon/export/rules.h -- who may in: allow and deny as systemd decides */
#ifndef DOORWARD_DAEMON_EXPORT_RULES_H
#define DOORWARD_DAEMON_EXPORT_RULES_H

#include "daemon/export/unit.h"

/* IPAddressAllow and IPAddressDeny; where they would decide otherwise the unit does not start. */
void export_rules(struct unit *u, const struct access *rules);

#endif
