/* admit/tally.h -- rejects and pauses, summed up to a line a second. Private to admit*.c. */
#ifndef DOORWARD_ADMIT_TALLY_H
#define DOORWARD_ADMIT_TALLY_H

#include "admit/admit.h"

/* Set or clear one hold, arm or disarm, tell the log (`reason` NULL: somebody else did). */
void admit_hold(struct master *m, struct service *s, enum hold why, bool on, const char *reason);

void admit_say_pause(struct master *m, struct service *s, const char *reason);
/* The fault that `r` has just got. */
void admit_say_fault(struct runtime *r);
void admit_say_resume(struct service *s);
/* The summary timer's: say what is unsaid and due. */
void admit_say_summary(struct timer *t);
/* Say all that is unsaid, due or not. */
void admit_say_all(struct runtime *r);

#endif
