/* ctl/import/systemd_socket.h -- the section [Socket] to keys, or to comments that say why not */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_SOCKET_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_SOCKET_H

#include "ctl/import/systemd_rows.h"

/* All of it but what listens, and what both sections may say of peers. */
void sysd_map_socket(struct sysd_import *s);

#endif
