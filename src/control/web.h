/*
 * control/web.h -- the builtin `status`: metrics and health over HTTP, in a child.
 *
 * The child is forked from the master for the one request, so it has the tables as they are; the
 * master does not parse a byte. */
#ifndef DOORWARD_CONTROL_WEB_H
#define DOORWARD_CONTROL_WEB_H

#include "admit/master.h"

/* Once, in the master: what the children tell of; borrowed for good. */
void web_start(const struct master *m);

/* In the child, while it still has the master's rights: what only they can see. */
void web_look(void);
/* In the child, as the entry's user: read one request from `fd` and answer it: GET and HEAD of
 * /metrics, /status.json and /healthz. The client has 10 s for it. */
void web_serve(int fd);

#endif
