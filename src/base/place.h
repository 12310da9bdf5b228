/* base/place.h -- where the daemon and doorwardctl meet when nobody says where */
#ifndef DOORWARD_BASE_PLACE_H
#define DOORWARD_BASE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The control socket's usual place for this user into `out`. False: there is none for him. */
bool place_control(char *out, size_t size);

#endif
