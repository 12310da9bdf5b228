/* service/ident.h -- the builtin ident: who has a connection? RFC 1413 */
#ifndef DOORWARD_SERVICE_IDENT_H
#define DOORWARD_SERVICE_IDENT_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before any child: the secret behind the tokens. Without it users are hidden. */
void ident_start(void);

/* What `ident`, `ident-token` and `ident-user` do with a connection. */
void ident_hidden(int fd);
void ident_token(int fd);
void ident_user(int fd);

/* The two ports of a query, digits as they were sent. False: it is none. `*good`: both can be
 * ports. */
struct ident_query {
    char ours[12], theirs[12];
    unsigned local, remote;
};
bool ident_read(const char *line, struct ident_query *q, bool *good);

#endif
