/* ctl/lookup/list.h -- all services that the system names */
#ifndef DOORWARD_CTL_LOOKUP_LIST_H
#define DOORWARD_CTL_LOOKUP_LIST_H

#include "ctl/lookup/served.h"

/* A line for each: name, port, protocol, other names, who serves it. False: there are none. */
bool list_print(const struct served *v);
/* The name that is most like `word`, copied to `out`; false: none is near. */
bool list_nearest(const char *word, char *out, size_t size);

#endif
