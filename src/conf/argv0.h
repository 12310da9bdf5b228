/* conf/argv0.h -- a forgotten argv[0]. Part of conf. */
#ifndef DOORWARD_CONF_ARGV0_H
#define DOORWARD_CONF_ARGV0_H

#include "conf/draft.h"

/* Do the arguments begin with the program's name? `/usr/bin/python3 /srv/x.py` would give the
 * interpreter no script but the client's bytes. False: an error, told. */
bool conf_argv0_good(struct conf *c, const struct word *program, const struct words *args);

#endif
