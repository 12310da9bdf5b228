/* ctl/status.c -- the state of the services: ask, print for people or machines */
#include "config.h"

#include "ctl/status.h"

#include "ctl/json.h"
#include "ctl/rows.h"
#include "ctl/table.h"
#include "ctl/watch.h"

int ctl_status(const char *socket, enum ctl_form form)
{
    struct ctl_rows rows;
    if (form == CTL_WATCH)
        return ctl_watch(socket);
    int status = ctl_rows_read(socket, &rows);
    struct ctl_look look = ctl_terminal();
    look.height = 0; /* it may scroll */
    if (status != 0)
        ctl_complain("%s", rows.why);
    else if (form == CTL_JSON)
        ctl_json_print(&rows, stdout);
    else
        ctl_table_print(&rows, &look, stdout);
    ctl_rows_free(&rows);
    return status;
}
