/* ctl/json.h -- the state of the services as JSON (RFC 8259) */
#ifndef DOORWARD_CTL_JSON_H
#define DOORWARD_CTL_JSON_H

#include <stdio.h>

#include "ctl/rows.h"

/* One object, with a newline. `more(arg, i, out)` adds members to that of row `i`, each with a
 * comma before it; NULL: none. What does not get out is seen by ferror(3); so for all here. */
void ctl_json_print(const struct ctl_rows *rows, void (*more)(void *arg, size_t i, FILE *out),
                    void *arg, FILE *out);
/* A string of `len` bytes; those that are no UTF-8 become the replacement character. */
void ctl_json_string(FILE *out, const char *text, size_t len);
/* The digits, or null: no number has a form that JSON has not. */
void ctl_json_number(FILE *out, const char *text, size_t len);

#endif
