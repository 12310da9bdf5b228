/* ctl/table.h -- the state of the services as a table for people */
#ifndef DOORWARD_CTL_TABLE_H
#define DOORWARD_CTL_TABLE_H

#include <stdio.h>

#include "ctl/rows.h"

/* How a table shall look. */
struct ctl_look {
    size_t width, height; /* at most, in characters and lines with the head; 0: no limit */
    bool colour;
    const char *end; /* of each line */
};

/* What does not get out is seen by ferror(3). */
void ctl_table_print(const struct ctl_rows *rows, const struct ctl_look *look, FILE *out);
/* The lines that it takes in that width. */
size_t ctl_table_lines(const struct ctl_rows *rows, const struct ctl_look *look);
/* The size of the terminal behind stdout, and whether colours are welcome. */
struct ctl_look ctl_terminal(void);

#endif
