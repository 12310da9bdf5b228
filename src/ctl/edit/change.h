/* ctl/edit/change.h -- one entry of a file's text changed, and not a byte of the rest */
#ifndef DOORWARD_CTL_EDIT_CHANGE_H
#define DOORWARD_CTL_EDIT_CHANGE_H

#include "ctl/edit/listing.h"

/* `text` with the entry `e` of it on, off, or gone; into `out`, zeroed. False: its words are
 * written in a way that this does not know. */
bool change_enable(struct bytes *out, const struct bytes *text, const struct listed *e);
bool change_disable(struct bytes *out, const struct bytes *text, const struct listed *e);
bool change_remove(struct bytes *out, const struct bytes *text, const struct listed *e);
/* `text` with an entry at its end: the byte where it begins. */
size_t change_add(struct bytes *out, const struct bytes *text, const struct bytes *entry);

#endif
