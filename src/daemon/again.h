/* daemon/again.h -- the command line once more, with absolute paths, for who takes over. Rank 6. */
#ifndef DOORWARD_DAEMON_AGAIN_H
#define DOORWARD_DAEMON_AGAIN_H

#include <stdbool.h>

/* All zero at first. */
struct again {
    char **words; /* NULL behind the last */
    bool lost;    /* out of memory: they are not all there */
};

void again_word(struct again *a, const char *word);
/* "-x", "-xARG", or, with a name, "--name" and "--name=ARG". */
void again_option(struct again *a, char letter, const char *name, const char *arg);
/* The pid file and the control socket, if they were `given` (a path of NULL: none), and "--". */
void again_places(struct again *a, const char *pidfile, bool pidfile_given, const char *control,
                  bool control_given);
/* What --run listens on; `port` is what was found where it ends in 0, else 0. */
void again_run(struct again *a, const char *where, unsigned port);

#endif
