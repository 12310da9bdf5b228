/* conf/define.h -- the keys and values of a definition to a draft */
#ifndef DOORWARD_CONF_DEFINE_H
#define DOORWARD_CONF_DEFINE_H

#include "conf/draft.h"

/*
 * Read `key = value ..., ...;` to its semicolon into `d`; `start` is the statement's first word,
 * `defaults` says that it is a .defaults. False: it could not be read to its end (told); what is
 * wrong with a key alone is only told. */
bool conf_define(struct conf *c, struct lex *lx, struct draft *d, const struct word *start,
                 bool defaults);

/* The same of `.limits`: what the daemon as a whole is held to, for the table. `d` has its cuts. */
bool conf_limits(struct conf *c, struct lex *lx, struct draft *d, const struct word *start);

#endif
