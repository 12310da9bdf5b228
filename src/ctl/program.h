/* ctl/program.h -- where the daemon's program is */
#ifndef DOORWARD_CTL_PROGRAM_H
#define DOORWARD_CTL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* Beside this one, as in a build folder, or where it is installed. False: it is not there, and
 * errno says why of the path that `path` has then. */
bool ctl_find_daemon(char *path, size_t size);

#endif
