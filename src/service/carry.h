/* service/carry.h -- a table as it was read, for another process of the same program */
#ifndef DOORWARD_SERVICE_CARRY_H
#define DOORWARD_SERVICE_CARRY_H

#include "service/service.h"

/*
 * Into the part that `o` has begun: all that a load has made of the configuration, which is
 * entries, their settings, the endpoints of their sockets. Nothing of what goes on: that is
 * saved.h's. Both processes have the same structures, so some of them go as they stand. Where it
 * cannot be, `o` has failed. */
void table_put(const struct table *t, struct state_out *o);
/* And out of it. NULL: out of memory, or bad. */
struct table *table_take(struct state_in *records);

#endif
