/* daemon/try.h -- --try: a handler started once, its client is the terminal */
#ifndef DOORWARD_DAEMON_TRY_H
#define DOORWARD_DAEMON_TRY_H

#include "daemon/server.h"

/* Start the entry that `name` means, as the daemon would, and say first what that is. Without
 * `caged` no layer of its cage is put up. The exit
 * status: the handler's, 128 and the signal that ended it, 127 if it could not be started; or of
 * sysexits.h. */
int try_service(const struct server_options *o, const char *name, bool caged);

#endif
