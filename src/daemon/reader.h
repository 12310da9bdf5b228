/* daemon/reader.h -- the child that asks the system what a load wants to know. Rank 6. */
#ifndef DOORWARD_DAEMON_READER_H
#define DOORWARD_DAEMON_READER_H

#include "os/loop.h"

enum {
    READER_TIME_S = 30,     /* for a load */
    READER_PATIENCE_S = 20, /* for its first question that is not answered */
    READER_NEXT_S = 1       /* and for each other one then */
};

/* What it said. */
struct reading {
    char *bytes; /* the receiver's to free */
    size_t len;
    bool failed;     /* it did not come to its end, nor to its time's */
    const char *why; /* there is no more; NULL: this is all */
};

/*
 * Files and name services may take for ever; the reader may wait for them, the master must not. It
 * is forked for one load, writes each question with its answer into a pipe, and ends. It has a
 * session of its own and no descriptor of the master's. One that waits too long is killed, and
 * another one goes on behind the question that it waited for. */
struct reader {
    /* Set once by the owner. */
    struct loop *loop;
    /* In the child: ask all, into `fd`, but for what was said `before`; with before->why the next
     * one is not to be asked. Ends it with EX_OSERR when memory runs out. */
    void (*ask)(void *arg, int fd, const struct reading *before);
    /* Nothing more comes. Called from the loop, never from reader_start(). */
    void (*done)(void *arg, const struct reading *all);
    void *arg;
    /* The reader's own. */
    struct watch watch;
    struct timer deadline;
    uint64_t end;      /* ns: of all */
    unsigned patience; /* s */
    pid_t pid;         /* 0: it has ended, or there is none */
    bool busy;
    char *bytes;
    size_t len, room;
    char why[128]; /* "": all is well so far */
};

/* Nothing if it is busy. 0, or -1 with errno, and done() does not come: out of memory. */
int reader_start(struct reader *r);
/* After SIGCHLD, before anybody else reaps. */
void reader_child(struct reader *r);
/* Kill it, with what it started; done() does not come. Nothing if it is not busy. */
void reader_stop(struct reader *r);

#endif
