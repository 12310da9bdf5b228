/* ctl/edit/pick.h -- which entry is meant, and what else a change would touch */
#ifndef DOORWARD_CTL_EDIT_PICK_H
#define DOORWARD_CTL_EDIT_PICK_H

#include "ctl/edit/listing.h"

enum pick { PICK_ONE, PICK_NOTHING /* it is as wanted */, PICK_UNKNOWN, PICK_MANY };

/* An entry of those that are named, in `file` alone if that is not NULL, that is not on (`enable`),
 * that is on (`disable`), or any (`remove`); into `*e`. PICK_NOTHING has one that is as wanted. */
enum pick pick_enable(const struct listing *l, const char *file, const struct listed **e);
enum pick pick_disable(const struct listing *l, const char *file, const struct listed **e);
enum pick pick_remove(const struct listing *l, const char *file, const struct listed **e);
/* One of those that are named that has an error; NULL: none. */
const struct listed *pick_broken(const struct listing *l, const char *file);
/* All that could be meant, a line each on stderr. */
void pick_tell(const struct listing *l, const char *file);
/* The name of an entry that is nearest to a word, or NULL. */
const char *pick_near(const struct listing *l, const char *word);

/* Would both want one socket? */
bool listed_collide(const struct listed *a, const struct listed *b);

/*
 * What was in one listing and is not in the other, apart from where it stands: the first that has
 * gone and the first that has come, and how many; NULL and 0: none. */
struct difference {
    const struct listed *gone, *come;
    size_t ngone, ncome;
    bool mixed; /* those that have gone, or come, are of more than one entry */
};
void pick_compare(const struct listing *before, const struct listing *after, struct difference *d);

#endif
