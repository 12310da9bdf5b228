/* daemon/input.c -- a configuration on standard input */
#include "config.h"

#include "daemon/input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 4096, MOST = 16 << 20 /* as of files */ };

/* Read on, into room for more; `*len` bytes are there. The errno, or 0 at the end. */
static int read_all(char **text, size_t *len)
{
    size_t room = 0;
    for (;;) {
        if (*len + 1 >= room) {
            room = room ? 2 * room : FIRST;
            char *wide = room <= 2 * (size_t)MOST ? realloc(*text, room) : NULL;
            if (!wide)
                return room <= 2 * (size_t)MOST ? ENOMEM : EFBIG;
            *text = wide;
        }
        ssize_t n = read(STDIN_FILENO, *text + *len, room - *len - 1);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return 0;
        *len += n > 0 ? (size_t)n : 0;
    }
}

char *input_read(const char **why)
{
    char *text = NULL;
    size_t len = 0;
    int error = read_all(&text, &len);
    if (error == 0 && !memchr(text, '\0', len)) {
        text[len] = '\0';
        return text;
    }
    *why = error ? strerror(error) : "there is a NUL byte in it";
    free(text);
    return NULL;
}
