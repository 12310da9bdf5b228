/* ctl/status.h -- the daemon's answer to "status", as rows. Private to ctl_*.c. Rank 1. */
#ifndef DOORWARD_CTL_STATUS_H
#define DOORWARD_CTL_STATUS_H

#include <stdio.h>

#include "ctl/ctl.h"

enum { CTL_FIELDS = 32 };

/* One service: the fields of its line, in their order, without quotes and escapes. */
struct ctl_row {
    char *text; /* what the fields point into */
    size_t count;
    struct {
        const char *key, *value;
    } fields[CTL_FIELDS];
};

struct ctl_rows {
    struct ctl_row *at;
    size_t count, room;
};

/* Take a line "state service=... ..." apart; false: it is none. */
bool ctl_row_parse(struct ctl_row *row, const char *line);
/* The value of `key`, or "". */
const char *ctl_row_get(const struct ctl_row *row, const char *key);
/* The fields that say how many were rejected for which reason: [*first, *end). */
void ctl_row_reasons(const struct ctl_row *row, size_t *first, size_t *end);

/* Ask the daemon; ctl_ask()'s result. */
int ctl_rows_read(const char *socket, struct ctl_rows *rows);
void ctl_rows_free(struct ctl_rows *rows);

void ctl_json_print(const struct ctl_rows *rows, FILE *out);

/* How a table shall look. */
struct ctl_look {
    size_t width, height; /* at most, in characters and lines with the head; 0: no limit */
    bool colour;
    const char *end; /* of each line */
};
void ctl_table_print(const struct ctl_rows *rows, const struct ctl_look *look, FILE *out);
/* The size of the terminal behind stdout, and whether colours are welcome. */
struct ctl_look ctl_terminal(void);

/* Until q, a signal, or the daemon's end. */
int ctl_watch(const char *socket);

#endif
