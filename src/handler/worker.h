/*
 * handler/worker.h -- who is at work on one start: a starter, or a child of the master's own. */
#ifndef DOORWARD_HANDLER_WORKER_H
#define DOORWARD_HANDLER_WORKER_H

#include "handler/starter.h"
#include "os/loop.h"

/* One start on its way; embedded in what the caller knows of it. */
struct start {
    struct start *next;
    struct service *service; /* NULL: no start, a connection to let go of */
    int fd;                  /* the connection; -1 once it is not ours any more */
    int err;                 /* the pipe's end for stderr = log, the caller's; -1 none */
    bool lent;               /* `fd` stays the caller's (a wait service's socket) */
    bool has_peer, has_local;
    bool placed; /* admit_place() was called for it */
    struct addr peer, local;
    struct via *via; /* the start's own: what came before the client; NULL */
};

struct worker {
    struct watch watch; /* the socket; fd -1: nobody is here */
    struct starters *set;
    pid_t pid; /* of the starter; 0: a child of our own, birth->pid */
    struct birth *birth;
    struct start *job; /* NULL: idle, or its answer means nothing any more */
    uint64_t since;    /* ns, loop_now(): of the order */
    bool busy;         /* an answer is to come */
    bool passed;       /* it takes long */
    bool old;          /* of an earlier load */
};

/* Fork a starter, or a handler, to be `w`. False with errno. */
bool worker_hire(struct worker *w, struct loop *loop);
bool worker_fork(struct worker *w, struct loop *loop, struct start *st);
/* Close a connection that a handler had without waiting, by a child of our own. */
void worker_let_go(int fd);
/* Nobody is there any more; a starter that is idle ends by this. */
void worker_dismiss(struct worker *w, struct loop *loop);

/* Hand `st` to an idle starter: the connection is its own then. False with errno. */
bool worker_order(struct worker *w, struct start *st);

/*
 * What has come of the order? False: nothing yet. `*o` says it; `*fd` is the connection that came
 * back, or -1. `*gone`: the worker has ended; with its last word, where it had one. */
bool worker_answer(struct worker *w, struct outcome *o, int *fd, bool *gone);
/* It has ended without an answer: is there a child of its order? One of our own says by this that
 * it is the handler. */
void worker_last_words(const struct worker *w, struct outcome *o);

#endif
