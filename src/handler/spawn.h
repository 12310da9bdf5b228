/*
 * handler/spawn.h -- start one handler: (v)fork, descriptors, credentials, exec.
 *
 * This folder: a process made, watched, ended. It includes base/, os/ and service/ only.
 */
#ifndef DOORWARD_HANDLER_SPAWN_H
#define DOORWARD_HANDLER_SPAWN_H

#include "service/service.h"

/* One start, all of it borrowed for the call. */
struct spawn_plan {
    const struct service *service;
    int fd;                   /* becomes 0, 1 and, with stderr = socket, 2; blocking */
    int err;                  /* becomes 2 with stderr = log; else -1 */
    const struct addr *peer;  /* unmapped; NULL for wait */
    const struct addr *local; /* unmapped; NULL for unix */
};

/* Why a start failed: the constant name of the call, and its errno. */
struct spawn_error {
    const char *step;
    int error;
};

/*
 * Once, at start, before RLIMIT_NOFILE is raised: remember the limits and the environment that
 * handlers get, open /dev/null, and set umask 022 and directory "/". 0, or -1 with errno.
 */
int spawn_init(void);

/*
 * Run the service's program or forked builtin. The pid, or -1 with `*e` filled in; step "fork"
 * means that there was no process, any other that the child ended before exec and has been reaped
 * already.
 *
 * A program is started with vfork semantics: the master goes on when exec has succeeded or failed,
 * and the cost does not grow with the master. Builtins, and services that ask libwrap or for host
 * names, get a full fork; the latter two report their failures later, since the master does not
 * wait for name servers.
 */
pid_t spawn_run(const struct spawn_plan *plan, struct spawn_error *e);

/*
 * What came of a start whose child asks the name services first, told later: by the child, before
 * it ends without having become the handler.
 */
struct spawn_report {
    pid_t pid;
    bool refused;             /* by hosts_access; else it failed: */
    struct spawn_error error; /* step is constant, as the child is our copy */
};

/* Will the start of this plan be decided by its child, after spawn_run()? */
bool spawn_asks(const struct spawn_plan *plan);
/* The next report, if there is one. Those of a child that has ended are there. */
bool spawn_reported(struct spawn_report *report);

/* "vfork" or "fork": for -V. */
extern const char spawn_kind[];

#endif
