/* conf/address.h -- the service field's address and name; addresses to listeners */
#ifndef DOORWARD_CONF_ADDRESS_H
#define DOORWARD_CONF_ADDRESS_H

#include "conf/draft.h"

/* One socket to be. */
struct conf_spot {
    struct addr at;
    enum family_mode mode;
    enum proto proto;
    int socktype;
    bool soft;
    const char *path; /* of a unix socket, else NULL */
    const char *name; /* what its handler finds it by; NULL: the service's word */
    size_t endpoint;  /* which of the key listen's */
};
struct conf_spots {
    struct conf_spot *at;
    size_t count, room;
};

/* NULL, told with a suggestion: unknown. */
const struct proto_word *conf_proto_find(struct conf *c, const struct word *w);

/* `[address:]service`, `/path` or `:user:group:mode:/path` into the draft. False: told. */
bool conf_split_service(struct conf *c, struct draft *d, const struct word *w);
/* The addresses of a line "a,b:" of its own, from its `len` first bytes, as the scope's default;
 * "*" resets it. False: told. */
bool conf_default_address(struct conf *c, struct draft *scope, const struct word *w, size_t len);

/* What sockets of one port are to be. */
struct conf_wish {
    const struct proto_word *proto;
    int socktype;
    uint16_t port;
    bool one;         /* plain tcp or udp is one socket for both families, too */
    const char *name; /* of struct conf_spot */
    size_t endpoint;  /* likewise */
};

/* Every socket that the entry's, or the default's, addresses ask for. False: told, or d->broken by
 * a default that was told of before. */
bool conf_spots(struct conf *c, struct draft *d, const struct conf_wish *wish,
                struct conf_spots *spots);
/* The same for one address, NULL: the default's. What does not fit a default is told at `port`. */
bool conf_spots_at(struct conf *c, struct draft *d, const struct conf_wish *wish,
                   const struct word *address, const struct word *port, struct conf_spots *spots);
/* One more, unless it is there. False: out of memory, told. */
bool conf_spot_add(struct conf *c, struct conf_spots *spots, const struct conf_spot *spot);
/* Has `*` or another socket for all addresses this one, too? */
bool conf_spot_covered(const struct conf_spots *spots, const struct conf_spot *spot);
/* Is the path short enough for a socket? False: told. */
bool conf_path_fits(struct conf *c, const struct word *path);
/* Forget the last host name. */
void conf_forget_host(struct conf *c);

#endif
