/*
 * serve/conn.h -- a readable listener: accept in batches and pass on.
 *
 * This folder: the ways in, from a readable listener to a handler and back. It includes base/, os/,
 * service/, listen/, handler/ and admit/; never control/. */
#ifndef DOORWARD_SERVE_CONN_H
#define DOORWARD_SERVE_CONN_H

#include "admit/admit.h"

/*
 * Choose what a readable listener of the service does, by kind: at birth and after every reload.
 * `m` is one in a process: watches carry no argument. */
void conn_prepare(struct master *m, struct service *s);

/* What master->serve_one calls. */
void conn_serve_one(struct master *m, struct service *s);

/* What master->changed calls: clients and peers that wait for the service. */
void conn_changed(struct master *m, struct service *s);

/* Its time is up: whoever has no handler yet is closed. */
void conn_drop(struct master *m, struct service *s);

/* The service goes: whoever still waits for it is closed. */
void conn_forget(struct master *m, struct service *s);

#endif
