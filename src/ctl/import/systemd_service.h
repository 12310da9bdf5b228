/* ctl/import/systemd_service.h -- the section [Service] to keys, or to comments that say why not */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_SERVICE_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_SERVICE_H

#include "ctl/import/systemd_rows.h"

/* All of it but what both sections may say of peers. */
void sysd_map_service(struct sysd_import *s);

#endif
