/*
 * listen/listen.h -- open, adopt and close the sockets of a service; retry until it works.
 *
 * This folder: the sockets of services, opened, taken from systemd, set up, looked after, and
 * registered with rpcbind. It includes base/, os/ and service/, nothing of its own rank (conf/,
 * handler/), and reaches upwards through struct listening alone. */
#ifndef DOORWARD_LISTEN_LISTEN_H
#define DOORWARD_LISTEN_LISTEN_H

#include "base/state.h"
#include "listen/look.h"
#include "service/service.h"

/* Who opens sockets; filled in by the composition, must outlive all listeners. */
struct listening {
    struct loop *loop;
    struct helpers *helpers;
    void (*opened)(void *arg, struct listener *l); /* l->watch.fd is ready to be watched */
    void (*looked)(void *arg, struct listener *l); /* it is so again */
    void *arg;
    const struct table *table; /* listen_look_after()'s, and what follows */
    struct timer look;
    size_t next; /* service to look at */
    bool ends;   /* the daemon: what handlers share is closed by its exit, which waits for nobody */
};

/*
 * Open the socket of `l`: close-on-exec, with the options of its settings, bound, and listening
 * where its type listens; non-blocking, but for `wait`, whose handlers share it. A socket that
 * systemd handed over for the same address, or under the service's name, is taken instead
 * (listen/adopt.h). On failure, whatever its cause, logs it (again only when the errno changes) and
 * tries again after 1 s, doubling to 60 s. An IPv6 listener of plain tcp or udp on a system without
 * IPv6 is left closed silently. */
void listen_start(struct listening *ctx, struct listener *l);

/* Why there is no socket, an errno; 0: there is one, or it has not been tried. */
int listen_error(const struct listener *l);
/* As it is configured, or as the system chose it: for the log and for status. */
const char *listen_address(const struct listener *l, char text[static ADDR_TEXT]);

/* What kept it from opening may be over: try at once. Nothing unless it waits for its next try. */
void listen_retry_now(struct listening *ctx, struct listener *l);

/*
 * The settings changed but the endpoint did not: apply the socket options, backlog, and a unix
 * socket's owner and mode, to the open socket. Failures are logged. Nothing for a closed one; for
 * one that was lent listen_check() does it, once no handler has it. */
void listen_update(struct listener *l);

/*
 * Is the socket still what was opened? Where its path or its interface has gone, or a handler that
 * shared it left it otherwise, it is set back, or opened anew and logged. Nothing while it is
 * closed or a handler has it. One that was lent is looked at by a helper, and listening.looked()
 * is called after that. */
void listen_check(struct listening *ctx, struct listener *l);

/*
 * `l` is lent: its waiter is LISTENER_LOOKS from now on and it is not watched, until `then(arg, l,
 * f)` is called, once, from the loop, with the waiter 0 again; `what` is LOOK_..., `f` NULL: nobody
 * could look. If the listener closes meanwhile `then` is never called. */
void listen_ask(struct listening *ctx, struct listener *l, unsigned what,
                void (*then)(void *arg, struct listener *l, const struct found *f), void *arg);

/* Close the socket and open another, `why` (a constant word) in the log. */
void listen_anew(struct listening *ctx, struct listener *l, const char *why);

/* Handlers have had this datagram socket, and a reload has the master read from it itself: who
 * holds its lock would hold the master, so it is opened anew. True: it was. */
bool listen_own(struct listening *ctx, struct listener *l);

/* From now on listen_check() every listener of `t` whose socket can change without us. */
void listen_look_after(struct listening *ctx, const struct table *t);

/* What is known of a socket that handlers share. They can hold its lock, so the master calls
 * nothing that takes it: helpers do. */
struct lent {
    uint64_t first;   /* serve/unread.c's: who stands first in its queue; 0 unknown */
    uint32_t waiting; /* and how many stood there */
    struct addr at;   /* where it is bound; not of a unix socket */
    struct look look;
    /* serve/lend.c's, while helpers look at all that a handler gets or had */
    struct round *round;
    unsigned asked; /* LOOK_... */
    bool known;     /* found */
    struct found found;
};
/* `l`, open, goes to a `wait` handler: it has to be looked at from now on. NULL: out of memory. */
struct lent *listen_lend(struct listening *ctx, struct listener *l);
/* Where the open socket of `l` is bound. False: it is a unix socket, or closed. */
bool listen_bound(const struct listener *l, struct addr *at);
/* What listen_lend() gave; NULL: it was not, or the socket is another one. */
struct lent *listen_lent(const struct listener *l);

/*
 * Close the socket, stop retrying; a unix socket's file is removed if it still is the one we made.
 * A socket of systemd's is kept open for the next listener that wants it. */
void listen_close(struct listening *ctx, struct listener *l);

/* The sockets of all services, for an upgrade. */
void listen_save(const struct table *t, struct state_out *o);
void listen_restore(const struct table *t, struct state_in *records);

/* Say which of systemd's sockets no listener has. */
void listen_spare(void);

/*
 * For the hand-over of udp nowait: another socket bound to `local` (address and port) with the
 * options of `l`, non-blocking. The listener and its twins share the port by SO_REUSEPORT, which
 * the kernel grants to sockets of one effective uid alone; the listener has it on only during the
 * bind. -1 with errno. */
int listen_twin(const struct listener *l, const struct addr *local);

/* Switch SO_REUSEPORT: may other sockets of ours be bound where this one is? */
int listen_share(const struct listener *l, int fd, bool on);

/* A connection that was accepted: give it the options that it does not inherit. */
void listen_accepted(const struct listener *l, int fd);

/* `fd`, that was or could be a listener's socket, goes to a handler: without the options that only
 * we want. */
void listen_plain(int fd);

/* Does the service want to know which of its addresses a datagram was sent to? */
bool listen_wants_pktinfo(const struct service *s);

#endif
