/* handler/account.h -- how many bytes went over a handler's connection */
#ifndef DOORWARD_HANDLER_ACCOUNT_H
#define DOORWARD_HANDLER_ACCOUNT_H

#include "base/state.h"
#include "os/helper.h"

/*
 * A copy of the connection is kept until the handler has ended; then a helper asks the kernel,
 * which takes the connection's lock for it. Whoever holds that lock for long is not waited for. */
struct account;

struct traffic {
    bool known;       /* the kernel has said it */
    uint64_t in, out; /* bytes: from the client, to him */
};

/* Copy `fd`. NULL with errno. */
struct account *account_new(struct loop *loop, struct helpers *helpers, const struct holder *whose,
                            int fd);
/* It could not be started; or, `ran`, nobody wants to know. NULL is nothing. */
void account_discard(struct account *a, bool ran);
/* The handler has ended: `done(arg, t)` within a second, or at once. `a` is used up. */
void account_ask(struct account *a, void (*done)(void *arg, const struct traffic *t), void *arg);
/* The daemon ends: what is not known by now is not waited for. */
void accounts_end(void);

/* To the next doorward, and from the last: NULL where there is none, or *r->bad. */
void account_save(const struct account *a, struct state_out *o);
struct account *account_restore(struct loop *loop, struct helpers *helpers, const void *service,
                                struct state_in *r);

#endif
