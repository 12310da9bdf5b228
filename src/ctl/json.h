/* ctl/json.h -- the state of the services as JSON (RFC 8259) */
#ifndef DOORWARD_CTL_JSON_H
#define DOORWARD_CTL_JSON_H

#include <stdio.h>

#include "ctl/rows.h"

/* One object, with a newline. What does not get out is seen by ferror(3). */
void ctl_json_print(const struct ctl_rows *rows, FILE *out);

#endif
