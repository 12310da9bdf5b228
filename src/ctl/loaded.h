/* ctl/loaded.h -- how the last load of the configuration went, in words */
#ifndef DOORWARD_CTL_LOADED_H
#define DOORWARD_CTL_LOADED_H

#include "ctl/rows.h"

/* Lines of `to`, each with a newline; nothing where all was well at the start. `short_of`: only
 * what somebody has to do something about. */
void ctl_loaded_tell(const struct ctl_rows *rows, bool short_of, struct text *to);

#endif
