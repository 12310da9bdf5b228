/* ctl/status.c -- the state of the services: ask, take apart, print for people or machines */
#include "config.h"

#include "ctl/status.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { SILENCE_S = 30 };

/* --- a line to fields ---------------------------------------------------------------------------
 */

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The escape behind a backslash at `*from`, which moves past it. */
static char unescape(char **from)
{
    static const char names[] = "nrt", bytes[] = "\n\r\t";
    char *at = *from;
    const char *known = *at ? strchr(names, *at) : NULL;
    int high = -1, low = -1;
    if (*at == 'x' && (high = hex(at[1])) >= 0 && (low = hex(at[2])) >= 0) {
        *from = at + 3;
        return (char)(high * 16 + low);
    }
    *from = *at ? at + 1 : at;
    return known ? bytes[known - names] : *at;
}

/* Decode the value at `from` in its place; returns what follows it. */
static char *take_value(char *from)
{
    char *to = from;
    bool quoted = *from == '"';
    from += quoted;
    while (*from && *from != (quoted ? '"' : ' ')) {
        char c = *from++;
        *to++ = quoted && c == '\\' ? unescape(&from) : c;
    }
    from += *from != '\0'; /* the quote, or the blank that `to` is about to overwrite */
    *to = '\0';
    return from;
}

bool ctl_row_parse(struct ctl_row *row, const char *line)
{
    static const char head[] = "state ";
    *row = (struct ctl_row){.text = NULL};
    if (strncmp(line, head, sizeof head - 1) != 0)
        return false;
    row->text = ctl_copy(line, strlen(line));
    char *at = row->text + sizeof head - 1;
    while (*at && row->count < CTL_FIELDS) {
        at += strspn(at, " ");
        char *value = strchr(at, '=');
        if (!value)
            break;
        *value++ = '\0';
        row->fields[row->count].key = at;
        row->fields[row->count++].value = value;
        at = take_value(value);
    }
    return true;
}

const char *ctl_row_get(const struct ctl_row *row, const char *key)
{
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->fields[i].key, key) == 0)
            return row->fields[i].value;
    return "";
}

void ctl_row_reasons(const struct ctl_row *row, size_t *first, size_t *end)
{
    size_t i = 0;
    while (i < row->count && strcmp(row->fields[i].key, "rejected") != 0)
        i++;
    *first = i < row->count ? i + 1 : i;
    for (i = *first; i < row->count && strncmp(row->fields[i].key, "last_", 5) != 0;)
        i++;
    *end = i;
}

/* --- all of them --------------------------------------------------------------------------------
 */

static void add_row(void *arg, const char *line)
{
    struct ctl_rows *rows = arg;
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 64;
        rows->at = ctl_grow(rows->at, rows->room * sizeof *rows->at);
    }
    if (ctl_row_parse(&rows->at[rows->count], line))
        rows->count++;
}

int ctl_rows_read(const char *socket, struct ctl_rows *rows)
{
    *rows = (struct ctl_rows){.at = NULL};
    bool quiet = ctl_be_quiet(true);
    int status = ctl_ask(socket, "status", SILENCE_S, add_row, rows);
    (void)ctl_be_quiet(quiet);
    if (status == 0 || (quiet && status == EX_UNAVAILABLE))
        return status;
    /* A reload came in between; or it fails again, and is told. */
    ctl_rows_free(rows);
    return ctl_ask(socket, "status", SILENCE_S, add_row, rows);
}

void ctl_rows_free(struct ctl_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->at[i].text);
    free(rows->at);
    *rows = (struct ctl_rows){.at = NULL};
}

int ctl_status(const char *socket, enum ctl_form form)
{
    struct ctl_rows rows;
    if (form == CTL_WATCH)
        return ctl_watch(socket);
    int status = ctl_rows_read(socket, &rows);
    struct ctl_look look = ctl_terminal();
    look.height = 0; /* it may scroll */
    if (status == 0 && form == CTL_JSON)
        ctl_json_print(&rows, stdout);
    else if (status == 0)
        ctl_table_print(&rows, &look, stdout);
    ctl_rows_free(&rows);
    return status;
}
