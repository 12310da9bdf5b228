/*
 * handler/spawn.h -- the process of one handler: made, and what became of it.
 *
 * This folder: a process made, watched, ended. It includes base/, os/ and service/ only. */
#ifndef DOORWARD_HANDLER_SPAWN_H
#define DOORWARD_HANDLER_SPAWN_H

#include "base/state.h"
#include "handler/outcome.h"
#include "service/service.h"
#include "service/via.h"

/* One start, all of it borrowed for the call. */
struct spawn_plan {
    const struct entry *entry;
    int fd;                   /* becomes 0, 1 and, with stderr = socket, 2; blocking */
    const int *fds;           /* with names they become 3, 4, ...; the first is `fd` */
    size_t nfds;              /* at most ENTRY_SOCKETS */
    uint64_t places;          /* a bit for the place of each */
    int err;                  /* becomes 2, or 1, with stderr, or stdout, = log; else -1 */
    const struct addr *peer;  /* unmapped; NULL for wait */
    const struct addr *local; /* unmapped; NULL for unix */
    const char *via;          /* struct via's lines, */
    size_t via_len;           /* so many bytes of them; 0: the peer is the socket's own */
};

/* What a child that shares nothing else with the master tells it, in memory that both share. */
struct birth {
    volatile uint32_t order; /* which start of the starter this is, as the worker counts answers */
    pid_t pid;     /* the kernel's to write, before the child runs (CLONE_PARENT_SETTID) */
    pid_t handler; /* that child is this one's keeper; 0: it is the handler */
    struct spawn_error e;
};

enum { EXIT_NOT_STARTED = 127 /* as the shell says it */ };

/*
 * Once, at start, before RLIMIT_NOFILE is raised, which it does: remember the limits and the
 * environment that handlers get, open /dev/null and the pipe of reports, and set umask 022 and
 * directory "/". 0, or -1 with errno. */
int spawn_init(void);
/* Descriptors of spawn_init() that a process which spawns needs. */
enum { SPAWN_KEEPS = 4 };
/* How many there are. */
size_t spawn_keeps(int keep[static SPAWN_KEEPS]);

/*
 * Run the entry's handler as a child of this process's parent (a starter's way: the handler is the
 * master's child). The pid; -1 with `b->e` filled in. A program is started with vfork semantics:
 * this process stands still until exec has succeeded or failed; when it failed, `b->e` says why,
 * and the child ends by itself. Builtins, and entries that ask libwrap or for host names, get a
 * full fork; the latter report their failures later. */
pid_t spawn_for_parent(const struct spawn_plan *plan, struct birth *b);
/* False: this build cannot, and the call fails. */
extern const bool spawn_has_parent;

/* In a process that was forked for it: become the handler, or its keeper. A failure, and a keeper's
 * handler, is sent to `answer` (a struct outcome), which closes when the handler is there, or will
 * report later. */
_Noreturn void spawn_become(const struct spawn_plan *plan, struct birth *b, int answer);

/* Which file is at fault, and how, after an execve(2) that failed: looked up below `root` (NULL:
 * where this process has its own), into `out`, "" where nothing can be seen. It may wait for a file
 * system, so not in the master. */
void spawn_explain(const struct spawn_plan *plan, const char *root, const struct spawn_error *e,
                   char out[static SPAWN_WHY]);

/* Will it be decided by the child, later: it asks, is a builtin, or has a keeper? */
bool spawn_later(const struct spawn_plan *plan);

enum spawn_refusal { REFUSED_BY_HOSTS = 1, REFUSED_BY_GATE };

/* What came of such a start, told by the child before it ends. */
struct spawn_report {
    pid_t pid;
    int32_t refused;     /* enum spawn_refusal; 0: it failed: */
    int32_t signal;      /* it has ended by this one, behind its first process; 0: else */
    int32_t error;       /* errno of */
    char step[24];       /* this call; no pointer: the child may be an older doorward's */
    char why[SPAWN_WHY]; /* spawn_explain()'s; "" none */
};
/* Their pipe, for an upgrade: it was opened by another doorward. */
void spawn_save(struct state_out *o);
void spawn_restore(struct state_in *r);
/* The next report, if there is one. Those of a child that has ended are there. */
bool spawn_reported(struct spawn_report *report);

#endif
