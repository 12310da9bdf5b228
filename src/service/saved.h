/* service/saved.h -- services as one doorward hands them to the next */
#ifndef DOORWARD_SERVICE_SAVED_H
#define DOORWARD_SERVICE_SAVED_H

#include "base/state.h"
#include "service/service.h"

/* A record for each service: what it is known by, and what was counted. Not its sockets, holds and
 * handlers, which are others' to save. False: out of memory. */
bool table_save(const struct table *t, struct state_out *o);
/*
 * A table of such services, in the order of their numbers, without sockets. What the configuration
 * says of each is missing: a reload by table_replace() brings it. NULL: out of memory, or bad. */
struct table *table_restore(struct state_in *records);
/* The service with that number, in such a table; NULL: there is none. */
struct service *table_find(const struct table *t, uint64_t id);
/* The one whose number comes next in `r`; NULL: bad. */
struct service *table_get(const struct table *t, struct state_in *r);

#endif
