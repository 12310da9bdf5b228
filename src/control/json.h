/* control/json.h -- the state of a service as JSON (RFC 8259), as doorwardctl prints it */
#ifndef DOORWARD_CONTROL_JSON_H
#define DOORWARD_CONTROL_JSON_H

#include "control/status.h"

/* One object; longer texts than `*t` has room for are cut, so it should have 8 KiB. */
void json_status(const struct status *st, struct text *t);

#endif
