/* conf/file.h -- configuration files, folders and globs as bytes and names */
#ifndef DOORWARD_CONF_FILE_H
#define DOORWARD_CONF_FILE_H

#include "conf/draft.h"
#include <sys/types.h>

/* A file's bytes. */
struct conf_text {
    const char *file;  /* owned by the table */
    const char *bytes; /* owned by the ask */
    size_t len;
    dev_t dev; /* 0, 0: no file */
    ino_t ino;
};

/* How a file came to be read. */
enum conf_role {
    CONF_ARGUMENT, /* named on the command line: may be a pipe */
    CONF_INCLUDE,  /* named in a file: no pipe, device or folder */
    CONF_FOUND     /* in a folder, or by a wildcard: what is no regular file is passed over */
};

struct conf_paths {
    char **at;
    size_t count;
};

/* Read `path`; `at` is where the load asks for it. False: told, or passed over. */
bool conf_read(struct conf *c, const struct place *at, const char *path, enum conf_role role,
               struct conf_text *text);
bool conf_same_file(const struct conf_text *a, const struct conf_text *b);

/* The files of a folder, with the folder, in order, without what editors and packages leave behind.
 * `*is_one`: it is a folder. False: told. */
bool conf_folder(struct conf *c, const char *path, bool *is_one, struct conf_paths *paths);
/* The files of opt->folder and opt->beneath, in the order of their names; of two with one name that
 * of opt->folder. False: there is none, or told. */
bool conf_layers(struct conf *c, struct conf_paths *paths);
/* What the glob `w`, relative to the file `from`, matches. `*wild`: it has a wildcard. False:
 * told. */
bool conf_glob(struct conf *c, const char *from, const struct word *w, bool *wild,
               struct conf_paths *paths);
void conf_paths_free(struct conf_paths *paths);

/*
 * BSD's IPsec policies stand in lines that start with "#@", comments to lex.c; one holds to the
 * next, and an empty one ends it. conf_policy_at: does one hold for the entry at `line`? Lines in
 * rising order. */
struct conf_policy {
    size_t at;      /* bytes looked at */
    unsigned lines; /* lines looked at */
    unsigned line;  /* of the policy that holds; 0: none */
};
bool conf_policy_at(struct conf_policy *policy, const struct conf_text *text, unsigned line);

#endif
