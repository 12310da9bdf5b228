/*
 * daemon/server.h -- the daemon put together: start, signals, reload, orderly stop.
 *
 * This folder: composition. Command line, start, signals, reload, stop; it may include all but
 * ctl/. */
#ifndef DOORWARD_DAEMON_SERVER_H
#define DOORWARD_DAEMON_SERVER_H

#include "conf/conf.h"

/* What main.c decided; all of it is borrowed for the daemon's life. */
struct server_options {
    const char *const *paths; /* of the configuration, absolute */
    size_t npaths;
    bool named;            /* on the command line: they have to be there at the start */
    const char *text;      /* a configuration in place of files; NULL none */
    const char *text_name; /* "--run", or "stdin", which cannot be read again */
    bool single;           /* --run: one service, and nothing to stay for without it */
    struct conf_options conf;
    bool log_connections;
    bool drains; /* --drain: TERM lets the handlers end, for `drain` ns at most */
    uint64_t drain;
    const char *pidfile;  /* absolute; NULL none */
    const char *control;  /* absolute path of the control socket; NULL none */
    bool control_asked;   /* by --control: then it is an error if it cannot be opened */
    char **again;         /* the command line, with absolute paths, for who takes over */
    char *const *environ; /* as it was at start */
    const char *program;  /* what was started, absolute; NULL: not known */
    int state;            /* the descriptor of what another doorward hands on; -1: there is none */
    void (*ready)(void);  /* all sockets are open, as far as they can be; NULL nothing */
};

/* Run until a signal ends it. The exit status of sysexits.h: 0; 71 when it could not start, 64 when
 * a --run is wrong. */
int server_run(const struct server_options *options);
/* Could it take over from another one? Says so on standard output, as daemon/probe.h has it; the
 * exit status. */
int server_probe(const struct server_options *options);

#endif
