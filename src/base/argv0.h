/* base/argv0.h -- a forgotten argv[0]. */
#ifndef DOORWARD_BASE_ARGV0_H
#define DOORWARD_BASE_ARGV0_H

#include <stdbool.h>

enum argv0 {
    ARGV0_GOOD,
    ARGV0_FORGOTTEN,
    ARGV0_UNLESS_FILE /* good, but if `name` is the path of a file: forgotten */
};

/* Is `name`, the first argument, meant for the program's own name? `/usr/bin/python3 /srv/x.py`
 * would give the interpreter no script but the client's bytes. */
enum argv0 argv0_judge(const char *program, const char *name);

/* Does `word`, behind argv[0], look like a script of the interpreter `program` whose folder is left
 * out? It would be looked for where the handler starts. */
bool argv0_loose_script(const char *program, const char *word);

/* The name that a program of that path has: what follows the last "/". */
const char *argv0_of(const char *path);

#endif
