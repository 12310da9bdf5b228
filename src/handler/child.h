/* handler/child.h -- the handlers that run: find by pid, reap, time out, give the slots back */
#ifndef DOORWARD_HANDLER_CHILD_H
#define DOORWARD_HANDLER_CHILD_H

#include "os/loop.h"
#include "service/service.h"

/* What few handlers have; NULL each where there is none. */
struct child_extras {
    struct listener *listener; /* whose sockets it has (wait), linked by `with`: the first */
    struct child_timeout *timeout;
    struct drain *drain;       /* of drain.h, for linger */
    struct errlog *errlog;     /* of errlog.h, for stderr = log */
    struct presence *presence; /* of presence.h, for idle and hangup */
    pid_t handler;             /* the record's pid is this one's keeper */
    struct account *account;   /* of account.h */
};

/* There may be ten thousand of these: 72 bytes each. */
struct child {
    struct child *next; /* in its hash bucket */
    struct service *service;
    struct child_extras *extras; /* NULL: none of it */
    uint64_t started;            /* ns, loop_now() */
    pid_t pid;                   /* of the master's child: the handler, or its keeper */
    uint32_t source;             /* slot of limit.h, or SOURCE_NONE */
    struct addr peer;            /* whom it serves; AF_UNSPEC for wait */
    bool later;                  /* it decides itself what becomes of it: spawn_later() */
    bool alone;                  /* at its timeout its group is left alone */
    bool told;                   /* start's: that it did not become the handler */
    uint8_t signal;              /* the same's: what ended it, as it told; 0: wait4(2) knows */
};

/* Why it was asked to end. */
enum child_why {
    CHILD_ITSELF,
    CHILD_TIMEOUT,
    CHILD_IDLE,
    CHILD_HANGUP,
    CHILD_KICKED,
    CHILD_DRAINED
};

/* Its times, for an upgrade. */
struct child_time {
    uint64_t started, limit, due; /* ns; due 0: it has no timeout */
    int first;                    /* the signal before KILL */
    unsigned phase;
    enum child_why why;
};

struct children;

/* How it ended, as wait4(2) gave it. */
struct child_end {
    int status;
    enum child_why why;
    uint64_t
        cpu; /* ns, of user and system; of its children too, as far as it has waited for them */
    uint64_t rss; /* KiB, the most of any one of them */
};

/* `ended(arg, child, end)` is called for each that wait4(2) returned, once it is
 * out of the set and before its record is freed; duration and log are its business, and it may
 * start handlers. NULL: out of memory. */
struct children *children_new(struct loop *loop,
                              void (*ended)(void *arg, const struct child *c,
                                            const struct child_end *end),
                              void *arg);
void children_free(struct children *set);
/* What else is asked when a child has ended: `stranger(arg, pid)`, where no record has its pid:
 * true means look again; `reports(arg)`, while the record of one that decides later is still in the
 * set. */
void children_hooks(struct children *set, bool (*stranger)(void *arg, pid_t pid),
                    void (*reports)(void *arg));

/*
 * A record made ready before the fork, its timeout (ns; 0 none) armed, so that nothing can fail
 * after it. NULL: out of memory. child_started() files it under its pid; child_discard() frees one
 * whose fork failed. At the timeout the handler's group gets `signo`, and 5 s later
 * KILL; so do those that a handler leaves in its group when it ends in between. Where it is `alone`
 * only the handler does. */
struct child *child_prepare(struct children *set, struct service *s, struct listener *l,
                            uint32_t source, uint64_t timeout, int signo);
void child_started(struct children *set, struct child *c, pid_t pid);
void child_discard(struct children *set, struct child *c);
/* What child_started() has made otherwise, for one that was started by another doorward. False: out
 * of memory, it has no timeout. */
struct child_time child_time(const struct child *c);
bool child_restore_time(struct loop *loop, struct children *set, struct child *c,
                        const struct child_time *t);
/* The record's extras, made if there is none, for what the caller keeps with it: it stays the
 * caller's to discard. NULL: out of memory. */
struct child_extras *child_extras(struct child *c);

static inline struct listener *child_listener(const struct child *c)
{
    return c->extras ? c->extras->listener : NULL;
}
static inline struct drain *child_drain(const struct child *c)
{
    return c->extras ? c->extras->drain : NULL;
}
static inline struct errlog *child_errlog(const struct child *c)
{
    return c->extras ? c->extras->errlog : NULL;
}

static inline struct presence *child_presence(const struct child *c)
{
    return c->extras ? c->extras->presence : NULL;
}

static inline struct account *child_account(const struct child *c)
{
    return c->extras ? c->extras->account : NULL;
}

/* The handler's own pid: what is shown, and asked for. */
static inline pid_t child_shown(const struct child *c)
{
    return c->extras && c->extras->handler ? c->extras->handler : c->pid;
}

/* The record of the master's child `pid`; NULL if there is none. */
struct child *child_find(const struct children *set, pid_t pid);
size_t children_count(const struct children *set);

/*
 * After SIGCHLD, which named `ended`: reap it and all others that have ended, in batches from the
 * loop. Beside more than 256 children the others may be found later, 5 us for each child. Pids that
 * are not handlers' are reaped and forgotten. */
void children_reap(struct children *set, pid_t ended);
/* Send `signo` to every handler's process group. */
void children_signal(struct children *set, int signo);
/* End those of `s` (NULL: all), as at a timeout but not called one: TERM to each group, KILL 5 s
 * later. Who has had his TERM already is left to his time. */
void children_end(struct children *set, struct service *s);
/* End it as at its timeout, now: `signo` to its group, KILL 5 s later; `why` is for ended().
 * Nothing where it is being ended already. False: out of memory, nothing was done. */
bool child_end(struct children *set, struct child *c, int signo, enum child_why why);
/* The next behind the handler `pid`, which need not run any more, in an order that stays while
 * others come and go; 0 gives the first. NULL: the end. */
struct child *children_after(const struct children *set, pid_t pid);
/* Call fn for each, which may change all but its place in the set. */
void children_update(struct children *set, void (*fn)(void *arg, struct child *c), void *arg);
/* No child points to `l` any more: it is about to be freed. */
void children_forget_listener(struct children *set, struct listener *l);

#endif
