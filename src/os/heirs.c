/* os/heirs.c -- children that were forked a moment ago, and still have copies of our descriptors */
#include "config.h"

#include "os/heirs.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* Nothing is written: its end is here when the last copy of the other end is closed. */
static int ends[2] = {-1, -1};

int heirs_start(void)
{
    return pipe2(ends, O_CLOEXEC);
}

void heirs_await(int ms)
{
    if (ends[1] < 0)
        return;
    (void)close(ends[1]); /* ours */
    ends[1] = -1;
    struct pollfd last = {.fd = ends[0]};
    (void)poll(&last, 1, ms); /* a signal may cut it short: we end in any case */
}
