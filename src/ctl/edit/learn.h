/* ctl/edit/learn.h -- the keys of a cage that a handler needs, by the daemon's program */
#ifndef DOORWARD_CTL_EDIT_LEARN_H
#define DOORWARD_CTL_EDIT_LEARN_H

/* Run doorward --learn in our place, for an entry of `file` (NULL: of what the daemon at `socket`
 * reads, NULL the usual one), with `command` (empty: whoever is at stdin) as its client. Returns
 * only when that fails, which is told: the exit status. */
int ctl_learn(const char *socket, const char *file, const char *service, char **command);

#endif
