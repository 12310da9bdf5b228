/* daemon/try_socket.h -- a socket as a handler gets it, and the client's end of it */
#ifndef DOORWARD_DAEMON_TRY_SOCKET_H
#define DOORWARD_DAEMON_TRY_SOCKET_H

#include "base/text.h"
#include "service/service.h"

struct try_socket {
    int client, handler;
    struct addr peer, local; /* unmapped; AF_UNSPEC where the handler is told of none */
    bool stream;             /* it has an end */
    int all[ENTRY_SOCKETS];  /* of an entry with several, in their order; the first is `handler` */
    size_t count;
};

/* On loopback, or of a path that nobody else knows, such as `s` would have. False with errno. */
bool try_socket_open(struct try_socket *t, const struct service *s);
/* Where others find the one at `i` of `all`, as "tcp 127.0.0.1:40123" or a path. */
void try_socket_name(const struct try_socket *t, size_t i, struct text *out);

#endif
