/* daemon/learn/watch.h -- system calls of a handler as facts */
#ifndef DOORWARD_DAEMON_LEARN_WATCH_H
#define DOORWARD_DAEMON_LEARN_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/learn/facts.h"

/* A call under way. */
struct watch_call {
    pid_t pid; /* the thread's */
    uint64_t nr, args[6];
    char *place[2]; /* what it names, as it was before; NULL nothing */
    bool there[2];  /* was something there? */
};

/* It begins: look where its paths lead. */
void watch_begin(struct facts *f, struct watch_call *c);
/* It has ended; `result` is negative for an error's number. What it used becomes facts. */
void watch_end(struct facts *f, struct watch_call *c, int64_t result);
void watch_drop(struct watch_call *c);
/* Another program runs in the process. */
void watch_program(struct facts *f, pid_t pid);

#endif
