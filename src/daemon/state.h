/* daemon/state.h -- the state of the whole daemon, in a file without a name. Rank 6. */
#ifndef DOORWARD_DAEMON_STATE_H
#define DOORWARD_DAEMON_STATE_H

#include "daemon/private.h"

/* A file without a name, close-on-exec. -1 with errno. */
int state_file(void);

/*
 * All that goes on, into such a file: `answers` is another one, what the configuration was said to
 * be. `*o` says which descriptors go along; the caller state_free()s it. -1 with errno. */
int state_write(struct server *sv, int answers, struct state_out *o);

/*
 * Read it back, into `sv` as prepare() left it: the table is as table_restore() has it then.
 * `probing`: nothing that is read is touched. NULL: it is all there; else why not. */
const char *state_read(struct server *sv, int fd, bool probing);

/* All of it, where the file stands. False with errno. */
bool state_write_bytes(int fd, const char *at, size_t len);
/* The bytes of such a file, until the process ends. False with errno. */
bool state_map(int fd, const char **bytes, size_t *len);

#endif
