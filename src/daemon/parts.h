/* daemon/parts.h -- the parts of the daemon's state, and who saves and restores each. Rank 6. */
#ifndef DOORWARD_DAEMON_PARTS_H
#define DOORWARD_DAEMON_PARTS_H

#include "daemon/private.h"

enum need {
    GAIN,   /* who does not know it loses something */
    NEEDED, /* who does not know it cannot go on: somebody would lose his connection */
    ALWAYS  /* and without it there is nothing to go on with */
};

struct part {
    const char *name;
    enum need need;
    void (*save)(struct server *sv, struct state_out *o);
    void (*restore)(struct server *sv, struct state_in *records);
};

enum { PARTS = 19 };

/* In the order in which they are written: what others refer to comes first. The second is the table
 * of services, which all behind it need. */
extern const struct part parts[PARTS];

#endif
