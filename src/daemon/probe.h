/* daemon/probe.h -- the child in which a new binary proves that it can take over. Rank 6. */
#ifndef DOORWARD_DAEMON_PROBE_H
#define DOORWARD_DAEMON_PROBE_H

#include "daemon/server.h"
#include "os/loop.h"

enum { PROBE_LINE = 1024 };

/*
 * It runs PROGRAM --probe-state FD with the daemon's other words, and has an end of a pipe as
 * standard output and error. There it says lines: those that begin with a blank are for whoever
 * asked for the upgrade, "yes" or "no WHY" is the answer. */
struct probe {
    /* The owner's, set before the start. */
    struct loop *loop;
    void (*line)(void *arg, const char *line);
    /* It has ended. NULL: yes; else why not. Called from the loop, never from probe_start(). */
    void (*done)(void *arg, const char *why);
    void *arg;
    /* The probe's own. */
    struct watch watch;
    struct timer deadline;
    uint64_t time; /* ns, that it was given */
    pid_t pid;     /* 0: there is none */
    bool yes;
    size_t len;
    char in[PROBE_LINE];   /* a line on its way */
    char why[PROBE_LINE];  /* "no" */
    char last[PROBE_LINE]; /* what it said last, to nobody */
};

/* Start `program` with `again` as its words, for `time` ns; it gets the descriptors `state` and
 * `answers`. 0, or -1 with errno. */
int probe_start(struct probe *p, const char *program, const struct server_options *o, int state,
                int answers, uint64_t time);
/* After SIGCHLD, before anybody else reaps. */
void probe_child(struct probe *p);
/* Kill it; done() does not come. Nothing if it does not run. */
void probe_stop(struct probe *p);

#endif
