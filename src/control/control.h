/*
 * control/control.h -- the socket of doorwardctl: status, reload, pause, stop.
 *
 * This folder: the daemon's side of doorwardctl. It includes base/, os/, service/, conf/, listen/,
 * handler/ and admit/; never serve/. What it asks for is done by callbacks.
 */
#ifndef DOORWARD_CONTROL_CONTROL_H
#define DOORWARD_CONTROL_CONTROL_H

#include "admit/admit.h"

/*
 * The protocol is doc/control.md. Everything is non-blocking: a client has a buffer of fixed size,
 * gets a piece of the answer when it has taken the one before, and is closed when nothing moves for
 * a while. There is a fixed number of clients; the next ones wait in the backlog.
 */
struct control;

/* What only the composition can do. */
struct control_acts {
    /* False: nothing was changed. Each problem goes to `problem(to, line)`. */
    bool (*reload)(void *arg, struct table_change *change,
                   void (*problem)(void *to, const char *line), void *to);
    void (*stop)(void *arg);
    void *arg;
};

/*
 * Open the socket at `path`, mode 0600, and answer on it; `path`, `acts` and `m` are borrowed until
 * control_close(). A socket that nobody listens on is replaced. NULL with errno.
 */
struct control *control_open(struct master *m, const char *path, const struct control_acts *acts);

/* A reload changed the table: listings that are under way end with an error. */
void control_reloaded(struct control *c);

/* Does the path still lead to the socket? If not it is made anew; so it is every 30 s. NULL is
 * nothing. */
void control_check(struct control *c);

/* Close all clients and remove the socket if it is ours. NULL is nothing. */
void control_close(struct control *c);

#endif
