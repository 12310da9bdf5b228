/* ctl/ctl.h -- what every part of doorwardctl needs: a complaint, and memory or the end.
 *
 * This folder: the other program, doorwardctl. It includes its own folders and base/ only, and
 * calls the daemon over its socket. */
#ifndef DOORWARD_CTL_CTL_H
#define DOORWARD_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* "doorwardctl: ..." on stderr. */
void ctl_complain(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* realloc(3) for places that cannot go on without memory: complains and exits. Never NULL; the
 * caller frees it. */
void *ctl_grow(void *old, size_t size);
/* The `len` bytes at `text` and a NUL, in memory of their own; the same. */
char *ctl_copy(const char *text, size_t len);

#endif
