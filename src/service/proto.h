/* service/proto.h -- protocols and socket types by their words: one table each */
#ifndef DOORWARD_SERVICE_PROTO_H
#define DOORWARD_SERVICE_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum proto { PROTO_TCP, PROTO_UDP, PROTO_UNIX, PROTO_TCPMUX /* no socket of its own */, PROTOS };

/* Which families a listener's socket takes. */
enum family_mode { MODE_V4, MODE_V6ONLY, MODE_DUAL, MODE_UNIX };

/* A word of the protocol field. */
struct proto_word {
    const char *name;
    enum proto proto;
    bool v4, v6; /* the families it takes */
    bool dual;   /* both in one socket */
    bool rpc;
};
/* NULL after the last. */
const struct proto_word *proto_word_at(size_t i);
/* The word for such sockets; of several the shortest. */
const char *proto_word_name(enum proto proto, bool v4, bool v6, bool dual, bool rpc);

/* "tcp", "udp" for getservbyname(3), "unix". */
const char *proto_base(enum proto proto);
/* The socket type where none is given. */
int proto_socktype(enum proto proto);

struct socktype {
    const char *name;
    int type;      /* SOCK_STREAM, ... */
    unsigned fits; /* a bit for each enum proto */
};
/* Those that are known, if only to be refused; NULL after the last. */
const struct socktype *socktype_at(size_t i);
const char *socktype_name(int type);

#endif
