/* serve/waiting.h -- clients off the backlog who wait for another try */
#ifndef DOORWARD_SERVE_WAITING_H
#define DOORWARD_SERVE_WAITING_H

#include "base/state.h"
#include "handler/starters.h"
#include "service/service.h"

/* `*st` (copied, with its connection) was admitted once and is not started: the system had no
 * process to spare. Without memory he is closed, and may come again. */
void waiting_add(struct service *s, const struct start *st);
/* The one who has waited longest, the caller's to free; NULL: nobody waits. */
struct start *waiting_take(struct service *s);
/* All of them, for an upgrade. */
void waiting_save(const struct table *t, struct state_out *o);
void waiting_restore(const struct table *t, struct state_in *records);
/* One client of any kind, in the record under way; his connection is `fd`. False: bad, or no
 * memory, which is bad as well. */
void waiting_put(const struct start *st, int fd, struct state_out *o);
bool waiting_get(struct start *st, const struct table *t, struct state_in *r);
/* Nobody will serve him: close his connection, and free what else `*st` has. */
void waiting_turn_away(const struct start *st);
/* Likewise all who wait. */
void waiting_close(struct service *s);

#endif
