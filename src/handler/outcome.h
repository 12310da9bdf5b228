/* handler/outcome.h -- what has come of a start, told by who started it */
#ifndef DOORWARD_HANDLER_OUTCOME_H
#define DOORWARD_HANDLER_OUTCOME_H

#include <stdbool.h>
#include <sys/types.h>

/* Why a start failed: the constant name of the call, and its errno. step NULL: it did not. */
struct spawn_error {
    const char *step;
    int error;
    const char *why; /* what is wrong with the program, borrowed; NULL: nothing that can be seen */
};
enum { SPAWN_WHY = 200 /* bytes of that, what is more is cut */ };

/* What has come of a start, one datagram to the master; with it the connection, when the process
 * that failed is worth another try. */
struct outcome {
    pid_t pid;            /* of the master's child; -1: none */
    pid_t handler;        /* that child is this one's keeper; 0: it is the handler */
    struct spawn_error e; /* step NULL: none; without a pid: it has not been tried */
    char why[SPAWN_WHY];  /* spawn_explain()'s; "" none */
};
/* As a datagram, see os/message.h; `why` goes along where there is one, and e.why is it. One
 * descriptor, or -1, comes with it. */
int outcome_send(int sock, const struct outcome *o, const int fds[2]);
int outcome_receive(int sock, struct outcome *o, int *fd, int flags);

/* No process now, but maybe soon: no room, nobody was free to start it (EBUSY), or execve(2) says
 * EAGAIN as its user has too many. */
bool spawn_lacks_process(const struct spawn_error *e);

#endif
