/* ctl/import/systemd_unit.h -- unit files of systemd, read */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_UNIT_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_UNIT_H

#include "ctl/import/words.h"

/* One assignment; an empty one has taken back those of its name before it. */
struct unit_line {
    char *section, *key, *value;
    bool specifier; /* systemd would expand the value */
};

struct unit {
    char path[4096]; /* of the file */
    struct unit_line *lines;
    size_t count;
};

/* Read the unit `name`, a path or a name that is looked for where systemd does, first in the folder
 * of `beside` (NULL: none), and what is in NAME.d beside it. False, and told: it cannot be read. */
bool unit_read(struct unit *u, const char *name, const char *beside);
void unit_free(struct unit *u);

/* The last value of section and key, NULL: none; is it a yes. */
const char *unit_get(const struct unit *u, const char *section, const char *key);
bool unit_yes(const struct unit *u, const char *section, const char *key);
/* All values, in their order, each split at blanks with systemd's quotes. */
void unit_words(const struct unit *u, const char *section, const char *key, struct ctl_words *out);
/* The same for one text. False: a quote is not closed. */
bool unit_split(const char *text, struct ctl_words *out);

/* Append the NAME=value of an EnvironmentFile. False: it cannot be read. */
bool unit_read_environment(const char *path, struct ctl_words *out);
/* Can a variable have this name? */
bool unit_is_name(const char *text, size_t len);

#endif
