/* ctl/import/systemd_exec.h -- the program of a service unit: its words, environment and outputs.
 * Rank 1. */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_EXEC_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_EXEC_H

#include "ctl/import/systemd_rows.h"

/* exec, args, env and stderr, or comments that say why not. */
void sysd_map_exec(struct sysd_import *s);

#endif
