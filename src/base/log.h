/* base/log.h -- six verbs to one destination; saves errno */
#ifndef DOORWARD_BASE_LOG_H
#define DOORWARD_BASE_LOG_H

#include <stdbool.h>

#include "base/text.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

enum log_dest {
    LOG_TO_STDERR,  /* plain lines */
    LOG_TO_JOURNAL, /* stderr, each line with sd-daemon(3)'s <N> prefix */
    LOG_TO_SYSLOG,  /* /dev/log, as syslog(3) does, facility daemon */
};

/* Choose the destination. `ident` (kept, not copied) is the program's name in syslog. */
void log_open(enum log_dest dest, const char *ident);

/*
 * Before log_open: how a line looks, "text" (the default), "json" (one object a line, to the same
 * place) or "journal" (journald's native protocol, whatever the destination; with LOG_TO_STDERR
 * warnings and errors are on stderr too). False: there is no such form. */
bool log_set_form(const char *word);

/* With LOG_TO_SYSLOG: say warnings and errors on stderr too, for whoever waits there (default
 * no). */
void log_echo(bool on);

/* With LOG_TO_STDERR: begin each line with the local time, "2026-11-28T10:31:07.042" (default
 * no). */
void log_set_times(bool on);

/* Print messages up to and including `level` (default LEVEL_INFO). */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * One message, one line, one write(2); a newline is added, control characters are escaped. It never
 * waits for who reads the log: a line that cannot be written now is lost, and the next one that can
 * is preceded by "log lost=N".
 * The line is `fault what="MESSAGE"` (note, debug), so that all of the log is events. log_warn and
 * fatal append ": " and strerror(errno) to the message. errno is left as it was. */
void log_debug(const char *fmt, ...) TEXT_PRINTF(1, 2);
void log_info(const char *fmt, ...) TEXT_PRINTF(1, 2);
void log_warn(const char *fmt, ...) TEXT_PRINTF(1, 2);
void log_warnx(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* As log_warn and log_warnx at LEVEL_ERROR, then exit(3) with EX_OSERR (71). Only while
 * starting. */
_Noreturn void fatal(const char *fmt, ...) TEXT_PRINTF(1, 2);
_Noreturn void fatalx(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* How many lines could not be written, ever. */
uint64_t log_lost(void);

/* One finished line (text of event.c, or of the configuration's errors) at `level`. */
void log_line(enum log_level level, const char *line);

#endif
