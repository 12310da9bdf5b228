/* ctl/edit/edit.h -- add, enable, disable, remove */
#ifndef DOORWARD_CTL_EDIT_EDIT_H
#define DOORWARD_CTL_EDIT_EDIT_H

#include <stdbool.h>

struct ctl_edit {
    const char *word;   /* the entry's name; for add its text, NULL: on standard input */
    const char *file;   /* -f; NULL: not given */
    const char *socket; /* the daemon's; NULL: the usual place */
    bool check;         /* only say what would be done */
};

/* Do it, and say so on stdout. The exit status: 0 changed, 1 refused, 3 nothing to change, or of
 * sysexits.h. */
int ctl_edit_add(const struct ctl_edit *asked);
int ctl_edit_enable(const struct ctl_edit *asked);
int ctl_edit_disable(const struct ctl_edit *asked);
int ctl_edit_remove(const struct ctl_edit *asked);

#endif
