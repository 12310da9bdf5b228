/* handler/piece.h -- one read of what a handler writes to stderr = log, by whom ever. */
#ifndef DOORWARD_HANDLER_PIECE_H
#define DOORWARD_HANDLER_PIECE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    PIECE_MOST = 1024, /* a longer line is logged in pieces */
    PIECE_LAST = 256   /* bytes of the last line that its end is told with */
};

/* One read. */
struct piece {
    ssize_t n;
    int error;
    uint32_t lines; /* thrown away */
    size_t len, last_len;
    char last[PIECE_LAST]; /* of the lines that were thrown away */
    char bytes[PIECE_MOST];
};

/* What is to be read. */
struct piece_want {
    size_t room; /* 0: as much as can be thrown away */
};

/* Read a struct piece as a struct piece_want says: in a helper, and in the master where nobody can
 * hold the pipe. A question's act: -1. */
int piece_read(int fd, const void *ask, void *answer);
/* Note a line of `len` bytes as the last one that is not empty. */
void piece_keep(char last[static PIECE_LAST], size_t *last_len, const char *from, size_t len);

#endif
