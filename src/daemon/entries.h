/* daemon/entries.h -- --entries: where each entry stands, for doorwardctl, which changes them */
#ifndef DOORWARD_DAEMON_ENTRIES_H
#define DOORWARD_DAEMON_ENTRIES_H

#include "daemon/server.h"

/*
 * Read the configuration as -t does, problems included, and print on stdout a record for each
 * file and each service, off or not, and for each in lines that begin with "#<off>#". A record is
 * ENTRIES_FIELDS strings, each with a NUL behind it:
 *   file, on, off, or commented; "named" if it is what `name` (NULL: nothing) says, else "";
 *   file; line; the first byte in it, and the one behind the last; the byte of a definition's
 *   "on" or "off", or 0; name; protocol; addresses; the line of -t.
 * A record of a file has only the file. The exit status, as that of -t. */
enum { ENTRIES_FIELDS = 11 };
int entries_print(const struct server_options *o, const char *name);

#endif
