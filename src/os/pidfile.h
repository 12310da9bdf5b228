/* os/pidfile.h -- one instance for one pid file */
#ifndef DOORWARD_OS_PIDFILE_H
#define DOORWARD_OS_PIDFILE_H

#include "base/state.h"

/*
 * Open `path`, absolute, and lock it: by fcntl(2) on a file beside it, `path`.lock, that nobody
 * else may open. False: another instance has the lock, or what stands there is not a plain file of
 * ours; that is logged. The lock is held until the process ends, and no child inherits it. */
bool pidfile_lock(const char *path);
/* Write this process's id: when all sockets are open. Nothing without pidfile_lock(). */
void pidfile_write(void);
/* Both, with the lock, which is the process's, for an upgrade. */
void pidfile_save(struct state_out *o);
void pidfile_restore(struct state_in *records);
/* Remove both files at the end, as far as they still are ours. */
void pidfile_remove(void);

#endif
