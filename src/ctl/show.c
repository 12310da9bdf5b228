/* ctl/show.c -- all about a service, with a label on each line */
#include "config.h"

#include "ctl/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ask.h"
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
    put("last exit", *last ? last : "none yet");
    put("last error", *error ? error : "none");
}

/* The daemon sends pairs: the line of doorward -t, and the state; anything else is shown as it
 * is. */
struct shown {
    char *settings; /* the first of a pair; NULL: there was none */
    bool any;
};

static void take_line(void *arg, const char *text)
{
    struct shown *s = arg;
    struct ctl_row row;
    if (ctl_row_parse(&row, text)) {
        (void)printf("%s", s->any ? "\n" : "");
        ctl_put_harmless(stdout, ctl_row_get(&row, "service"));
        (void)putchar('\n');
        if (s->settings)
            put("settings", s->settings);
        put_row(&row);
        free(row.text);
        free(s->settings);
        s->settings = NULL;
        s->any = true;
        return;
    }
    if (s->settings) {
        ctl_put_harmless(stdout, s->settings);
        (void)putchar('\n');
    }
    free(s->settings);
    s->settings = ctl_copy(text, strlen(text));
}

static int show_one(const char *socket, const char *service, struct shown *s)
{
    struct ctl_answer answer = {.line = take_line, .arg = s};
    char request[1024];
    if (!text_fits(request, sizeof request, "show %s", service)) {
        ctl_complain("a name is too long");
        return EXIT_FAILURE;
    }
    int status = ctl_ask(socket, request, SILENCE_S, &answer);
    if (s->settings) { /* "and N more" */
        ctl_put_harmless(stdout, s->settings);
        (void)putchar('\n');
    }
    free(s->settings);
    s->settings = NULL;
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

int ctl_show(const char *socket, const char *service)
{
    struct shown s = {.any = false};
    struct ctl_rows rows;
    if (service)
        return show_one(socket, service, &s);
    int status = ctl_rows_read(socket, &rows);
    if (status != 0)
        ctl_complain("%s", rows.why);
    for (size_t i = 0; status == 0 && i < rows.count; i++)
        if (is_first(&rows, i))
            status = show_one(socket, ctl_row_get(&rows.at[i], "service"), &s);
    ctl_rows_free(&rows);
    return status;
}
