/* ctl/grid.c -- rows of an answer in columns, or as JSON */
#include "config.h"

#include "ctl/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/json.h"

enum { CELL = 512, GAP = 2, MOST = 8 /* columns */ };

/* --- for people ------------------------------------------------------------------------------- */

void ctl_grid_cell(const struct ctl_row *row, const struct ctl_column *column, struct text *t)
{
    const char *value = ctl_row_get(row, column->key);
    uint64_t ns;
    if (!*value)
        text_add(t, "%s", column->none);
    else if (column->kind == CTL_SPAN && ctl_seconds(value, &ns))
        text_span(t, ns);
    else
        text_escape(t, value, strlen(value));
}

static void put_line(const struct ctl_row *row, const struct ctl_column *columns, size_t count,
                     size_t widths[static MOST], FILE *out)
{
    size_t owed = 0; /* blanks */
    for (size_t c = 0; c < count; c++) {
        char cell[CELL];
        struct text t;
        text_init(&t, cell, sizeof cell);
        if (!columns[c].head)
            continue;
        if (row)
            ctl_grid_cell(row, &columns[c], &t);
        else
            text_add(&t, "%s", columns[c].head);
        if (!out) {
            widths[c] = t.len > widths[c] ? t.len : widths[c];
            continue;
        }
        (void)fprintf(out, "%*s%s", (int)owed, "", cell); /* main looks at stdout in the end */
        owed = widths[c] - t.len + GAP;
    }
    if (out)
        (void)fputc('\n', out);
}

void ctl_grid_print(const struct ctl_rows *rows, const struct ctl_column *columns, size_t count,
                    FILE *out)
{
    size_t widths[MOST] = {0};
    FILE *const measure[] = {NULL, out};
    for (size_t pass = 0; pass < 2; pass++) {
        put_line(NULL, columns, count, widths, measure[pass]);
        for (size_t i = 0; i < rows->count; i++)
            put_line(&rows->at[i], columns, count, widths, measure[pass]);
    }
}

/* --- for machines ----------------------------------------------------------------------------- */

static void put_value(FILE *out, const char *value, enum ctl_kind kind)
{
    uint64_t ns;
    if (!*value)
        (void)fputs("null", out);
    else if (kind == CTL_COUNT)
        ctl_json_number(out, value, strlen(value));
    else if (kind == CTL_SPAN && ctl_seconds(value, &ns))
        (void)fprintf(out, "%.3f", (double)(ns / NS_PER_MS) / 1000);
    else if (kind == CTL_SPAN)
        (void)fputs("null", out);
    else
        ctl_json_string(out, value, strlen(value));
}

void ctl_grid_object(const struct ctl_row *row, const struct ctl_column *columns, size_t count,
                     FILE *out)
{
    for (size_t c = 0; c < count; c++) {
        (void)fputs(c ? "," : "{", out);
        ctl_json_string(out, columns[c].key, strlen(columns[c].key));
        (void)fputc(':', out);
        put_value(out, ctl_row_get(row, columns[c].key), columns[c].kind);
    }
    (void)fputc('}', out);
}

void ctl_grid_json(const struct ctl_rows *rows, const char *name, const struct ctl_column *columns,
                   size_t count, FILE *out)
{
    (void)fprintf(out, "{\"%s\":[", name);
    for (size_t i = 0; i < rows->count; i++) {
        (void)fputs(i ? ",\n" : "\n", out);
        ctl_grid_object(&rows->at[i], columns, count, out);
    }
    (void)fputs(rows->count ? "\n]}\n" : "]}\n", out);
}
