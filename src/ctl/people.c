/* ctl/people.c -- who is connected, who goes, who is kept out */
#include "config.h"

#include "ctl/people.h"

#include <stdlib.h>
#include <string.h>

const struct ctl_column ctl_handler_columns[CTL_HANDLER_COLUMNS] = {
    {"SERVICE", "service", "-", CTL_TEXT}, {"PROTO", "protocol", "-", CTL_TEXT},
    {NULL, "address", "-", CTL_TEXT},      {"PEER", "peer", "-", CTL_TEXT},
    {"PID", "pid", "-", CTL_COUNT},        {"AGE", "age", "starts", CTL_SPAN},
};

static const struct ctl_column ban_columns[] = {
    {"PEER", "peer", "-", CTL_TEXT},
    {"SERVICE", "service", "all", CTL_TEXT},
    {"LEFT", "left", "for good", CTL_SPAN},
    {"REFUSED", "refused", "-", CTL_COUNT},
};

enum { BAN_COLUMNS = sizeof ban_columns / sizeof ban_columns[0] };

/* --- rows ------------------------------------------------------------------------------------- */

int ctl_handlers_compare(const struct ctl_row *row, const struct ctl_row *other)
{
    int order = 0;
    for (size_t i = 0; i < CTL_HANDLER_OWN && !order; i++)
        order = strcmp(ctl_row_get(row, ctl_handler_columns[i].key),
                       ctl_row_get(other, ctl_handler_columns[i].key));
    return order;
}

/* The oldest first. */
static int by_age(const void *a, const void *b)
{
    int order = ctl_handlers_compare(a, b);
    double left = strtod(ctl_row_get(a, "age"), NULL), right = strtod(ctl_row_get(b, "age"), NULL);
    return order ? order : left > right ? -1 : left < right;
}

static int read_handlers(const char *socket, const char *request, struct ctl_rows *rows)
{
    int status = ctl_rows_ask(socket, request, "client", rows);
    if (rows->count)
        qsort(rows->at, rows->count, sizeof *rows->at, by_age);
    return status;
}

int ctl_handlers_read(const char *socket, const char *service, struct ctl_rows *rows)
{
    char request[1024];
    if (text_fits(request, sizeof request, "clients%s%s", service ? " " : "",
                  service ? service : ""))
        return read_handlers(socket, request, rows);
    *rows = (struct ctl_rows){.at = NULL};
    (void)text_fits(rows->why, sizeof rows->why, "a name is too long"); /* it does */
    return EXIT_FAILURE;
}

/* What was asked for, and the rows' end. */
static int show(struct ctl_rows *rows, int status, const char *name,
                const struct ctl_column *columns, size_t count, bool json)
{
    if (json && status == 0)
        ctl_grid_json(rows, name, columns, count, stdout);
    else if (rows->count) /* who was met before it failed, too */
        ctl_grid_print(rows, columns, count, stdout);
    if (status != 0)
        ctl_complain("%s", rows->why);
    ctl_rows_free(rows);
    return status;
}

/* --- commands --------------------------------------------------------------------------------- */

int ctl_clients(const char *socket, const char *service, bool json)
{
    struct ctl_rows rows;
    int status = ctl_handlers_read(socket, service, &rows);
    if (status == 0 && !rows.count && !json)
        (void)puts("nobody is connected"); /* main looks at stdout in the end */
    return show(&rows, status, "clients", ctl_handler_columns, CTL_HANDLER_COLUMNS, json);
}

int ctl_bans(const char *socket, bool json)
{
    struct ctl_rows rows;
    int status = ctl_rows_ask(socket, "bans", "ban", &rows);
    if (status == 0 && !rows.count && !json)
        (void)puts("nobody is banned");
    return show(&rows, status, "bans", ban_columns, BAN_COLUMNS, json);
}

int ctl_kick(const char *socket, const char *request, bool json)
{
    struct ctl_rows rows;
    int status = read_handlers(socket, request, &rows);
    return show(&rows, status, "kicked", ctl_handler_columns, CTL_HANDLER_COLUMNS, json);
}

int ctl_ban(const char *socket, const char *request)
{
    struct ctl_rows rows;
    int status = read_handlers(socket, request, &rows);
    return show(&rows, status, "kicked", ctl_handler_columns, CTL_HANDLER_COLUMNS, false);
}
