/* ctl/ctl.h -- what the parts of doorwardctl share. Rank 1. */
#ifndef DOORWARD_CTL_CTL_H
#define DOORWARD_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* --- ctl/ask.c: the daemon's end ---------------------------------------------------------------
 */

/* The socket's usual place into `out`. False: there is none for this user. */
bool ctl_place(char *out, size_t size);

/*
 * Send one request, "COMMAND [ARGUMENT]"; `line(arg, text)` gets each line of the answer.
 * `patience` is how many seconds the daemon may be silent; 0 for ever. 0: ok. 1 (EXIT_FAILURE): the
 * daemon said no, EX_UNAVAILABLE: there is no daemon; both are told on stderr.
 */
int ctl_ask(const char *socket, const char *request, unsigned patience,
            void (*line)(void *arg, const char *text), void *arg);

/* "doorwardctl: ..." on stderr, unless it shall be quiet. */
void ctl_complain(const char *fmt, ...) TEXT_PRINTF(1, 2);
/* Returns what it was before. */
bool ctl_be_quiet(bool on);
/* For places that cannot go on without memory: complains and exits. Never NULL. */
void *ctl_grow(void *old, size_t size);
char *ctl_copy(const char *text, size_t len);

/* --- the commands with a file of their own: each returns the exit status -----------------------
 */

enum ctl_form { CTL_TABLE, CTL_JSON, CTL_WATCH };
int ctl_status(const char *socket, enum ctl_form form);
int ctl_import_xinetd(const char *path);
int ctl_import_systemd(const char *path);

#endif
