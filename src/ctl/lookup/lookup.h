/*
 * ctl/lookup/lookup.h -- what this system's tables say of a word.
 *
 * This folder: lookup, which asks the system as a load would, here and not in the daemon. */
#ifndef DOORWARD_CTL_LOOKUP_LOOKUP_H
#define DOORWARD_CTL_LOOKUP_LOOKUP_H

/* Print to stdout what `word` is: a service, a port, a protocol, an RPC program, a host or an
 * address, what an entry would open for it, and who serves it, if the daemon behind `socket` (NULL:
 * there is no place to ask) says so. `word` NULL: all services that the system names. The exit
 * status: 0, or 1 where it is nothing. */
int ctl_lookup(const char *socket, const char *word);

#endif
