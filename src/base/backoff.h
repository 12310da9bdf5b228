/* base/backoff.h -- pauses that double from a first to a most */
#ifndef DOORWARD_BASE_BACKOFF_H
#define DOORWARD_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint64_t first, most; /* ns */
};

/* The pause after `pause` (ns; 0: there has been none). */
static inline uint64_t backoff_next(const struct backoff *b, uint64_t pause)
{
    if (!pause)
        return b->first;
    return pause < b->most / 2 ? pause * 2 : b->most;
}

#endif
