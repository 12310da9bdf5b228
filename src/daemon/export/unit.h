/* daemon/export/unit.h -- a socket unit of systemd and its service under construction
 *
 * This folder: entries as units of systemd, never wider than they are. It includes conf/ and
 * below, and no other part of daemon/ but its options. */
#ifndef DOORWARD_DAEMON_EXPORT_UNIT_H
#define DOORWARD_DAEMON_EXPORT_UNIT_H

#include <stdio.h>

#include "base/text.h"
#include "service/service.h"

struct unit {
    const struct service *service;
    const struct settings *set;
    bool accept;                    /* a process for each connection */
    bool refused;                   /* it would be wider than the entry: it shall not start */
    bool left;                      /* it cannot be a unit at all */
    FILE *notes, *socket, *handler; /* comments, [Socket], [Service]: into the texts */
    char *text[3];
    size_t len[3];
};

/* False: out of memory; so for unit_end(), which completes the texts. */
bool unit_begin(struct unit *u, const struct service *s);
bool unit_end(struct unit *u);
void unit_free(struct unit *u);

/* A line of comment. */
void unit_note(struct unit *u, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* The same, and the unit does not start; the same, and there is none. */
void unit_refuse(struct unit *u, const char *fmt, ...) TEXT_PRINTF(2, 3);
void unit_leave(struct unit *u, const char *fmt, ...) TEXT_PRINTF(2, 3);

/* A word as systemd reads it back: its escapes, and "%%" for "%"; `command`: "$$" for "$" too. */
void unit_word(FILE *out, const char *word, bool command);
/* The same for a value that is no list of words. */
void unit_value(FILE *out, const char *value);

#endif
