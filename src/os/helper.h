/*
 * os/helper.h -- calls on what others share, made by a process that may be held by it.
 *
 * The kernel takes the lock of a pipe or of a socket for most calls on it, and whoever shares it
 * can hold that lock for as long as the memory which he gave to a call of his own does not arrive
 * (userfaultfd(2), a file system of his). O_NONBLOCK does not help, nor does a signal. So the
 * master asks: a helper is handed the descriptor, makes the calls and answers. One that takes
 * longer than a moment is passed over, and another one goes on; it answers when it is let go.
 * Nobody holds more than 2 of one service, or 4 of one user: their further questions wait, and so
 * does what they were about. A helper is forked at the first question after a load. */
#ifndef DOORWARD_OS_HELPER_H
#define DOORWARD_OS_HELPER_H

#include <stddef.h>
#include <sys/types.h>

#include "os/loop.h"

struct helpers;

/* NULL: out of memory. */
struct helpers *helpers_new(struct loop *loop);
/* What is asked has no answer any more. */
void helpers_free(struct helpers *set);
/* After a load: helpers are copies of this process, and those there are know the former one. */
void helpers_renew(struct helpers *set);
/* For an upgrade: `on`, nobody but who lets go of something is asked any more. True: nobody is at
 * work who is not held. */
bool helpers_rest(struct helpers *set, bool on);
/* Is somebody at work, who is not held, and has copies of what may be about to be closed? */
bool helpers_work(const struct helpers *set);

/* Is there one? Then what is to be asked later needs no further descriptors. False with errno. */
bool helpers_ready(struct helpers *set);

enum { HELPER_ASK = 192, HELPER_ANSWER = 1536 };

/* Whose doing it is when a helper is held; counted, and served in turn. */
struct holder {
    const void *service; /* only its address is looked at */
    uid_t user;
};

/* Embedded in its asker. Zeroed at birth. */
struct question {
    /*
     * In the helper: make the calls on `fd`, which is a copy. `ask` and `answer` have HELPER_ASK
     * and HELPER_ANSWER bytes, aligned for anything, `answer` zeroed. Returns a descriptor for the
     * master, which is closed here, or -1. */
    int (*act)(int fd, const void *ask, void *answer);
    /* In the master, once, from the loop: `answer` until it returns, `fd` (-1: none) to keep. NULL:
     * the helper was killed. It may ask again. */
    void (*done)(struct question *q, const void *answer, int fd);
    const void *ask; /* HELPER_ASK bytes at most, until it is sent */
    size_t size;
    int fd;     /* the asker's */
    bool gives; /* it is to be closed when the helper has it */
    struct holder whose;
    /* the helpers': */
    struct question *next;
    bool asked; /* no answer yet */
};

/* The rule for whoever can hold a process of ours, a starter likewise: are so many enough, of one
 * service and of its user, where `held` of `places` are? */
bool helpers_enough_held(size_t of_service, size_t of_user, size_t held, size_t places);

/* Nothing if it is asked already. */
void helpers_ask(struct helpers *set, struct question *q);
/* Its asker goes: nobody hears of the answer. Nothing if it is not asked. */
void helpers_forget(struct helpers *set, struct question *q);

/* It can be held no longer: the answer now, within a moment. One that nobody has begun with is
 * forgotten. */
void helpers_hurry(struct helpers *set, struct question *q);

/* Close `fd`, which is not the caller's any more, of a pipe or a socket that others share; a
 * socket's SO_LINGER is of no account. */
void helpers_let_go(struct helpers *set, int fd, const struct holder *whose);

#endif
