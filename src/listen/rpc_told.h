/* listen/rpc_told.h -- what rpcbind took of what it was told, and when it is told again */
#ifndef DOORWARD_LISTEN_RPC_TOLD_H
#define DOORWARD_LISTEN_RPC_TOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "os/loop.h"

/* Once, before the others. `again(arg)` notes all that is open and flushes (listen/rpc.h): after
 * rpcbind did not take something, in 1 s, 2, 4 and so on up to 60. */
void rpc_told_start(struct loop *loop, void (*again)(void *arg), void *arg);
/* Nothing is to be told again: the end is near. */
void rpc_told_stop(void);

/* A child is about to tell: where it is to report, close-on-exec; -1 with errno. What the one
 * before it reports counts no more. The master closes it after the fork. */
int rpc_told_begin(void);
/* In the child: that `program` was not taken; 0, at its end, that this is all. */
void rpc_told_report(int fd, uint32_t program);

/* Is something of `program` not registered, as far as is known? 0: of any, all of them. */
bool rpc_told_refused(uint32_t program);

#endif
