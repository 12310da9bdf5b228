/* ctl/rows.c -- the daemon's answer to "status", as rows */
#include "config.h"

#include "ctl/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/naming.h"
#include "base/value.h"
#include "ctl/ask.h"
#include "ctl/terminal.h"

enum { SILENCE_S = 30 };

/* --- a line to fields ------------------------------------------------------------------------- */

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

bool ctl_row_parse(struct ctl_row *row, const char *head, const char *line)
{
    size_t len = strlen(head);
    *row = (struct ctl_row){.text = NULL};
    if (strncmp(line, head, len) != 0 || line[len] != ' ')
        return false;
    row->text = ctl_copy(line, strlen(line));
    char *at = row->text + len;
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

const struct ctl_field *ctl_row_reason(const struct ctl_row *row, size_t n)
{
    static const char *const reasons[] = {"accept", "rate",   "source_max",   "ip_max",
                                          "ban",    "access", "hosts_access", "proxy",
                                          "probe",  "port",   "gate",         "queued"};
    for (size_t i = 0; i < row->count; i++)
        for (size_t r = 0; r < sizeof reasons / sizeof reasons[0]; r++)
            if (strcmp(row->fields[i].key, reasons[r]) == 0 && n-- == 0)
                return &row->fields[i];
    return NULL;
}

/* "12" or "12.345": what is none stays as it is. */
bool ctl_seconds(const char *text, uint64_t *ns)
{
    char whole[24];
    size_t len = strcspn(text, ".");
    const char *part = text + len;
    uint64_t n, ms = 0;
    if (!text_fits(whole, sizeof whole, "%.*s", (int)len, text) ||
        value_number(whole, 0, UINT64_MAX / NS_PER_S - 1, &n) != VALUE_GOOD)
        return false;
    if (*part && (strlen(part + 1) != 3 || value_number(part + 1, 0, 999, &ms) != VALUE_GOOD))
        return false;
    *ns = n * NS_PER_S + ms * NS_PER_MS;
    return true;
}

void ctl_row_ago(const struct ctl_row *row, const char *key, const char *before, const char *after,
                 struct text *t)
{
    uint64_t ns;
    if (!ctl_seconds(ctl_row_get(row, key), &ns))
        return;
    text_add(t, "%s", before);
    text_span(t, ns - ns % NS_PER_S);
    text_add(t, " ago%s", after);
}

enum ctl_mood ctl_row_mood(const struct ctl_row *row)
{
    static const struct {
        const char *state;
        enum ctl_mood mood;
    } states[] = {{"listening", CTL_FINE}, {"waiting", CTL_FINE}, {"full", CTL_HELD},
                  {"rate", CTL_HELD},      {"fault", CTL_BROKEN}, {"paused", CTL_HELD},
                  {"draining", CTL_HELD},  {"down", CTL_BROKEN},  {"closed", CTL_BROKEN},
                  {"removed", CTL_STRANGE}};
    const char *state = ctl_row_get(row, "state");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].mood;
    return CTL_STRANGE;
}

/* How well `word` names it, by one of its addresses. */
static enum naming_fit judge(const struct ctl_row *row, const char *word)
{
    struct naming of = {.name = ctl_row_get(row, "service"),
                        .protocol = ctl_row_get(row, "protocol")};
    char *all = ctl_copy(ctl_row_get(row, "address"), strlen(ctl_row_get(row, "address"))), *rest;
    bool path = strcmp(of.protocol, "unix") == 0;
    enum naming_fit best = NAMING_OTHER;
    for (char *at = path ? all : strtok_r(all, " ", &rest); at;
         at = path ? NULL : strtok_r(NULL, " ", &rest)) {
        struct naming one = of;
        char *colon = strchr(at, ':');
        one.address = at;
        if (*at >= 'a' && *at <= 'z' && colon) { /* of several protocols it says its own */
            *colon = '\0';
            one = (struct naming){.name = of.name, .protocol = at, .address = colon + 1};
        }
        enum naming_fit fit = naming_judge(&one, word);
        best = fit > best ? fit : best;
    }
    free(all);
    return best;
}

/* --- all of them ------------------------------------------------------------------------------ */

bool ctl_rows_add(struct ctl_rows *rows, const char *line)
{
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 64;
        rows->at = ctl_grow(rows->at, rows->room * sizeof *rows->at);
    }
    bool good = ctl_row_parse(&rows->at[rows->count], rows->head, line);
    rows->count += good;
    return good;
}

static void take_line(void *arg, const char *line)
{
    static const char bans[] = "bans count=";
    struct ctl_rows *rows = arg;
    if (ctl_rows_add(rows, line))
        return;
    if (strncmp(line, bans, sizeof bans - 1) == 0) {
        rows->bans = strtoul(line + sizeof bans - 1, NULL, 10); /* whatever it is, it is a number */
        return;
    }
    free(rows->load.text);
    if (ctl_row_parse(&rows->load, "load", line))
        return;
    ctl_put_harmless(stdout, line);
    (void)putchar('\n'); /* main looks at stdout in the end */
}

int ctl_rows_ask(const char *socket, const char *request, const char *head, struct ctl_rows *rows)
{
    struct ctl_answer answer = {.line = take_line, .arg = rows};
    *rows = (struct ctl_rows){.head = head};
    int status = ctl_ask(socket, request, SILENCE_S, &answer);
    (void)text_fits(rows->why, sizeof rows->why, "%s", answer.why); /* of the same size */
    return status;
}

int ctl_rows_read(const char *socket, struct ctl_rows *rows)
{
    int status = ctl_rows_ask(socket, "status", "state", rows);
    if (status != EXIT_FAILURE)
        return status;
    /* The daemon says no where a reload came in between; twice, and it means something else. */
    ctl_rows_free(rows);
    return ctl_rows_ask(socket, "status", "state", rows);
}

bool ctl_rows_pick(struct ctl_rows *rows, const char *word)
{
    size_t kept = 0;
    enum naming_fit best = NAMING_COVERS;
    for (size_t i = 0; i < rows->count && best < NAMING_IS; i++)
        best = judge(&rows->at[i], word) == NAMING_IS ? NAMING_IS : best;
    for (size_t i = 0; i < rows->count; i++) {
        if (judge(&rows->at[i], word) == best)
            rows->at[kept++] = rows->at[i];
        else
            free(rows->at[i].text);
    }
    rows->count = kept;
    return kept > 0;
}

void ctl_rows_free(struct ctl_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->at[i].text);
    free(rows->at);
    free(rows->load.text);
    *rows = (struct ctl_rows){.at = NULL};
}
