/* base/event.h -- the event lines of the log, "event key=value ...": one function each */
#ifndef DOORWARD_BASE_EVENT_H
#define DOORWARD_BASE_EVENT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * All strings are borrowed for the call and escaped; a NULL string leaves its key out.
 * `service` is the service's name as configured, `from` a peer as addr_format_port() writes it.
 * All are logged at LEVEL_INFO but exec-failed, again and a listen that failed, which are
 * LEVEL_WARNING. */

/* listen service= address= protocol= [error=]; with `error` (errno) the socket could not be
 * opened. */
void event_listen(const char *service, const char *address, const char *protocol, int error);

/* again service= address= protocol= reason=: the socket is no longer what was opened, and is opened
 * anew. */
void event_again(const char *service, const char *address, const char *protocol,
                 const char *reason);

/* accept service= from= pid= running=n/max; a max of 0 (no limit) is written as "-". */
void event_accept(const char *service, const char *from, pid_t pid, uint32_t running, uint32_t max);

/* exit service= pid= status=N or signal=NAME, duration= in seconds with three decimals;
 * `status` is what waitpid(2) gave; `timed_out` adds reason=timeout. */
void event_exit(const char *service, pid_t pid, int status, uint64_t duration_ns, int timed_out);

/* reject service= from= reason= [count=N]; `count` is how many this line sums up, shown from 2. */
void event_reject(const char *service, const char *from, const char *reason, uint64_t count);

/* pause service= reason= [retry= seconds] [error=] [count=N]; a retry or error of 0 leaves the key
 * out, count is as for reject. */
void event_pause(const char *service, const char *reason, uint64_t retry_ns, int error,
                 uint64_t count);
/* resume service= reason= */
void event_resume(const char *service, const char *reason);

/* exec-failed service= program= step= error=; `step` names the call that failed ("execve",
 * "setuid"). */
void event_exec_failed(const char *service, const char *program, const char *step, int error);

/* drop service= from= reason= [count=]: a datagram that no handler got. */
void event_drop(const char *service, const char *from, const char *reason, uint64_t count);

/* reload kept= added= changed= removed= */
void event_reload(size_t kept, size_t added, size_t changed, size_t removed);

/* drain [service=] running= [time= seconds]: no new client; the handlers have so long, or, for
 * UINT64_MAX, as long as they like. Without a service it is the daemon that ends. */
void event_drain(const char *service, size_t running, uint64_t time_ns);

/* stderr service= pid= line=: one line a handler wrote, `len` bytes, its newline not included. */
void event_stderr(const char *service, pid_t pid, const char *line, size_t len);
/* stderr service= left_out=: so many more lines came too fast. */
void event_left_out(const char *service, uint64_t lines);

#endif
