/* ctl/grid.h -- rows of an answer in columns, or as JSON */
#ifndef DOORWARD_CTL_GRID_H
#define DOORWARD_CTL_GRID_H

#include <stdio.h>

#include "ctl/rows.h"

enum ctl_kind {
    CTL_TEXT,  /* escaped; a string, or null where it is missing */
    CTL_COUNT, /* a number, or null */
    CTL_SPAN   /* seconds: for people "3m20s" */
};

struct ctl_column {
    const char *head; /* NULL: in JSON only */
    const char *key;  /* of the answer, and of JSON */
    const char *none; /* for people, where it is missing */
    enum ctl_kind kind;
};

/* One line for each row under a head, as wide as they need. What does not get out is seen by
 * ferror(3), as below. */
void ctl_grid_print(const struct ctl_rows *rows, const struct ctl_column *columns, size_t count,
                    FILE *out);
/* {"KEY":..., ...} for one row; without the newline. */
void ctl_grid_object(const struct ctl_row *row, const struct ctl_column *columns, size_t count,
                     FILE *out);
/* {"NAME":[{...},...]} and a newline. */
void ctl_grid_json(const struct ctl_rows *rows, const char *name, const struct ctl_column *columns,
                   size_t count, FILE *out);
/* A value for people: escaped, seconds as "3m20s". */
void ctl_grid_cell(const struct ctl_row *row, const struct ctl_column *column, struct text *t);

#endif
