/* daemon/try_around.h -- what a handler has from the daemon that runs */
#ifndef DOORWARD_DAEMON_TRY_AROUND_H
#define DOORWARD_DAEMON_TRY_AROUND_H

#include <sys/types.h>

/* Make environ that of the daemon that answers at the path `control` (NULL: nowhere). Its pid; 0:
 * there is none that we may look at, and environ is our own. */
pid_t try_around(const char *control);

#endif
