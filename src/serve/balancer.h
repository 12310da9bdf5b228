/* serve/balancer.h -- a client who may come through a balancer: who is it that is served? */
#ifndef DOORWARD_SERVE_BALANCER_H
#define DOORWARD_SERVE_BALANCER_H

#include "admit/admit.h"
#include "base/state.h"
#include "handler/starters.h"

/*
 * A client of a nowait stream service: what `*client` has is not the caller's any more. Who is none
 * of the entry's balancers (key `proxy`) is served as he is. From a balancer a PROXY header has to
 * come first: it is read in the loop without waiting, and not one byte behind it; meanwhile he has
 * a place among the handlers. Then the client whom it names is served. */
void balancer_client(struct master *m, const struct start *client);

/* Those whose header is not complete, for an upgrade. */
void balancer_save(struct state_out *o);
void balancer_restore(struct master *m, struct state_in *records);

/* The service goes, or is another now: close what is still being read. */
void balancer_forget(const struct service *s);

#endif
