/*
 * control/control.h -- the socket of doorwardctl: status, reload, pause, stop.
 *
 * This folder: the daemon's side of doorwardctl. It includes base/, os/, service/, conf/, listen/,
 * handler/ and admit/; never serve/. What it asks for is done by callbacks. */
#ifndef DOORWARD_CONTROL_CONTROL_H
#define DOORWARD_CONTROL_CONTROL_H

#include "admit/admit.h"
#include "base/state.h"
#include "control/loaded.h"

/*
 * The protocol is doc/control.md. Everything is non-blocking: a client has a buffer of fixed size,
 * gets a piece of the answer when it has taken the one before, and is closed when nothing moves for
 * a while. There is a fixed number of clients; the next ones wait in the backlog. */
struct control;

/* What only the composition can do. */
struct control_acts {
    /* Have one begin, now or soon. `*number` is set first: control_reloaded() comes for that one,
     * perhaps at once. */
    void (*reload)(void *arg, uint32_t *number);
    void (*stop)(void *arg);
    /* The files and folders that were named at the start: `put(to, path)` for each, or once a line
     * about the usual ones. False: there is none, but --run. */
    bool (*config)(void *arg, void (*put)(void *to, const char *path), void *to);
    /* Have the program `path` (NULL: the one that was started) take over; it has `time` ns to prove
     * that it can (UINT64_MAX: nobody said how long). control_upgraded() comes, perhaps at once, or
     * after the upgrade. False: another one is under way. */
    bool (*upgrade)(void *arg, const char *path, uint64_t time);
    /* No new client of `s`, or, for NULL, of any service, before the daemon ends. The handlers have
     * `time` ns; UINT64_MAX: nobody said how long. */
    void (*drain)(void *arg, struct service *s, uint64_t time);
    void *arg;
    const struct loaded *loaded; /* how the last load went */
};

/*
 * Open the socket at `path`, mode 0600, and answer on it; `path`, `acts` and `m` are borrowed until
 * control_close(). A socket that nobody listens on is replaced. NULL with errno. */
struct control *control_open(struct master *m, const char *path, const struct control_acts *acts);

/* Reload `number` says this of the configuration, to those who wait for it. NULL is nobody. */
void control_problem(struct control *c, uint32_t number, const char *line);

/* Reload `number` has ended; `change` is NULL where nothing was changed. Those who wait for it get
 * their answer; listings that are under way end with an error where the table is another one. */
void control_reloaded(struct control *c, uint32_t number, const struct table_change *change);

/* What is said of an upgrade, and its end: `why` not, NULL: it is done, and `line` says more. To
 * those who wait for it. NULL is nobody. */
void control_upgrade_line(struct control *c, const char *line);
void control_upgraded(struct control *c, const char *why);

/* The socket and its clients, for an upgrade. `path`, `acts` and `m` as for control_open(). NULL:
 * out of memory, or bad. */
void control_save(const struct control *c, struct state_out *o);
struct control *control_restore(struct master *m, const char *path, const struct control_acts *acts,
                                struct state_in *records);

/* Does the path still lead to the socket? If not it is made anew; so it is every 30 s. NULL is
 * nothing. */
void control_check(struct control *c);

/* Close all clients and remove the socket if it is ours. NULL is nothing. */
void control_close(struct control *c);

#endif
