/* model/walk.h -- a walk through the played world: histories that nobody has written down */
#ifndef DOORWARD_MODEL_WALK_H
#define DOORWARD_MODEL_WALK_H

#include <stddef.h>
#include <stdint.h>

/* Where a walk's decisions come from: 0 to n - 1. */
typedef uint32_t walk_choice(uint32_t n);

/* One walk of `steps` steps, from the master's start to its end; ends the process where something
 * is wrong. */
void walk(walk_choice *choose, uint64_t steps);

/* How many decisions are left; the walk goes to its end when there are none. NULL: any number. */
extern size_t (*walk_left)(void);

/* Before the first one: learn what readers say. False: it cannot be. */
int walk_learn(void);

/* What has happened of late, to stdout. */
void walk_say(void);

#endif
