/* daemon/signals.h -- what each signal does in the daemon. */
#ifndef DOORWARD_DAEMON_SIGNALS_H
#define DOORWARD_DAEMON_SIGNALS_H

#include "os/loop.h"

enum signal_act {
    SIGNAL_NOTHING,
    SIGNAL_RELOAD,
    SIGNAL_STOP,
    SIGNAL_INTERRUPT,
    SIGNAL_QUIT,
    SIGNAL_STATE,
    SIGNAL_REAP,
    SIGNAL_UPGRADE,
    SIGNAL_ACTS
};

/*
 * Set all of them, whatever they were before; `acts[what](arg)` is called from the loop. 0, or -1
 * with errno. */
int signals_set(struct loop *loop, void (*const acts[SIGNAL_ACTS])(void *arg), void *arg);

#endif
