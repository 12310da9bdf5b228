/* conf/name.h -- names to numbers: ports, RPC programs, users */
#ifndef DOORWARD_CONF_NAME_H
#define DOORWARD_CONF_NAME_H

#include "conf/address.h"

/* getservbyname(3)'s answer. */
struct conf_port {
    uint16_t port;
    char name[32]; /* the canonical name; "" where none is known */
};

/* The port of the service `w`, a name or a number, for a protocol's base. False: told. */
bool conf_port_find(struct conf *c, const struct word *w, const char *base,
                    struct conf_port *found);
/* The canonical name of the port of the service `w`; "" where none is known. False: told. */
bool conf_port_name(struct conf *c, const struct word *w, const char *base, struct conf_port *port);

/* RPC's program and versions of NAME/LO[-HI]. False: told. */
struct conf_rpc {
    uint32_t program;
    uint16_t lo, hi;
};
bool conf_rpc_find(struct conf *c, struct draft *d, struct conf_rpc *found);

/* Whom the entry's handlers run as; `needed`: they are processes. NULL: told. */
struct priv *conf_user_find(struct conf *c, struct draft *d, bool needed);
/* The owner of its unix socket into d->set. False: told. */
bool conf_unix_owner(struct conf *c, struct draft *d);

/* Forget the last users. */
void conf_forget_users(struct conf *c);

#endif
