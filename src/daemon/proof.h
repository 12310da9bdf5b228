/* daemon/proof.h -- what a binary that proved that it can take over leaves for itself. Rank 6. */
#ifndef DOORWARD_DAEMON_PROOF_H
#define DOORWARD_DAEMON_PROOF_H

#include "service/service.h"

/*
 * Behind what the system said, in the same file, stands what was made of it: who takes over need
 * not read the configuration while clients wait. It is for the very same program file only; any
 * other one finds what the system said, as if there were nothing else. */
struct proof {
    struct state_out out;
    bool possible; /* it is known which program file this is */
};

/* Before the configuration is read. */
void proof_begin(struct proof *p);
/* A line that the reading had to say. */
void proof_say(struct proof *p, const char *line);
/* All of it, and the table, into `fd`. Where that cannot be, nothing is written. */
void proof_write(struct proof *p, const struct table *t, int fd);
void proof_end(struct proof *p);

/*
 * Cut `*len` bytes of such a file down to what the system said. The table that stands behind that,
 * with `said` called for each line; NULL: there is none, or it is another program's, or no good. */
struct table *proof_read(const char *bytes, size_t *len, void (*said)(void *arg, const char *line),
                         void *arg);

#endif
