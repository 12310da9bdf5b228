/* daemon/private.h -- what the parts of the composition share */
#ifndef DOORWARD_DAEMON_PRIVATE_H
#define DOORWARD_DAEMON_PRIVATE_H

#include "admit/admit.h"
#include "control/control.h"
#include "daemon/probe.h"
#include "daemon/reader.h"
#include "daemon/server.h"
#include "listen/listen.h"

struct server;

/* The load that runs, or ran last. */
struct load {
    uint32_t number;
    /* The owner's: the first one is there. The daemon's exit status: 0, or why not. */
    int (*serve)(struct server *sv, size_t errors);
    bool resumes;     /* after an upgrade: what was held stays so */
    bool runs, again; /* again: somebody asked for one meanwhile */
    struct reader reader;
    struct reading all; /* what the reader said, until it is read */
    struct ask *answers;
    struct conf_options conf;
    struct conf_report report;
    struct conf_load *reading;
    struct timer piece;              /* the master has others to serve: it goes on with `next` */
    void (*next)(struct server *sv); /* in its time */
    struct table_change change;
    size_t opened;   /* services of the table that are done */
    bool unreadable; /* a file or a folder as a whole */
};

/* The end of handlers, the daemon's or some services'. */
struct draining {
    struct timer look;
    bool all;       /* it is the daemon that ends */
    uint64_t open;  /* ns: until then it goes on taking who stands in a backlog; 0: closed */
    uint64_t until; /* ns: then all who are left are ended */
    bool quits;     /* as soon as no start is under way, or at quit_at (ns) */
    uint64_t quit_at;
};

/* The way to another binary, step by step. */
struct upgrade {
    struct probe probe;
    struct timer next;
    void (*step)(struct server *sv);
    uint64_t time;             /* ns, that the new binary has for its answer */
    uint64_t until;            /* ns: then it is given up */
    uint64_t began, pause_end; /* ns: of the moment in which nobody is started */
    uint32_t load;             /* the number of the last one when the new binary was asked */
    int answers;               /* what the configuration was said to be; -1 none */
    bool runs;
    char program[4096];
};

struct server {
    const struct server_options *options;
    struct master master;
    struct listening listening;
    struct timer watchdog;
    bool opening; /* RPC registrations are made together at its end */
    struct control *control;
    struct control_acts acts;
    struct load load;
    struct loaded loaded;
    struct draining draining;
    struct upgrade upgrade;
    bool serving;     /* the first load was good enough */
    int status;       /* the daemon's exit status */
    uint64_t since;   /* ns, loop_now(): it serves */
    const char *ends; /* why, once it is about to end */
};

/*
 * Begin a load, or have one follow the one that runs, for that one may have read too early. The
 * first one starts the services, or ends the daemon; the others are two phases: read all, and only
 * if it is good change anything. `*number` is set first: control_reloaded() names it, perhaps at
 * once. NULL: nobody waits for it. */
void server_ask_load(struct server *sv, uint32_t *number);
/* Read it at once, and ask `ask` (NULL: the system) for answers. NULL: out of memory. */
struct table *server_read(struct server *sv, struct ask *ask, const struct conf_report *report,
                          size_t *errors);
/* Go over to `fresh`, which is used up, with what another doorward had, and on in the loop. False:
 * out of memory. */
bool server_resume_load(struct server *sv, struct table *fresh);
/* Let go of the one that runs; who waits for it is told. */
void server_drop_load(struct server *sv);

/* Processes for the load that there is now: starters, and a helper where one may be needed. False
 * with errno: there is no starter. */
bool server_hire(struct server *sv);
/* Open and arm what of the table is not open yet. */
void server_open(struct server *sv);

/* Have `program` take over, if it proves within `time` ns that it can (NULL and UINT64_MAX: the
 * usual ones). False: an upgrade is under way. */
bool server_upgrade(struct server *sv, const char *program, uint64_t time);
/* Could we take over? Says so on standard output, as daemon/probe.h has it; the exit status. */
int server_prove(struct server *sv, bool prepared);
/* We are the one that takes over. 0: all goes on, in the loop; else the exit status. */
int server_resume(struct server *sv);

/* Open, or open again, the files that services have for their lines of the log. */
void server_route(const struct server *sv);

/* Close all listeners. */
void server_close(struct server *sv);

/* QUIT: TERM to all handlers, those that are being started among them, and the end. */
void server_quit(struct server *sv);

/* Serve nobody new, give the handlers `time` ns (UINT64_MAX: as long as they like), and end. */
void server_drain(struct server *sv, uint64_t time);
/* The same for one service, which is paused by this. */
void server_drain_service(struct server *sv, struct service *s, uint64_t time);

/* Tell systemd how many services and handlers there are, and, if so, that they are ready. */
void server_tell_status(struct server *sv, bool ready);

#endif
