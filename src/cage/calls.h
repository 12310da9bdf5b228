/* cage/calls.h -- sets of system calls by name */
#ifndef DOORWARD_CAGE_CALLS_H
#define DOORWARD_CAGE_CALLS_H

#include <stddef.h>

/* The names in the set "@mount", blanks between; some are sets again. NULL: no such set. */
const char *calls_of(const char *set);
/* The sets there are, for a suggestion; NULL after the last. */
const char *calls_set(size_t i);

#endif
