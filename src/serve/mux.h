/* serve/mux.h -- tcpmux: read the name of a service, then start that service. RFC 1078 */
#ifndef DOORWARD_SERVE_MUX_H
#define DOORWARD_SERVE_MUX_H

#include "admit/admit.h"
#include "handler/starters.h"

/*
 * A client of a tcpmux service: what `*client` has is not the caller's any more. His line is read
 * in the loop without waiting, at most 10 s; then HELP is answered, or the service he names starts
 * by start_peer() with his connection, so its own limits, access and user apply. What he sent
 * behind the line stays in the socket for it. */
void mux_client(struct master *m, const struct start *client);

/* Those whose line is not complete, for an upgrade; and, after the reload that follows it, their
 * sources. */
void mux_save(struct state_out *o);
void mux_restore(struct master *m, struct state_in *records);
void mux_recount(struct master *m);

/* The tcpmux service goes: close what is still being read. */
void mux_forget(const struct service *s);

#endif
