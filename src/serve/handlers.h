/* serve/handlers.h -- handlers that run as one doorward hands them to the next */
#ifndef DOORWARD_SERVE_HANDLERS_H
#define DOORWARD_SERVE_HANDLERS_H

#include "admit/admit.h"
#include "base/state.h"

/* Those of m->children. They stay children of the process; restored they count for their services
 * (of table_restore()), and start_recount() gives them their sources. */
void handlers_save(const struct master *m, struct state_out *o);
void handlers_restore(struct master *m, struct state_in *records);

#endif
