/* base/route.h -- services whose lines of the log have a place of their own */
#ifndef DOORWARD_BASE_ROUTE_H
#define DOORWARD_BASE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

/* Of one service; valid until route_clear(). */
struct route {
    char *service;       /* as a line has it */
    char *path;          /* of a file; NULL: the daemon's log */
    bool shared;         /* fd is the one before it in the order of route_add() */
    int fd;              /* it is open in this process; -1 otherwise */
    bool torn;           /* the last line has no end */
    int facility, level; /* of syslog.h: the level is the highest number that is logged */
};

/* `word` is "/file", "facility" or "facility.level": NULL, or what is wrong with it. */
const char *route_wrong(const char *word);

/* Forget all and close their files. */
void route_clear(void);
/*
 * The lines of `service` (copied) go to `word`, a good one. A file is opened, or made: never
 * through a symbolic link, and only a plain file of ours with one name. NULL, or why that failed:
 * then they go to the daemon's log. */
const char *route_add(const char *service, const char *word);
/* After the last route_add(). */
void route_sort(void);

/* Where a line "event service=... ..." goes; NULL: as all do. In a child no file is. */
struct route *route_of(const char *line);
/* Write a line with its newline; false: it is lost. The next one begins a line of its own. */
bool route_write(struct route *r, const char *line, size_t len);

#endif
