/* ctl/edit/target.h -- a file that is changed as a whole or not at all, whatever ends us
 *
 * This folder: entries of configuration files added, removed, switched on and off. The daemon's
 * program says where they stand; what they mean is its business alone. */
#ifndef DOORWARD_CTL_EDIT_TARGET_H
#define DOORWARD_CTL_EDIT_TARGET_H

#include <sys/stat.h>

#include "ctl/edit/bytes.h"

struct target {
    char *path;       /* absolute, without symbolic links */
    char *base;       /* its last part */
    int folder, lock; /* descriptors */
    char *model;      /* what it begins as, while it does not exist; NULL: empty */
    bool exists;
    struct stat was; /* while it exists: who owns it is kept */
    bool untold;     /* a change before this one was not told to the daemon */
};

/*
 * The file at `path`, through symbolic links, which are followed where nobody but us or root could
 * have set them; one that does not exist yet begins as a copy of `model` (NULL: empty).
 * False: told. */
bool target_open(struct target *t, const char *path, const char *model);
/* Did a command that was killed leave the old one beside the file at `path`? */
bool target_left(const char *path);
/* Nobody else changes a file of its folder until target_close(). False: told. */
bool target_lock(struct target *t);
/* Its bytes. False: told. */
bool target_read(struct target *t, struct bytes *text);
/* Put `text` in its place, unless it has changed since target_read(), whose bytes are `old`.
 * target_keep() or target_put_back() has to follow. False: nothing was changed, told. */
bool target_write(struct target *t, const struct bytes *text, const struct bytes *old);
/* It is good. */
void target_keep(struct target *t);
/* The old bytes, or no file, as before. False: that failed, told. */
bool target_put_back(struct target *t);
void target_close(struct target *t);

#endif
