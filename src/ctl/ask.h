/* ctl/ask.h -- one question to the daemon, and its answer */
#ifndef DOORWARD_CTL_ASK_H
#define DOORWARD_CTL_ASK_H

#include "ctl/ctl.h"

struct ctl_answer {
    void (*line)(void *arg, const char *text); /* gets each line */
    void *arg;
    char why[512]; /* ctl_ask() says here what failed */
};

/* Send one request, "COMMAND [ARGUMENT]". `patience` is how many seconds the daemon may be silent;
 * 0 for ever. 0: ok. 1 (EXIT_FAILURE): the daemon said no; EX_UNAVAILABLE: there is no daemon;
 * EX_USAGE: the request has no form; EX_OSERR. Then `why` says it. */
int ctl_ask(const char *socket, const char *request, unsigned patience, struct ctl_answer *answer);

#endif
