/* conf/check.h -- the one semantic check: a draft to a service in the table */
#ifndef DOORWARD_CONF_CHECK_H
#define DOORWARD_CONF_CHECK_H

#include "conf/draft.h"

/* Check all that needs more than one word, and put the service into c->table unless the entry has
 * an error (told) or is off. */
void conf_check(struct conf *c, struct draft *d);

#endif
