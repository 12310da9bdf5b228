/* conf/plan.h -- what an entry comes to while it is checked. Private to check.c, listen.c, look.c
 * and program.c. */
#ifndef DOORWARD_CONF_PLAN_H
#define DOORWARD_CONF_PLAN_H

#include "conf/name.h"

/* What a draft comes to. */
struct plan {
    struct conf *c;
    struct draft *d;
    const struct proto_word *proto;
    const struct socktype *type; /* as given; NULL: it was not */
    int socktype;                /* of several sockets the first one's; the kind, too */
    enum proto kind;             /* proto->proto, or PROTO_TCPMUX */
    bool mux_plus;
    struct conf_port port;
    struct conf_rpc rpc;
    struct conf_spots spots;
    const struct builtin *builtin;
    size_t missing; /* errors that say no more than that a layer of its cage is missing */
};

/* The entry's endpoints, where the key `listen` has them, into p->spots. False: told. */
bool plan_listen(struct plan *p);
/* How its handler gets its sockets, once the rest is known. False: told. */
bool plan_handoff(struct plan *p);
/* The program or the builtin. False: an error, told. */
bool plan_program(struct plan *p);
/* Look at its program, its folders and its unix socket's as far as they are known. What is wrong
 * with them is a warning. `who` may be NULL. */
void plan_look(struct plan *p, const struct priv *who);

#endif
