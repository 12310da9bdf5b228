/* daemon/learn/sockets.h -- what a handler does with sockets of its own, as facts */
#ifndef DOORWARD_DAEMON_LEARN_SOCKETS_H
#define DOORWARD_DAEMON_LEARN_SOCKETS_H

#include "daemon/learn/watch.h"

/* It has made one, `fd`, by socket(2). */
void sockets_made(struct facts *f, const struct watch_call *c, int fd);
/* It has called connect(2); `reached`: it is connected, or about to be. */
void sockets_connect(struct facts *f, const struct watch_call *c, bool reached);
/* It has called bind(2); a unix socket's path is given to `made`. */
void sockets_bind(struct facts *f, const struct watch_call *c,
                  void (*made)(struct facts *f, const char *place));

#endif
