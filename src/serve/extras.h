/* serve/extras.h -- what few handlers have besides: made before the start, ended with them */
#ifndef DOORWARD_SERVE_EXTRAS_H
#define DOORWARD_SERVE_EXTRAS_H

#include "admit/master.h"
#include "handler/child.h"
#include "handler/starters.h"

/* All that the entry of `*st` wants, kept with the record of its handler; st->err is set where its
 * stderr is logged. False with errno: extras_discard() is still due. */
bool extras_prepare(struct master *m, struct child *c, struct start *st);
/* It runs, and is the keeper of `handler` where that is not 0. */
void extras_started(struct child *c, pid_t handler);
/* It could not be started. */
void extras_discard(const struct child *c);
/* It ended. */
void extras_end(const struct child *c);

#endif
