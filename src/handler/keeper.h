/*
 * handler/keeper.h -- the process above a handler, with which all of its descendants end.
 *
 * The keeper is the master's child, and the handler is the keeper's, so whoever descends from the
 * handler and loses his parent becomes the keeper's child. It never has the handler's user, and
 * nothing of the client's: it waits, passes on what the master signals, and when the handler has
 * ended it kills until it has no child any more. Then it ends as the handler did. */
#ifndef DOORWARD_HANDLER_KEEPER_H
#define DOORWARD_HANDLER_KEEPER_H

#include "handler/spawn.h"

/* Does such a start have one? */
bool keeper_wanted(const struct entry *e);

/*
 * In a child of its own memory: this process becomes the keeper. It returns in the handler-to-be,
 * its child, alone; there keeper_pid() is the keeper's. `null` is /dev/null. `b->handler` is set,
 * and `answer` (closed in the handler) is sent one struct outcome when that process is there, or
 * could not be made. */
void keeper_begin(const struct spawn_plan *plan, int null, struct birth *b, int answer);
/* 0: this process has none. */
pid_t keeper_pid(void);

/* In the handler-to-be, when it has its user: it does not outlive the keeper. Async-signal-safe.
 * NULL, or the name of the call that failed. */
const char *keeper_bind(void);

/* The master's: pass `signo` on to all descendants; SIGKILL until none is left. `pid` is a keeper
 * that has not been reaped. */
void keeper_tell(pid_t pid, int signo);

#endif
