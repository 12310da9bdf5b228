/*
 * handler/worker.h -- who is at work on one start: a starter, or a child of the master's own. */
#ifndef DOORWARD_HANDLER_WORKER_H
#define DOORWARD_HANDLER_WORKER_H

#include "handler/starter.h"
#include "os/loop.h"

/* One start on its way; embedded in what the caller knows of it. */
struct start {
    struct start *next;
    struct service *service;
    uint32_t number;          /* the queue's: in the order in which they came */
    pid_t handler;            /* done's pid is this one's keeper; 0: it is the handler */
    int fd;                   /* the connection; -1 once it is not ours any more */
    int err;                  /* the pipe's end for stderr = log, the caller's; -1 none */
    bool lent;                /* it is a wait service's, and `fd` stays the caller's */
    struct listener *sockets; /* of a wait service: all that the handler gets, linked by `with` */
    bool has_peer, has_local;
    bool placed;    /* admit_place() was called for it */
    uint64_t since; /* ns, loop_now(): it was admitted */
    bool kicked;    /* its handler is to be ended as soon as it is there */
    struct addr peer, local;
    struct via *via; /* the start's own: what came before the client; NULL */
};

/* Orders that a starter may have: so it need not wait for the master between two starts. */
enum { ORDERS = 4 };

struct worker {
    struct watch watch; /* the socket; fd -1: nobody is here */
    int far;            /* its own end, which is ours, too: what it has not begun can be taken back;
                         * -1 of a child of our own */
    struct starters *set;
    pid_t pid; /* of the starter; 0: a child of our own, birth->pid */
    struct birth *birth;
    struct start *jobs[ORDERS]; /* in their order; NULL: the answer means nothing any more */
    size_t count;               /* answers that are to come */
    uint32_t answered;          /* those that came, in this place */
    uint64_t since;             /* ns, loop_now(): the first became the first */
    bool passed;                /* it takes long */
    bool old;                   /* of an earlier load */
};

/* Fork a starter, or a handler, to be `w`. False with errno. */
bool worker_hire(struct worker *w, struct loop *loop);
bool worker_fork(struct worker *w, struct loop *loop, struct start *st);
/* Nobody is there any more; a starter that is idle ends by this. */
void worker_dismiss(struct worker *w, struct loop *loop);

/* Hand `st` to a starter that has less than ORDERS: the connection is its own then. False with
 * errno. */
bool worker_order(struct worker *w, struct start *st);
/* The starts that a starter has not begun are ours again, linked by `next`, with their connections.
 * While descriptors have run out they stay where they are. */
struct start *worker_take_back(struct worker *w);
/* The first one's answer has come, or is not waited for: who it was, or NULL. */
struct start *worker_shift(struct worker *w);

/*
 * What has come of the first order? False: nothing yet. `*o` says it; `*fd` is the connection that
 * came back, or -1. `*gone`: a child of our own has ended; with its last word, where it had one. */
bool worker_answer(struct worker *w, struct outcome *o, int *fd, bool *gone);
/* What is known of the first order, while no answer has come: all zero as long as it has not begun,
 * when what stands there is still of the one before. Once an answer may have come it may be of one
 * that follows. */
struct birth worker_birth(const struct worker *w);
/* Wait for an answer, for `ms` at most. Is there one? */
bool worker_await(const struct worker *w, int ms);
/* It has ended without an answer: is there a child of its order? One of our own says by this that
 * it is the handler. */
void worker_last_words(const struct worker *w, struct outcome *o);

#endif
