/* ctl/table.c -- the state of the services as a table for people */
#include "config.h"

#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CELL = 512, GAP = 2 };

/* --- cells ------------------------------------------------------------------------------------ */

/* What others wrote must not reach the terminal as it is. */
static void add_value(struct text *t, const char *value)
{
    text_escape(t, value, strlen(value));
}

static void cell_name(const struct ctl_row *row, struct text *t)
{
    add_value(t, ctl_row_get(row, "service"));
}

static void cell_protocol(const struct ctl_row *row, struct text *t)
{
    add_value(t, ctl_row_get(row, "protocol"));
}

/* All addresses of both families are "*:PORT". */
static void cell_address(const struct ctl_row *row, struct text *t)
{
    static const char v4[] = "0.0.0.0:", v6[] = " [::]:";
    const char *value = ctl_row_get(row, "address");
    size_t len = strcspn(value, " ");
    bool both = strncmp(value, v4, strlen(v4)) == 0 && strncmp(value + len, v6, strlen(v6)) == 0 &&
                strlen(value + len) - strlen(v6) == len - strlen(v4) &&
                strncmp(value + strlen(v4), value + len + strlen(v6), len - strlen(v4)) == 0;
    text_add(t, "%s", both ? "*:" : "");
    add_value(t, both ? value + len + strlen(v6) : value);
}

static void cell_state(const struct ctl_row *row, struct text *t)
{
    const char *why = ctl_row_get(row, "reason");
    add_value(t, ctl_row_get(row, "state"));
    if (*why) {
        text_add(t, " (");
        add_value(t, why);
        text_add(t, ")");
    }
}

static void cell_running(const struct ctl_row *row, struct text *t)
{
    add_value(t, ctl_row_get(row, "running"));
}

static void cell_started(const struct ctl_row *row, struct text *t)
{
    add_value(t, ctl_row_get(row, "started"));
}

/* "12", or with what it was: "12 (access 10, ip_max 2)", "12 access" where there is one reason. */
static void cell_rejected(const struct ctl_row *row, struct text *t)
{
    const struct ctl_field *reason = ctl_row_reason(row, 0);
    add_value(t, ctl_row_get(row, "rejected"));
    if (reason && !ctl_row_reason(row, 1)) {
        text_add(t, " ");
        add_value(t, reason->key);
        return;
    }
    for (size_t i = 0; (reason = ctl_row_reason(row, i)); i++) {
        text_add(t, i ? ", " : " (");
        add_value(t, reason->key);
        text_add(t, " ");
        add_value(t, reason->value);
        text_add(t, ctl_row_reason(row, i + 1) ? "" : ")");
    }
}

static void cell_exit(const struct ctl_row *row, struct text *t)
{
    const char *value = ctl_row_get(row, "last_exit"), *equals = strchr(value, '=');
    if (!equals)
        return;
    text_escape(t, value, (size_t)(equals - value));
    text_add(t, " ");
    add_value(t, equals + 1);
    ctl_row_ago(row, "exit_age", ", ", "", t);
}

static void cell_error(const struct ctl_row *row, struct text *t)
{
    add_value(t, ctl_row_get(row, "last_error"));
    ctl_row_ago(row, "error_age", " (", ")", t);
}

/* Where the width is short, errors get lines of their own; then columns shrink to their floors,
 * front first where the end tells more; then they go, in the order of `goes`, and the rest grows
 * into their place again. */
static const struct column {
    const char *head;
    void (*cell)(const struct ctl_row *row, struct text *t);
    size_t floor;   /* to which it shrinks; 0: it does not */
    unsigned goes;  /* as which one; 0: it stays */
    bool right;     /* digits */
    bool may_hide;  /* while nobody has anything in it */
    bool keeps_end; /* what is cut off is its front */
    bool is_state;
} columns[] = {
    {.head = "SERVICE", .cell = cell_name, .floor = 12, .keeps_end = true},
    {.head = "PROTO", .cell = cell_protocol, .goes = 5},
    {.head = "ADDRESS", .cell = cell_address, .floor = 16, .goes = 1, .keeps_end = true},
    {.head = "STATE", .cell = cell_state, .is_state = true},
    {.head = "RUNNING", .cell = cell_running, .goes = 6, .right = true},
    {.head = "STARTED", .cell = cell_started, .goes = 2, .right = true},
    {.head = "REJECTED", .cell = cell_rejected, .floor = 12, .goes = 4},
    {.head = "LAST EXIT", .cell = cell_exit, .goes = 3, .may_hide = true},
    {.head = "LAST ERROR", .cell = cell_error, .may_hide = true},
};

enum { COLUMNS = sizeof columns / sizeof columns[0], NAME = 0, ADDRESS = 2, ERROR = 8 };

/* --- widths ----------------------------------------------------------------------------------- */

/* How the columns are laid out; 0: it is not shown. */
struct layout {
    size_t widths[COLUMNS];
    bool gone[COLUMNS];
};

/* Without ADDRESS the port stands behind a name. */
static void add_port(const struct ctl_row *row, struct text *t)
{
    const char *value = ctl_row_get(row, "address"), *name = ctl_row_get(row, "service");
    const char *colon = strrchr(value, ':');
    if (*value == '/' || !colon || strcmp(colon + 1, name) == 0 || strchr(name, ':'))
        return;
    add_value(t, colon);
}

static size_t make_cell(const struct ctl_row *row, size_t column, const struct layout *lay,
                        char out[static CELL])
{
    struct text t;
    text_init(&t, out, CELL);
    columns[column].cell(row, &t);
    if (column == NAME && lay->gone[ADDRESS])
        add_port(row, &t);
    return t.len;
}

static void measure(const struct ctl_rows *rows, struct layout *lay)
{
    char cell[CELL];
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t head = strlen(columns[c].head), *width = &lay->widths[c];
        *width = columns[c].may_hide || lay->gone[c] ? 0 : head;
        for (size_t i = 0; !lay->gone[c] && i < rows->count; i++) {
            size_t len = make_cell(&rows->at[i], c, lay, cell);
            if (len > 0 && len < head)
                len = head;
            if (len > *width)
                *width = len;
        }
    }
}

static size_t total(const struct layout *lay)
{
    size_t sum = 0;
    for (size_t c = 0; c < COLUMNS; c++)
        sum += lay->widths[c] ? lay->widths[c] + (c ? GAP : 0) : 0;
    return sum;
}

/* The widest of the columns that shrink gives, until all fit or each is at its floor. */
static bool shrink(struct layout *lay, size_t width)
{
    while (total(lay) > width) {
        size_t widest = COLUMNS;
        for (size_t c = 0; c < COLUMNS; c++)
            if (columns[c].floor && lay->widths[c] > columns[c].floor &&
                (widest == COLUMNS || lay->widths[c] > lay->widths[widest]))
                widest = c;
        if (widest == COLUMNS)
            return false;
        lay->widths[widest]--;
    }
    return true;
}

/* The next column to go that is there. False: the rest stays. */
static bool drop(struct layout *lay)
{
    size_t next = COLUMNS;
    for (size_t c = 0; c < COLUMNS; c++)
        if (columns[c].goes && lay->widths[c] &&
            (next == COLUMNS || columns[c].goes < columns[next].goes))
            next = c;
    if (next == COLUMNS)
        return false;
    lay->gone[next] = true;
    return true;
}

static void lay_out(const struct ctl_rows *rows, size_t width, struct layout *lay)
{
    *lay = (struct layout){.widths = {0}};
    measure(rows, lay);
    if (width && total(lay) > width && lay->widths[ERROR]) {
        lay->gone[ERROR] = true;
        measure(rows, lay);
    }
    while (width && !shrink(lay, width) && drop(lay))
        measure(rows, lay);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Red, yellow; nothing: as it should be, or nothing that we know. */
static const char *const colours[] = {
    [CTL_FINE] = NULL, [CTL_HELD] = "\033[33m", [CTL_BROKEN] = "\033[31m", [CTL_STRANGE] = NULL};

struct line {
    const struct ctl_look *look;
    FILE *out;
    size_t used;   /* characters */
    size_t blanks; /* that are owed */
};

/* `len` characters, as many as the line has room for. */
static void put(struct line *l, const char *text, size_t len)
{
    size_t width = l->look->width, left = width > l->used ? width - l->used : 0;
    for (; l->blanks && len && (!width || left); l->blanks--, left--, l->used++)
        (void)fputc(' ', l->out); /* main looks at stdout in the end; so for all here */
    if (width && len > left)
        len = left;
    (void)fwrite(text, 1, len, l->out);
    l->used += len;
}

static void put_cell(struct line *l, size_t c, size_t width, const char *text, const char *colour)
{
    size_t len = strlen(text), shown = len < width ? len : width, left_out = len - shown;
    if (c > 0)
        l->blanks += GAP;
    if (columns[c].right)
        l->blanks += width - shown;
    if (colour)
        (void)fputs(colour, l->out);
    if (left_out && columns[c].keeps_end) {
        put(l, "~", 1);
        put(l, text + left_out + 1, shown - 1);
    } else if (left_out) {
        put(l, text, shown - 1);
        put(l, "~", 1);
    } else {
        put(l, text, shown);
    }
    if (colour)
        (void)fputs("\033[0m", l->out);
    if (!columns[c].right)
        l->blanks += width - shown;
}

/* `row` NULL: the head. */
static void put_line(const struct ctl_row *row, const struct layout *lay,
                     const struct ctl_look *look, FILE *out)
{
    struct line l = {.look = look, .out = out};
    char cell[CELL];
    for (size_t c = 0; c < COLUMNS; c++) {
        const char *colour = NULL;
        if (lay->widths[c] == 0)
            continue;
        if (row)
            (void)make_cell(row, c, lay, cell);
        if (look->colour && row && columns[c].is_state)
            colour = colours[ctl_row_mood(row)];
        else if (look->colour && !row)
            colour = "\033[1m";
        put_cell(&l, c, lay->widths[c], row ? cell : columns[c].head, colour);
    }
    (void)fputs(look->end, out);
}

/* How much of `text` goes into `room` characters: as many whole words as fit, or what fits of one
 * that is longer. */
static size_t words_within(const char *text, size_t room)
{
    size_t len = strlen(text), end = room;
    if (len <= room)
        return len;
    while (end > 0 && text[end] != ' ')
        end--;
    return end > 0 ? end : room;
}

/* An error that has no column, in lines below its row; `out` NULL: only their number. */
static size_t put_error(const struct ctl_row *row, const struct layout *lay,
                        const struct ctl_look *look, FILE *out)
{
    enum { INDENT = 4 };
    char cell[CELL];
    size_t lines = 0, room = look->width > INDENT ? look->width - INDENT : 1;
    if (!lay->gone[ERROR])
        return 0;
    (void)make_cell(row, ERROR, lay, cell);
    for (const char *at = cell; *at; lines++) {
        size_t len = words_within(at, room);
        if (out)
            (void)fprintf(out, "%*s%.*s%s", INDENT, "", (int)len, at, look->end);
        at += len;
        at += *at == ' ';
    }
    return lines;
}

/* How many rows have a place in the height. */
static size_t rows_within(const struct ctl_rows *rows, const struct layout *lay,
                          const struct ctl_look *look)
{
    size_t lines = 1, fit = 0; /* the head */
    for (size_t i = 0; i < rows->count; i++) {
        lines += 1 + put_error(&rows->at[i], lay, look, NULL);
        if (lines < look->height) /* one is left for "and N more" */
            fit = i + 1;
    }
    return look->height == 0 || lines <= look->height ? rows->count : fit;
}

size_t ctl_table_lines(const struct ctl_rows *rows, const struct ctl_look *look)
{
    struct layout lay;
    size_t lines = 1;
    lay_out(rows, look->width, &lay);
    for (size_t i = 0; i < rows->count; i++)
        lines += 1 + put_error(&rows->at[i], &lay, look, NULL);
    return lines;
}

void ctl_table_print(const struct ctl_rows *rows, const struct ctl_look *look, FILE *out)
{
    struct layout lay;
    lay_out(rows, look->width, &lay);
    size_t shown = rows_within(rows, &lay, look);
    put_line(NULL, &lay, look, out);
    for (size_t i = 0; i < shown; i++) {
        put_line(&rows->at[i], &lay, look, out);
        (void)put_error(&rows->at[i], &lay, look, out);
    }
    if (shown < rows->count)
        (void)fprintf(out, "and %zu more%s", rows->count - shown, look->end);
}

struct ctl_look ctl_terminal(void)
{
    struct ctl_look look = {.end = "\n"};
    struct winsize size;
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    if (!isatty(STDOUT_FILENO))
        return look;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        look.width = size.ws_col;
        look.height = size.ws_row;
    }
    look.colour = term && strcmp(term, "dumb") != 0 && !(no_colour && *no_colour);
    return look;
}
