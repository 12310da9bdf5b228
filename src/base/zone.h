/*
 * base/zone.h -- interfaces by name, as numbers that fit sin6_scope_id. Rank 0.
 *
 * An interface's index changes when it is deleted and made again, and there is none before it is
 * made: what a user called by its name keeps the name, as a number above every index, and the index
 * is asked for when a socket is bound. */
#ifndef DOORWARD_BASE_ZONE_H
#define DOORWARD_BASE_ZONE_H

#include <stdint.h>

/* No index is as high: it is an int. */
#define ZONE_NAMED UINT32_C(0x80000000)

/* The number that stands for the interface `name`, whether it is there or not; the same for the
 * same name while the process lives. 0: no interface can be called so, or out of memory. */
uint32_t zone_of(const char *name);

/* The name that zone_of() gave `scope` for; NULL for an index. */
const char *zone_name(uint32_t scope);

/* The index that `scope` stands for now (an index for itself); 0: there is no such interface. */
uint32_t zone_index(uint32_t scope);

#endif
