/* base/record.h -- a finished line of the log in the forms that machines read */
#ifndef DOORWARD_BASE_RECORD_H
#define DOORWARD_BASE_RECORD_H

#include "base/text.h"

/*
 * A line is "event key=value ...", as base/event.h makes it; any other is the event `problem` with
 * the line as its `what`. A text of RECORD_ROOM bytes holds either form of a line of 2047 bytes. */
enum { RECORD_ROOM = 8192 };

/* A record so long at most leaves as one line: a JSON object is shorter. */
enum { RECORD_JSON_MOST = 3600 };

/*
 * Append one JSON object without a newline: time (UTC), level, event and the line's keys, where a
 * key `time` of its own is called `seconds`. What is not UTF-8 becomes U+FFFD. */
void record_json(struct text *out, const char *level, const char *line);

/*
 * Append journald's native protocol: MESSAGE (the line), PRIORITY and SYSLOG_FACILITY (of
 * `priority`), SYSLOG_IDENTIFIER, SYSLOG_PID, DOORWARD_EVENT and DOORWARD_KEY of each key. */
void record_journal(struct text *out, const char *ident, int priority, const char *line);

#endif
