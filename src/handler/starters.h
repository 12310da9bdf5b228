/*
 * handler/starters.h -- the master's side of starting: who starts next, and who is waited for no
 * longer.
 *
 * A start is handed to a starter that is idle; while all are busy it waits its turn. One that takes
 * longer than a moment is passed over: another starter goes on. No service has more than 2 such
 * starts, no user more than 4, so whoever can hold a start holds his own. A child that was stopped
 * is continued, and after a deadline it is killed with its starter.
 *
 * Where the kernel has no CLONE_PARENT, with configure --disable-vfork, and when all starters are
 * held, the master forks; what became of the child comes through a pipe. */
#ifndef DOORWARD_HANDLER_STARTERS_H
#define DOORWARD_HANDLER_STARTERS_H

#include "handler/worker.h"

struct starters;

/*
 * `done(arg, st, pid, e)` is called once for each start: with the pid of the handler, or with -1
 * and the reason; without a reason (step NULL) when it was not tried, as one of its entry that came
 * before had failed. Then st->fd is the caller's again, or -1: when no process was to be had it is
 * the connection. NULL: out of memory. */
struct starters *starters_new(struct loop *loop,
                              void (*done)(void *arg, struct start *st, pid_t pid,
                                           const struct spawn_error *e),
                              void *arg);
/* The daemon ends: those under way go on, nobody is told. `drop(arg, st)` is called for each start,
 * which is the caller's again, and its connection if it has not been given away. */
void starters_free(struct starters *set, void (*drop)(void *arg, struct start *st));

/* After a load: new starters, with the entries that there are now. False with errno: none could be
 * forked; they are tried again at the next start. */
bool starters_renew(struct starters *set);

/* Start it, as soon as may be. `done` may be called before this returns. */
void starters_begin(struct starters *set, struct start *st);
/* Take back the starts of `s` that have not begun: they are the caller's again, linked by
 * `next`. */
struct start *starters_withdraw(struct starters *set, const struct service *s);
/* What no starter has begun waits for one again: starters_rest() is on, and off after this. */
void starters_recall(struct starters *set);
/* Has the service so many starts under way that do not end that no more should come? */
bool starters_held(const struct starters *set, const struct service *s);

/*
 * For a change-over or an upgrade: `on`, nobody is given a start, those that come wait.
 * starters_settle() then, false: somebody has been given one, and there is no process yet. True:
 * there is nothing under way any more, `done` was called for what there was. */
void starters_rest(struct starters *set, bool on);
bool starters_settle(struct starters *set);

/* waitpid(2) returned `pid`, which is nobody's we know: a starter's, or a start's whose answer is
 * still to come? True: `done` was called with it. */
bool starters_reaped(struct starters *set, pid_t pid);

/* Call fn for each start on its way. */
void starters_each(struct starters *set, void (*fn)(void *arg, struct start *st), void *arg);

#endif
