/* handler/errlog_parts.h -- what errlog.c and errlog_saved.c share; private to them */
#ifndef DOORWARD_HANDLER_ERRLOG_PARTS_H
#define DOORWARD_HANDLER_ERRLOG_PARTS_H

#include "base/ring.h"
#include "handler/errlog.h"
#include "handler/piece.h"
#include "handler/voice.h"

struct errlog {
    struct ring link;
    struct ring rest; /* in its voice's, while it has thrown away enough for now */
    bool rests;
    struct watch watch; /* fd -1: all writers have closed it */
    struct loop *loop;
    struct helpers *helpers;
    struct question question; /* for a read */
    struct piece_want want;
    struct voice *voice;
    pid_t pid;
    int child_end;
    bool left;         /* the handler has ended */
    size_t most, said; /* bytes to log, 0 for all; and logged so far */
    bool full;         /* more than that came, and it was told */
    size_t len;
    char line[PIECE_MOST];
    size_t last_len;
    char last[PIECE_LAST]; /* the last line that is not empty */
};

/* As it is before anybody writes to the pipe that `fd` is the end of. */
void errlog_fill(struct errlog *e, const struct errlog_owner *o, struct voice *voice, int fd);
/* Each that a handler has left. */
void errlog_each_left(void (*fn)(void *arg, const struct errlog *e), void *arg);

#endif
