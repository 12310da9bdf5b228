/* ctl/people.h -- who is connected, who goes, who is kept out */
#ifndef DOORWARD_CTL_PEOPLE_H
#define DOORWARD_CTL_PEOPLE_H

#include "ctl/grid.h"

/* The columns of a handler: service, protocol, address, peer, pid, age. */
enum { CTL_HANDLER_COLUMNS = 6, CTL_HANDLER_OWN = 3 /* the first that is of the handler's own */ };
extern const struct ctl_column ctl_handler_columns[CTL_HANDLER_COLUMNS];

/* The handlers of `service`, or all where it is NULL, by service and by age. ctl_ask()'s result;
 * the rows are the caller's to free. */
int ctl_handlers_read(const char *socket, const char *service, struct ctl_rows *rows);
/* Their order by service, protocol and address alone: <0, 0, >0. `row` may be a service's. */
int ctl_handlers_compare(const struct ctl_row *row, const struct ctl_row *other);

/* Each asks the daemon behind `socket` and prints to stdout; what fails is told on stderr. The exit
 * status. `request` is what is sent: "kick 192.0.2.1", "ban --kick 192.0.2.1 10m echo". */
int ctl_clients(const char *socket, const char *service, bool json);
int ctl_bans(const char *socket, bool json);
int ctl_kick(const char *socket, const char *request, bool json);
int ctl_ban(const char *socket, const char *request);

#endif
