/* service/proto.c -- protocols and socket types by their words */
#include "config.h"

#include "service/proto.h"

const struct proto_word *proto_word_at(size_t i)
{
    static const struct proto_word words[] = {
        {"tcp", PROTO_TCP, .v4 = true, .v6 = true},
        {"udp", PROTO_UDP, .v4 = true, .v6 = true},
        {"tcp4", PROTO_TCP, .v4 = true},
        {"udp4", PROTO_UDP, .v4 = true},
        {"tcp6", PROTO_TCP, .v6 = true},
        {"udp6", PROTO_UDP, .v6 = true},
        {"tcp46", PROTO_TCP, .v4 = true, .v6 = true, .dual = true},
        {"udp46", PROTO_UDP, .v4 = true, .v6 = true, .dual = true},
        {"tcp6only", PROTO_TCP, .v6 = true},
        {"udp6only", PROTO_UDP, .v6 = true},
        {"unix", PROTO_UNIX, .v4 = false},
        {"rpc/tcp", PROTO_TCP, .v4 = true, .v6 = true, .rpc = true},
        {"rpc/udp", PROTO_UDP, .v4 = true, .v6 = true, .rpc = true},
        {"rpc/tcp4", PROTO_TCP, .v4 = true, .rpc = true},
        {"rpc/udp4", PROTO_UDP, .v4 = true, .rpc = true},
        {"rpc/tcp6", PROTO_TCP, .v6 = true, .rpc = true},
        {"rpc/udp6", PROTO_UDP, .v6 = true, .rpc = true},
    };
    return i < sizeof words / sizeof *words ? &words[i] : NULL;
}

const char *proto_word_name(enum proto proto, bool v4, bool v6, bool dual, bool rpc)
{
    const struct proto_word *w;
    for (size_t i = 0; (w = proto_word_at(i)); i++)
        if (w->proto == proto && w->v4 == v4 && w->v6 == v6 && w->dual == dual && w->rpc == rpc)
            return w->name;
    return proto_base(proto);
}

const char *proto_base(enum proto proto)
{
    static const char *const bases[PROTOS] = {
        [PROTO_TCP] = "tcp", [PROTO_UDP] = "udp", [PROTO_UNIX] = "unix", [PROTO_TCPMUX] = "tcp"};
    return bases[proto];
}

int proto_socktype(enum proto proto)
{
    return proto == PROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

const struct socktype *socktype_at(size_t i)
{
    static const struct socktype types[] = {
        {"stream", SOCK_STREAM, 1 << PROTO_TCP | 1 << PROTO_UNIX},
        {"dgram", SOCK_DGRAM, 1 << PROTO_UDP | 1 << PROTO_UNIX},
        {"seqpacket", SOCK_SEQPACKET, 1 << PROTO_UNIX},
        {"rdm", SOCK_RDM, 0},
        {"raw", SOCK_RAW, 0},
    };
    return i < sizeof types / sizeof *types ? &types[i] : NULL;
}

const char *socktype_name(int type)
{
    const struct socktype *t;
    for (size_t i = 0; (t = socktype_at(i)); i++)
        if (t->type == type)
            return t->name;
    return "-";
}
