/* daemon/run_text.h -- --run: one program as a configuration */
#ifndef DOORWARD_DAEMON_RUN_TEXT_H
#define DOORWARD_DAEMON_RUN_TEXT_H

#include "service/settings.h"

/* It is for trying things: nothing that it serves takes the machine along. Numbers that the command
 * line gave stay. */
void run_defaults(struct settings *defaults, bool accept_max_given, bool source_max_given);

/* Why, when it is not the user's fault; told by its address. */
extern const char run_text_no_memory[];

/*
 * The definition that serves `command` (words separated by blanks, quotes as in a classic line; the
 * program is looked for in PATH) at `where`, "[ADDRESS:]PORT"; without ADDRESS at option
 * -a's if `bind` says that there is one, else at 127.0.0.1 and ::1. For port 0 a free one is taken:
 * `*port` is its number, else 0. malloc'd. NULL: `*why` says what is wrong. */
char *run_text(const char *command, const char *where, const char *bind, unsigned *port,
               const char **why);

#endif
