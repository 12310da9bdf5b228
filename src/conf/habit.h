/* conf/habit.h -- words that other servers have for things. Part of conf. */
#ifndef DOORWARD_CONF_HABIT_H
#define DOORWARD_CONF_HABIT_H

#include "conf/draft.h"

/* What to write in place of xinetd's, systemd's or another's key `word` (case does not count), as
 * the end of a message ("that is \"accept_max\" here"); NULL: not a known one. */
const char *conf_habit(struct conf *c, const char *word);

#endif
