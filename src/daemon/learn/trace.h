/* daemon/learn/trace.h -- a process and all that it starts, looked on by ptrace(2) */
#ifndef DOORWARD_DAEMON_LEARN_TRACE_H
#define DOORWARD_DAEMON_LEARN_TRACE_H

#include <sys/types.h>

#include "daemon/learn/facts.h"

/* Can it be done here? NULL, or why not. */
const char *trace_missing(void);
/* Look on from now on: `pid`, a child, waits for us. False with errno. */
bool trace_seize(pid_t pid);
/* Until `pid` has ended, as waitpid(2) tells in `*status`; facts begin where a child of it runs a
 * program. What is still there then ends with us. NULL, or what went wrong. */
const char *trace_until_end(pid_t pid, struct facts *f, int *status);

#endif
