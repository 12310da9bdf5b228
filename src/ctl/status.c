/* ctl/status.c -- the state of the services: ask, print for people or machines */
#include "config.h"

#include "ctl/status.h"

#include <stdlib.h>

#include "ctl/json.h"
#include "ctl/loaded.h"
#include "ctl/rows.h"
#include "ctl/table.h"
#include "ctl/watch.h"

/* The rows that are asked for; else it is told why there are none. */
static int read_rows(const char *socket, const char *service, struct ctl_rows *rows)
{
    int status = ctl_rows_read(socket, rows);
    if (status != 0)
        ctl_complain("%s", rows->why);
    if (status == 0 && service && !ctl_rows_pick(rows, service)) {
        ctl_complain("no service is named \"%s\"", service);
        status = EXIT_FAILURE;
    }
    return status;
}

/* What is no service's. */
static void print_more(const struct ctl_rows *rows, bool short_of)
{
    char lines[2048];
    struct text t;
    text_init(&t, lines, sizeof lines);
    ctl_loaded_tell(rows, short_of, &t);
    if (rows->bans)
        text_add(&t, "%lu %s in force: doorwardctl bans\n", rows->bans,
                 rows->bans == 1 ? "ban is" : "bans are");
    (void)fputs(lines, stdout); /* main looks at stdout in the end */
}

int ctl_status(const char *socket, enum ctl_form form, const char *service)
{
    struct ctl_rows rows;
    if (form == CTL_WATCH)
        return ctl_watch(socket);
    int status = read_rows(socket, service, &rows);
    struct ctl_look look = ctl_terminal();
    look.height = 0; /* it may scroll */
    if (status == 0 && form == CTL_JSON)
        ctl_json_print(&rows, NULL, NULL, stdout);
    else if (status == 0)
        ctl_table_print(&rows, &look, stdout);
    if (status == 0 && form == CTL_TABLE)
        print_more(&rows, service);
    ctl_rows_free(&rows);
    return status;
}
