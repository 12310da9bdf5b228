/* daemon/options.h -- the command line */
#ifndef DOORWARD_DAEMON_OPTIONS_H
#define DOORWARD_DAEMON_OPTIONS_H

#include "daemon/server.h"

enum mode {
    MODE_SERVE,
    MODE_CHECK,
    MODE_ENTRIES,
    MODE_TRY,
    MODE_LEARN,
    MODE_EXPORT,
    MODE_VERSION,
    MODE_HELP
};

struct options {
    enum mode mode;
    bool foreground, debug;
    bool no_time;                 /* on the lines of a log on stderr */
    const char *entry;            /* of --entries, NULL none; of --try, --learn */
    const char *folder;           /* of --export-systemd */
    unsigned port;                /* --run: chosen for port 0, to be told when it is open; else 0 */
    struct server_options server; /* paths, pidfile and control absolute; defaults filled in */
};

/*
 * Read the command line; the working directory makes paths absolute. Everything lives as long as
 * the process. 0, or the exit status, after a word on stderr: EX_USAGE (64) for a mistake, EX_OSERR
 * (71) where the system refused something, such as memory. */
int options_read(struct options *o, int argc, char **argv);

/* The text of --help, on stdout. */
void options_help(void);

#endif
