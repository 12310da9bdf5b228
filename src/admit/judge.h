/* admit/judge.h -- what would become of a peer now, and why; nothing is counted */
#ifndef DOORWARD_ADMIT_JUDGE_H
#define DOORWARD_ADMIT_JUDGE_H

#include "admit/master.h"
#include "base/text.h"

enum judgement {
    JUDGE_SERVED,
    JUDGE_WAITS, /* in the backlog, until what holds the service is over */
    JUDGE_REFUSED,
    JUDGE_APART /* the service has no socket for such a peer */
};

/* "served", "waits", ...: of a judgement. */
const char *judge_word(enum judgement is);

/* Of `peer` (unmapped, its port aside) at `s`; what decides is added to `why`. What a child finds
 * out (hosts.allow), or the network, is not known here. */
enum judgement judge(const struct master *m, const struct service *s, const struct addr *peer,
                     struct text *why);

#endif
