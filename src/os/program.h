/* os/program.h -- could a program be executed? Said before it is tried, or after it failed. */
#ifndef DOORWARD_OS_PROGRAM_H
#define DOORWARD_OS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "os/priv.h"

enum { PROGRAM_TEXT = 400 };

/*
 * Look at the program `path` (absolute, below `root` where that is not NULL) as execve(2) would for
 * `who` (NULL: for anybody). NULL if nothing is wrong with it, else what is, into `out`, to stand
 * behind its name: `is a folder`, `has no "#!" line`, ... What cannot be seen (a file that we may
 * not read, a format that the kernel may know) is not told. Opens files, so it may wait for their
 * file system: not for the master while it serves. */
const char *program_look(const char *root, const char *path, const struct priv *who,
                         char out[static PROGRAM_TEXT]);

/* The same of a folder that he, or whoever runs doorward, goes into. */
const char *folder_look(const char *root, const char *path, const struct priv *who,
                        char out[static PROGRAM_TEXT]);

/* Does the file have `word` as a string between two NULs, as BusyBox has its applets' names? */
bool program_has_word(const char *path, const char *word);

/* Is `path` absolute, and that of a regular file? */
bool program_is_file(const char *path);

#endif
