/* base/argv0.h -- a forgotten argv[0]. */
#ifndef DOORWARD_BASE_ARGV0_H
#define DOORWARD_BASE_ARGV0_H

enum argv0 {
    ARGV0_GOOD,
    ARGV0_FORGOTTEN,
    ARGV0_UNLESS_FILE /* good, but if `name` is the path of a file: forgotten */
};

/* Is `name`, the first argument, meant for the program's own name? `/usr/bin/python3 /srv/x.py`
 * would give the interpreter no script but the client's bytes. */
enum argv0 argv0_judge(const char *program, const char *name);

/* The name that a program of that path has: what follows the last "/". */
const char *argv0_of(const char *path);

#endif
