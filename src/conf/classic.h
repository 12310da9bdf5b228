/* conf/classic.h -- the fields of a classic line to a draft */
#ifndef DOORWARD_CONF_CLASSIC_H
#define DOORWARD_CONF_CLASSIC_H

#include "conf/draft.h"

/*
 * Read the rest of the line that starts with `service` and `second`, to its end, into `d`. False:
 * an error, told, that leaves nothing to check; true after one in the wait field, which nothing
 * else hangs on. */
bool conf_classic(struct conf *c, struct lex *lx, struct draft *d, const struct word *service,
                  const struct word *second);

#endif
