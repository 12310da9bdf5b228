/* handler/child_parts.h -- what child.c and child_saved.c share; private to them */
#ifndef DOORWARD_HANDLER_CHILD_PARTS_H
#define DOORWARD_HANDLER_CHILD_PARTS_H

#include "handler/child.h"

enum phase { PHASE_RUNNING, PHASE_TERM, PHASE_KILL };

/* Apart from struct child, since few handlers have one. */
struct child_timeout {
    struct timer timer;
    enum phase phase;
    int first; /* the signal before KILL */
    enum child_why why;
    uint64_t limit; /* ns */
    struct child *child;
    struct children *set;
};

/* NULL: it has none. */
struct child_timeout *child_timeout_of(const struct child *c);
/* `c`, with extras, ends `timeout` ns after its beginning, by the signal `first`. False: out of
 * memory. */
bool child_arm(struct children *set, struct child *c, uint64_t timeout, int first);
void child_set_phase(struct child_timeout *t, enum phase phase);

#endif
