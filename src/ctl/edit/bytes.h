/* ctl/edit/bytes.h -- a file's text in memory, growing at its end */
#ifndef DOORWARD_CTL_EDIT_BYTES_H
#define DOORWARD_CTL_EDIT_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed at birth; a NUL stands behind the last byte once something was added. */
struct bytes {
    char *at;
    size_t len, room;
};

/* Append; without memory the program ends. */
void bytes_add(struct bytes *b, const char *from, size_t len);
void bytes_string(struct bytes *b, const char *text);
/* Append all that `fd` gives from here on. False with errno. */
bool bytes_read(struct bytes *b, int fd);
/* Write all of it. False with errno. */
bool bytes_write(const struct bytes *b, int fd);
void bytes_free(struct bytes *b);

#endif
