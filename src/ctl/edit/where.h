/* ctl/edit/where.h -- which files are meant, and which one is changed */
#ifndef DOORWARD_CTL_EDIT_WHERE_H
#define DOORWARD_CTL_EDIT_WHERE_H

#include "ctl/edit/listing.h"

struct where {
    struct places places; /* what is read as one configuration */
    bool daemon;          /* one runs that reads it */
    bool other;           /* one runs, but does not */
    char *filter;         /* the file that was asked for, as it is read; NULL: any */
    char *instead;        /* the file to be changed, as it is read */
    char *path;           /* where it is written: a package's file is copied first */
};

/* Ask the daemon at `socket` (NULL: the usual place) what it reads, else take the usual files; or
 * `file` (NULL: none was asked for) alone where none of these is it. A daemon that was asked for,
 * and does not answer, is not taken for none. 0, or the exit status: told. */
int where_find(struct where *w, const char *socket, const char *file);
/* What is to be changed stands in `file`. */
void where_set(struct where *w, const char *file);
/* A new entry: the file that was asked for, else local.conf in the folder of the configuration,
 * else its first file. */
void where_set_new(struct where *w);
/* Make the folder that a package's file is copied to. False: told. */
bool where_make(const struct where *w);
void where_free(struct where *w);

#endif
