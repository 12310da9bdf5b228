/* handler/errlog.h -- what handlers write to stderr = log, line by line into the log */
#ifndef DOORWARD_HANDLER_ERRLOG_H
#define DOORWARD_HANDLER_ERRLOG_H

#include <sys/types.h>

#include "base/state.h"
#include "os/helper.h"

struct errlog;

/* Who wants one; copied. */
struct errlog_owner {
    struct loop *loop;
    struct helpers *helpers; /* read while somebody writes: he may hold the pipe */
    const char *name;        /* of the service */
    struct holder whose;
};
/* A pipe for one handler, of which `most` bytes are logged (0: all). `*child_end` is for the
 * handler and errlog_started() closes it. NULL with errno. */
struct errlog *errlog_new(const struct errlog_owner *o, size_t most, int *child_end);
/* The handler runs: read until it and all that it left behind have closed the pipe. errlog_left()
 * must follow. */
void errlog_started(struct errlog *e, pid_t pid);
/* The handler has ended: the last line that it wrote, at most 256 bytes of it, as far as a few
 * reads lead; `*len` 0: none. Borrowed until errlog_left(). */
const char *errlog_last(struct errlog *e, size_t *len);
/* The handler has ended: what it left behind may go on writing, as long as there are not more than
 * 256 such pipes. `e` is no longer the caller's. */
void errlog_left(struct errlog *e);
/* The handler could not be started. */
void errlog_discard(struct errlog *e);
/* For an upgrade: one of a handler's (NULL: it has none) of `service`, and all those that handlers
 * left. NULL: there was none, or no memory. */
void errlog_save(const struct errlog *e, struct state_out *o);
struct errlog *errlog_restore(struct loop *loop, struct helpers *helpers, const void *service,
                              struct state_in *r);
void errlogs_save(struct state_out *o);
void errlogs_restore(struct loop *loop, struct helpers *helpers, struct state_in *records);
/* The daemon ends: log what has been written, and read no more from the handlers that go on. */
void errlog_end(void);

#endif
