/* conf/dialect.h -- classic lines of systems whose inetd.conf has words of its own. Part of
 * conf. */
#ifndef DOORWARD_CONF_DIALECT_H
#define DOORWARD_CONF_DIALECT_H

#include "conf/draft.h"

/*
 * What the words of a whole line say in another system's way: taken where it says the same as one
 * of ours, else an error that names the system and what to write. False: told. */
bool conf_dialect(struct conf *c, struct draft *d);

/* The protocol's second word, as in Solaris' rpc/tcp,udp: into d->also. False: told. */
bool conf_second_protocol(struct conf *c, struct draft *d, const struct word *w);

/* ` write "/bin/busybox tftpd"` or the like behind a program that is no path; "" where nothing of
 * that name is found. In `out`. */
const char *conf_find_program(struct conf *c, const char *name, char *out, size_t size);

#endif
