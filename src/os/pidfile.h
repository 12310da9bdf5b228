/* os/pidfile.h -- one instance for one pid file */
#ifndef DOORWARD_OS_PIDFILE_H
#define DOORWARD_OS_PIDFILE_H

#include <stdbool.h>

/*
 * Open and lock `path` (borrowed for good), absolute. False: it is locked by another instance, or
 * cannot be opened; that is logged. The lock is held until the process ends.
 */
bool pidfile_lock(const char *path);
/* Write this process's id: when all sockets are open. Nothing without pidfile_lock(). */
void pidfile_write(void);
/* Remove the file at the end. */
void pidfile_remove(void);

#endif
