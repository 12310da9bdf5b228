/* conf/address.h -- the service field's address and name; addresses to listeners */
#ifndef DOORWARD_CONF_ADDRESS_H
#define DOORWARD_CONF_ADDRESS_H

#include "conf/draft.h"

/* One socket to be. */
struct conf_spot {
    struct addr at;
    enum family_mode mode;
    bool soft;
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

/* Every socket that the entry's, or the default's, addresses ask for. False: told, or d->broken by
 * a default that was told of before. */
bool conf_spots(struct conf *c, struct draft *d, const struct proto_word *proto, uint16_t port,
                struct conf_spots *spots);
/* Forget the last host name. */
void conf_forget_host(struct conf *c);

#endif
