/* handler/outcome.c -- what has come of a start, told by who started it */
#include "config.h"

#include "handler/outcome.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "os/message.h"

bool spawn_lacks_process(const struct spawn_error *e)
{
    if (!e->step)
        return false;
    return strcmp(e->step, "fork") == 0 || e->error == EBUSY ||
           (strcmp(e->step, "execve") == 0 && e->error == EAGAIN);
}

int outcome_send(int sock, const struct outcome *o, const int fds[2])
{
    size_t words = o->why[0] ? strlen(o->why) + 1 : 0;
    return message_send(sock, o, offsetof(struct outcome, why) + words, fds);
}

int outcome_receive(int sock, struct outcome *o, int *fd, int flags)
{
    memset(o, 0, sizeof *o);
    int got = message_receive_all(sock, o, offsetof(struct outcome, why), sizeof *o, fd, 1, flags);
    o->why[SPAWN_WHY - 1] = '\0';
    o->e.why = o->why[0] ? o->why : NULL; /* what was sent is the sender's */
    return got;
}
