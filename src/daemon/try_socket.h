/* daemon/try_socket.h -- a socket as a handler gets it, and the client's end of it */
#ifndef DOORWARD_DAEMON_TRY_SOCKET_H
#define DOORWARD_DAEMON_TRY_SOCKET_H

#include "service/service.h"

struct try_socket {
    int client, handler;
    struct addr peer, local; /* unmapped; AF_UNSPEC where the handler is told of none */
    bool stream;             /* it has an end */
};

/* On loopback, or of a path that nobody else knows, such as `s` would have. False with errno. */
bool try_socket_open(struct try_socket *t, const struct service *s);

#endif
