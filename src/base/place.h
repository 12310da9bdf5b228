/* base/place.h -- where the daemon and doorwardctl meet when nobody says where, and where a path
 * leads */
#ifndef DOORWARD_BASE_PLACE_H
#define DOORWARD_BASE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The control socket's usual place for this user into `out`. False: there is none for him. */
bool place_control(char *out, size_t size);

/* `path` from here, malloc'd. NULL with errno. */
char *place_absolute(const char *path);
/* As a shell has it for <(...): at start it is closed, and it could not be read twice. */
bool place_is_descriptor(const char *path);
/* May we make a file at this absolute path? */
bool place_is_writable(const char *path);

#endif
