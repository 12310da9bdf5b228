/* conf/file.h -- configuration files, folders and globs as bytes and names */
#ifndef DOORWARD_CONF_FILE_H
#define DOORWARD_CONF_FILE_H

#include "conf/draft.h"
#include <sys/types.h>

/* A file's bytes. */
struct conf_text {
    const char *file; /* owned by the table */
    char *bytes;
    size_t len;
    dev_t dev; /* 0, 0: no file */
    ino_t ino;
};

struct conf_paths {
    char **at;
    size_t count;
};

/* Read `path`. NULL when it is done, else what is wrong: "" for what `only_regular` (a file found,
 * not named) passes over, and where it is told already. */
const char *conf_read(struct conf *c, const char *path, bool only_regular, struct conf_text *text);
void conf_text_free(struct conf_text *text);
bool conf_same_file(const struct conf_text *a, const struct conf_text *b);

bool conf_is_folder(const char *path);
/* The names of a folder's entries, with the folder, in order, without what editors and packages
 * leave behind. NULL when it is done, else what is wrong. */
const char *conf_folder(const char *path, struct conf_paths *paths);
/* What the glob `w`, relative to the file `from`, matches. `*wild`: it has a wildcard. False: told.
 */
bool conf_glob(struct conf *c, const char *from, const struct word *w, bool *wild,
               struct conf_paths *paths);
void conf_paths_free(struct conf_paths *paths);

/*
 * BSD's IPsec policies stand in lines that start with "#@", comments to lex.c; one holds to the
 * next, and an empty one ends it. conf_policy_at: does one hold for the entry at `line`? Lines in
 * rising order.
 */
struct conf_policy {
    size_t at;      /* bytes looked at */
    unsigned lines; /* lines looked at */
    unsigned line;  /* of the policy that holds; 0: none */
};
bool conf_policy_at(struct conf_policy *policy, const struct conf_text *text, unsigned line);

#endif
