/* handler/piece.c -- one read of what a handler writes to stderr = log, by whom ever */
#include "config.h"

#include "handler/piece.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { WASTE = 16 * PIECE_MOST /* thrown away at a time */ };

void piece_keep(char last[static PIECE_LAST], size_t *last_len, const char *from, size_t len)
{
    if (len == 0)
        return;
    *last_len = len < PIECE_LAST ? len : PIECE_LAST;
    memcpy(last, from, *last_len);
}

/* Of much that the log does not take its lines are counted, its last one's end is kept. */
static void throw_away(int fd, struct piece *p)
{
    char waste[WASTE];
    p->n = read(fd, waste, sizeof waste);
    p->error = errno;
    if (p->n <= 0)
        return;
    const char *from = waste, *end = waste + p->n, *newline;
    for (; (newline = memchr(from, '\n', (size_t)(end - from))); from = newline + 1) {
        piece_keep(p->last, &p->last_len, from, (size_t)(newline - from));
        p->lines++;
    }
    size_t rest = (size_t)(end - from);
    p->len = rest < sizeof p->bytes ? rest : sizeof p->bytes;
    memcpy(p->bytes, from, p->len);
}

int piece_read(int fd, const void *ask, void *answer)
{
    const struct piece_want *w = ask;
    struct piece *p = answer;
    if (w->room == 0) {
        throw_away(fd, p);
        return -1;
    }
    p->n = read(fd, p->bytes, w->room);
    p->error = errno;
    p->len = p->n > 0 ? (size_t)p->n : 0;
    return -1;
}
