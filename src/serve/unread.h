/* serve/unread.h -- did a wait handler leave unread what it was started for? */
#ifndef DOORWARD_SERVE_UNREAD_H
#define DOORWARD_SERVE_UNREAD_H

#include "service/service.h"

/* Before the start: remember what waits at the head of the socket. */
void unread_note(struct listener *l);

/*
 * After the end: is it still there? For datagrams the answer is exact (the kernel's time stamp of
 * the first one is the same). A listening socket cannot be looked into: there it is yes when the
 * handler ended within a second and the queue has not become shorter.
 */
bool unread_still(const struct listener *l, uint64_t lasted_ns);

#endif
