/* ctl/edit/listing.h -- where each entry stands, as the daemon's program reads it */
#ifndef DOORWARD_CTL_EDIT_LISTING_H
#define DOORWARD_CTL_EDIT_LISTING_H

#include "ctl/edit/bytes.h"

/* A service of an entry; all text is the listing's. An entry may have two. */
struct listed {
    const char *state; /* on, off, commented; broken: it has an error; file: a file that was read,
                          and nothing else */
    bool named;        /* by the word that was asked for */
    const char *file;
    size_t line, at, end, onoff; /* bytes of the file; onoff 0: no definition, or commented */
    const char *name, *protocol, *addresses;
    const char *meaning; /* the line of doorward -t */
};

struct listing {
    struct listed *at;
    size_t count;
    struct bytes records;
    struct bytes problems; /* what doorward -t says, a line each */
    bool good;             /* no error among them */
};

/* The configuration that is read: what the daemon's command line names; none: the usual places. */
struct places {
    char **paths;
    size_t count;
};

/*
 * Ask `doorward --entries`. `word` is looked for among the entries (NULL: none is); the file
 * `instead` (NULL: none) is read as `text`. False: it cannot be asked, which is told. */
bool listing_read(struct listing *l, const struct places *places, const char *word,
                  const char *instead, const struct bytes *text);
void listing_free(struct listing *l);

/* Do two services stand in one entry? */
bool listed_together(const struct listed *a, const struct listed *b);
bool listed_on(const struct listed *e);
bool listed_broken(const struct listed *e);
bool listed_is_file(const struct listed *e);
/* The record of a file that is this one, under whatever name; NULL: none. */
const struct listed *listing_file(const struct listing *l, const char *path);

#endif
