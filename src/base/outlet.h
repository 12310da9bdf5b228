/* base/outlet.h -- where log lines leave the process; no call here waits for who reads them. Rank
 * 0. */
#ifndef DOORWARD_BASE_OUTLET_H
#define DOORWARD_BASE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Look at what descriptor 2 is. A pipe or a terminal that others share stays as blocking as it was:
 * it is opened once more, for us alone. Before the first call lines go to 2 as to an unknown
 * thing. */
void outlet_stderr_open(void);
/* Descriptor 2 will be something else, and whoever reads the old one shall see its end. */
void outlet_stderr_close(void);
/*
 * Write `line`, which ends in a newline and has at most PIPE_BUF bytes. False: it is lost, at least
 * in part; the next one begins a line of its own all the same. */
bool outlet_stderr(const char *line, size_t len);

/* Where records are sent to: syslog's reader, journald's. */
#define OUTLET_SYSLOG  "/dev/log"
#define OUTLET_JOURNAL "/run/systemd/journal/socket"

/* Take a socket for records to `path` (kept, not copied) and connect it. False (errno): nobody is
 * there yet. */
bool outlet_socket_open(const char *path);
void outlet_socket_close(void);
/* Send one record; to a new reader where the old one has gone. False: it is lost. */
bool outlet_socket(const char *record, size_t len);

/* What a forked child that logs must not close: at most two descriptors. How many. */
size_t outlet_descriptors(int fds[2]);

#endif
