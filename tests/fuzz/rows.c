/* fuzz/rows.c -- what a daemon answers to doorwardctl, for libFuzzer and fuzz/replay.c
 *
 * The input is an answer to "status", a line each; the daemon may be another version. */
#include "config.h"

#include "ctl/rows.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A field is a part of its line. */
static void check_row(const struct ctl_row *row, size_t size)
{
    for (size_t i = 0; i < row->count; i++)
        if (strlen(row->fields[i].key) + strlen(row->fields[i].value) > size)
            abort();
    (void)ctl_row_mood(row);
    for (size_t i = 0; ctl_row_reason(row, i); i++)
        if (i > CTL_FIELDS)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest;
    struct ctl_rows rows = {.head = "service"};
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        (void)ctl_rows_add(&rows, line); /* or it is none */
    for (size_t i = 0; i < rows.count; i++)
        check_row(&rows.at[i], size);
    (void)ctl_rows_pick(&rows, "a:1/tcp"); /* whoever that is */
    ctl_rows_free(&rows);
    free(text);
    return 0;
}
