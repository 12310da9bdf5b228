/* cage/view.h -- the tree of files that a jailed handler sees */
#ifndef DOORWARD_CAGE_VIEW_H
#define DOORWARD_CAGE_VIEW_H

#include "cage/cage.h"

enum { VIEW_PATH = 4096 /* PATH_MAX */ };
/* Of FROM[:TO][:rw]: where it is, in `to`; may it be written? */
const char *view_bound_to(const char *word, char to[static VIEW_PATH]);
bool view_bound_writable(const char *word);

/* In the first process of a namespace of mounts, which may mount there, with one of pids if `c`
 * says so: it sees the view that `c` describes, with `program` in it. NULL, or the constant name of
 * the call that failed, with errno. */
const char *view_enter(const struct cage *c, const char *program);

#endif
