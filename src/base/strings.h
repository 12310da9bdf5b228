/* base/strings.h -- vectors of strings, ended by NULL; NULL itself is the empty one */
#ifndef DOORWARD_BASE_STRINGS_H
#define DOORWARD_BASE_STRINGS_H

#include <stdbool.h>

/* Append a copy of `text`. False: out of memory; what is there is still strings_free()'s. */
bool strings_add(char ***v, const char *text);
/* A deep copy into `*to` (undefined before). False: out of memory; what is there is
 * strings_free()'s. */
bool strings_copy(char ***to, char *const *from);
void strings_free(char **v);
/* The same strings in the same order? */
bool strings_equal(char *const *a, char *const *b);

/* The one copy of a short `text`, which stays: for words that were constants of another process.
 * There are 256 of them at most. NULL: no more, or out of memory. */
const char *strings_keep(const char *text);

#endif
