/* base/event.h -- the event lines of the log, "event key=value ...": one function each */
#ifndef DOORWARD_BASE_EVENT_H
#define DOORWARD_BASE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
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

/* start version= pid= services= sockets= [failed=] [config=]: the daemon serves; `failed` sockets
 * could not be opened yet. */
void event_start(const char *version, size_t services, size_t sockets, size_t failed,
                 const char *config);
/* stop reason= handlers= uptime=: it ends, and leaves so many handlers running. */
void event_stop(const char *reason, size_t handlers, uint64_t uptime_ns);

/* accept service= from= [pid=] running=n/max; a max of 0 (no limit) is written as "-", a pid of 0
 * (the master itself) is left out. */
void event_accept(const char *service, const char *from, pid_t pid, uint32_t running, uint32_t max);

/* exit service= [pid=] status=N or signal=NAME, duration= in seconds with three decimals,
 * [reason=] [from=] [cpu= in seconds, rss= in KiB] [in= out= in bytes]
 * [stderr=]. */
struct exit_told {
    const char *service, *from;
    pid_t pid;  /* 0: the master itself */
    int status; /* what waitpid(2) gave */
    uint64_t duration_ns;
    const char *reason; /* why it was made to end; NULL: it was not */
    uint64_t cpu_ns;    /* with a pid */
    uint64_t rss;       /* KiB, likewise */
    bool counted;       /* the next two are known */
    uint64_t in, out;   /* bytes of its connection */
    const char *last;   /* of what it wrote to stderr, */
    size_t last_len;    /* bytes; 0: nothing */
};
void event_exit(const struct exit_told *x);

/* reject service= from= reason= [count=N]; `count` is how many this line sums up, shown from 2. */
void event_reject(const char *service, const char *from, const char *reason, uint64_t count);

/* pause service= reason= [retry= seconds] [error= in words] [count=N]; a retry of 0 leaves the key
 * out, count is as for reject. */
void event_pause(const char *service, const char *reason, uint64_t retry_ns, const char *error,
                 uint64_t count);
/* resume service= reason= */
void event_resume(const char *service, const char *reason);

/* exec-failed service= program= step= error= [reason=]; `step` names the call that failed
 * ("execve", "setuid"), `reason` says what is wrong with the program (NULL: that is not seen). */
void event_exec_failed(const char *service, const char *program, const char *step, int error,
                       const char *reason);

/* drop service= from= reason= [count=]: a datagram that no handler got. */
void event_drop(const char *service, const char *from, const char *reason, uint64_t count);

/* ban peer= [service=] [time=]: kept out by doorwardctl, of that service or all, for `ns`; 0 for
 * good. unban: no longer. */
void event_ban(const char *peer, const char *service, uint64_t ns);
void event_unban(const char *peer, const char *service);

/* reload kept= added= changed= removed= [added_services=] [changed_services=] [removed_services=]:
 * the numbers, and "ftp git" each; NULL or "" is left out. */
struct reload_told {
    size_t kept, added, changed, removed;
    const char *added_services, *changed_services, *removed_services;
};
void event_reload(const struct reload_told *r);
/* Its keys alone, appended to `t`; a blank stands before each. */
struct text;
void reload_words(const struct reload_told *r, struct text *t);

/* upgrade version= services= handlers= pause= seconds: this one goes on with them; so long nobody
 * was served. */
void event_upgrade(const char *version, size_t services, size_t handlers, uint64_t pause_ns);
/* upgrade-failed program= error=: the one that runs goes on. */
void event_upgrade_failed(const char *program, const char *why);

/* drain [service=] running= [time= seconds]: no new client; the handlers have so long, or, for
 * UINT64_MAX, as long as they like. Without a service it is the daemon that ends. */
void event_drain(const char *service, size_t running, uint64_t time_ns);

/* stderr service= pid= line=: one line a handler wrote, `len` bytes, its newline not included. */
void event_stderr(const char *service, pid_t pid, const char *line, size_t len);
/* stderr service= left_out=: so many more lines came too fast. */
void event_left_out(const char *service, uint64_t lines);

#endif
