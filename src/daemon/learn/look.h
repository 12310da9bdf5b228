/* daemon/learn/look.h -- what a process has in its memory, and where its paths lead */
#ifndef DOORWARD_DAEMON_LEARN_LOOK_H
#define DOORWARD_DAEMON_LEARN_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOOK_PATH = 4096 };

/* Up to `size` bytes at `at`; how many, or -1. */
ssize_t look_bytes(pid_t pid, uint64_t at, void *out, size_t size);
/* The string there, of a path's length at most. False: none. */
bool look_string(pid_t pid, uint64_t at, char out[static LOOK_PATH]);
/* Where `path`, below the folder `dirfd` of the process, leads as it sees it; with no link in it,
 * except at its end with `link`. Its own /proc is /proc as a whole, a terminal's number
 * /dev/pts. `*there`: something has that name. False: nowhere that has a path. */
bool look_place(pid_t pid, int dirfd, const char *path, bool link, char out[static LOOK_PATH],
                bool *there);
/* What the descriptor is: "socket:[123]" or a path. False: it is closed. */
bool look_fd(pid_t pid, int fd, char out[static LOOK_PATH]);
/* The folder of a path. */
void look_folder(const char *path, char out[static LOOK_PATH]);

#endif
