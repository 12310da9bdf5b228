/* ctl/show.c -- all about a service, with a label on each line */
#include "config.h"

#include "ctl/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ask.h"
#include "ctl/json.h"
#include "ctl/people.h"
#include "ctl/rows.h"
#include "ctl/terminal.h"

enum { SILENCE_S = 30 };

static void put(const char *label, const char *value)
{
    (void)printf("  %-11s ", label); /* main looks at stdout in the end; so for all here */
    ctl_put_harmless(stdout, value);
    (void)putchar('\n');
}

/* "4 (access 1, source_max 3)" */
static void put_rejected(const struct ctl_row *row)
{
    char line[512];
    struct text t;
    const struct ctl_field *reason;
    text_init(&t, line, sizeof line);
    text_add(&t, "%s", ctl_row_get(row, "rejected"));
    for (size_t i = 0; (reason = ctl_row_reason(row, i)); i++)
        text_add(&t, "%s%s %s", i ? ", " : " (", reason->key, reason->value);
    text_add(&t, "%s", ctl_row_reason(row, 0) ? ")" : "");
    put("rejected", line);
}

/* "status=1, 3m20s ago" */
static void put_last(const struct ctl_row *row, const char *label, const char *what,
                     const char *age)
{
    char line[512];
    struct text t;
    text_init(&t, line, sizeof line);
    text_add(&t, "%s", what);
    ctl_row_ago(row, age, ", ", "", &t);
    put(label, line);
}

static void put_row(const struct ctl_row *row)
{
    static const struct {
        const char *key, *label;
    } plain[] = {{"reason", "because"}, {"running", "running"}, {"started", "started"}};
    const char *last = ctl_row_get(row, "last_exit"), *error = ctl_row_get(row, "last_error");
    put("protocol", ctl_row_get(row, "protocol"));
    put("address", ctl_row_get(row, "address"));
    put("state", ctl_row_get(row, "state"));
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (*ctl_row_get(row, plain[i].key))
            put(plain[i].label, ctl_row_get(row, plain[i].key));
    put_rejected(row);
    put_last(row, "last exit", *last ? last : "none yet", "exit_age");
    put_last(row, "last error", *error ? error : "none", "error_age");
}

/* The daemon sends pairs: the line of doorward -t, and the state; anything else is shown as it
 * is. */
struct shown {
    struct ctl_rows rows;
    char **settings;          /* of each row; NULL: there was none */
    char *line;               /* the first of a pair, or what is none */
    struct ctl_rows handlers; /* by service, protocol and address */
};

static void flush_line(struct shown *s)
{
    if (s->line) {
        ctl_put_harmless(stdout, s->line);
        (void)putchar('\n');
    }
    free(s->line);
    s->line = NULL;
}

static void take_line(void *arg, const char *text)
{
    struct shown *s = arg;
    struct ctl_row row;
    if (!ctl_row_parse(&row, "state", text)) {
        flush_line(s);
        s->line = ctl_copy(text, strlen(text));
        return;
    }
    if (s->rows.count == s->rows.room) {
        s->rows.room = s->rows.room ? s->rows.room * 2 : 16;
        s->rows.at = ctl_grow(s->rows.at, s->rows.room * sizeof *s->rows.at);
        s->settings = ctl_grow(s->settings, s->rows.room * sizeof *s->settings);
    }
    s->rows.at[s->rows.count] = row;
    s->settings[s->rows.count++] = s->line;
    s->line = NULL;
}

static void free_shown(struct shown *s)
{
    for (size_t i = 0; i < s->rows.count; i++)
        free(s->settings[i]);
    free(s->settings);
    ctl_rows_free(&s->rows);
    ctl_rows_free(&s->handlers);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int ask_one(const char *socket, const char *service, struct shown *s)
{
    struct ctl_answer answer = {.line = take_line, .arg = s};
    char request[1024];
    if (!text_fits(request, sizeof request, "show %s", service)) {
        ctl_complain("a name is too long");
        return EXIT_FAILURE;
    }
    int status = ctl_ask(socket, request, SILENCE_S, &answer);
    flush_line(s); /* "and N more" */
    if (status != 0)
        ctl_complain("%s", answer.why);
    return status;
}

/* An answer has all services of one name: it is asked for once. */
static bool is_first(const struct ctl_rows *rows, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(ctl_row_get(&rows->at[j], "service"), ctl_row_get(&rows->at[i], "service")) == 0)
            return false;
    return true;
}

/* All, or `service`; and what is no service's, for JSON. */
static int ask_all(const char *socket, const char *service, struct shown *s)
{
    struct ctl_rows rows;
    int status = ctl_rows_read(socket, &rows);
    if (status != 0)
        ctl_complain("%s", rows.why);
    for (size_t i = 0; status == 0 && !service && i < rows.count; i++)
        if (is_first(&rows, i))
            status = ask_one(socket, ctl_row_get(&rows.at[i], "service"), s);
    if (status == 0 && service)
        status = ask_one(socket, service, s);
    s->rows.bans = rows.bans;
    s->rows.load = rows.load; /* with its text */
    rows.load = (struct ctl_row){.text = NULL};
    ctl_rows_free(&rows);
    return status;
}

static int ask_handlers(const char *socket, const char *service, struct shown *s)
{
    int status = ctl_handlers_read(socket, service, &s->handlers);
    if (status != 0)
        ctl_complain("%s", s->handlers.why);
    return status;
}

/* --- printing --------------------------------------------------------------------------------- */

/* The first of the handlers that does not come before those of the row. */
static size_t first_handler(const struct shown *s, const struct ctl_row *row)
{
    size_t low = 0, high = s->handlers.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ctl_handlers_compare(&s->handlers.at[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_handler_of(const struct shown *s, size_t at, const struct ctl_row *row)
{
    return at < s->handlers.count && ctl_handlers_compare(&s->handlers.at[at], row) == 0;
}

/* "pid 77, 192.0.2.1:4711, 3m20s" */
static void put_handler(const struct ctl_row *handler)
{
    static const char *const words[] = {"", ", pid ", ", "};
    char line[512];
    struct text t;
    text_init(&t, line, sizeof line);
    for (size_t c = CTL_HANDLER_OWN; c < CTL_HANDLER_COLUMNS; c++) {
        text_add(&t, "%s", words[c - CTL_HANDLER_OWN]);
        ctl_grid_cell(handler, &ctl_handler_columns[c], &t);
    }
    put("handler", line);
}

static void print(const struct shown *s)
{
    for (size_t i = 0; i < s->rows.count; i++) {
        const struct ctl_row *row = &s->rows.at[i];
        (void)printf("%s", i ? "\n" : "");
        ctl_put_harmless(stdout, ctl_row_get(row, "service"));
        (void)putchar('\n');
        if (s->settings[i])
            put("settings", s->settings[i]);
        put_row(row);
        for (size_t j = first_handler(s, row); is_handler_of(s, j, row); j++)
            put_handler(&s->handlers.at[j]);
    }
}

static void more_json(void *arg, size_t i, FILE *out)
{
    const struct shown *s = arg;
    const struct ctl_row *row = &s->rows.at[i];
    const char *settings = s->settings[i];
    (void)fputs(",\"settings\":", out);
    if (settings)
        ctl_json_string(out, settings, strlen(settings));
    else
        (void)fputs("null", out);
    (void)fputs(",\"handlers\":[", out);
    size_t first = first_handler(s, row);
    for (size_t j = first; is_handler_of(s, j, row); j++) {
        (void)fputs(j > first ? "," : "", out);
        ctl_grid_object(&s->handlers.at[j], ctl_handler_columns + CTL_HANDLER_OWN,
                        CTL_HANDLER_COLUMNS - CTL_HANDLER_OWN, out);
    }
    (void)fputc(']', out);
}

int ctl_show(const char *socket, const char *service, bool json)
{
    struct shown s = {.line = NULL};
    int status = service && !json ? ask_one(socket, service, &s) : ask_all(socket, service, &s);
    if (status == 0)
        status = ask_handlers(socket, service, &s);
    if (status == 0 && json)
        ctl_json_print(&s.rows, more_json, &s, stdout);
    else if (s.rows.count)
        print(&s);
    free_shown(&s);
    return status;
}
