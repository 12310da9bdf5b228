/* ctl/edit/bytes.c -- a file's text in memory, growing at its end */
#include "config.h"

#include "ctl/edit/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"

/* Room for `len` bytes more and a NUL. */
static char *room(struct bytes *b, size_t len)
{
    while (b->room < b->len + len + 1) {
        b->room = b->room ? b->room * 2 : 4096;
        b->at = ctl_grow(b->at, b->room);
    }
    return b->at + b->len;
}

void bytes_add(struct bytes *b, const char *from, size_t len)
{
    char *to = room(b, len);
    if (len > 0)
        memcpy(to, from, len);
    to[len] = '\0';
    b->len += len;
}

void bytes_string(struct bytes *b, const char *text)
{
    bytes_add(b, text, strlen(text));
}

bool bytes_read(struct bytes *b, int fd)
{
    enum { PIECE = 1 << 14 };
    bytes_add(b, "", 0);
    for (;;) {
        char *to = room(b, PIECE);
        ssize_t n = read(fd, to, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        b->len += (size_t)n;
        b->at[b->len] = '\0';
    }
}

bool bytes_write(const struct bytes *b, int fd)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->at + done, b->len - done);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            done += (size_t)n;
    }
    return true;
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){.at = NULL};
}
