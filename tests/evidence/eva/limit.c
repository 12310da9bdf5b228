/* evidence/eva/limit.c -- every rate at every time, and the sources of every peer */
#include "config.h"

#include "service/limit.h"

#include <__fc_builtin.h>

static uint64_t any(void)
{
    return Frama_C_unsigned_long_interval(0, UINT64_MAX);
}

int main(void)
{
    uint64_t now = Frama_C_unsigned_long_interval(0, UINT64_MAX / 4), full_at = now;
    /* as conf/rate.c has them */
    struct rate r = rate_make(Frama_C_unsigned_int_interval(1, UINT32_MAX),
                              Frama_C_unsigned_long_interval(1, 86400000000000),
                              Frama_C_unsigned_int_interval(1, UINT32_MAX));
    (void)rate_check(&r, any(), now); /* whatever it is */
    (void)rate_take(&r, &full_at, now);
    rate_undo(&r, &full_at);
    rate_cut(&r, &full_at, now);
    return 0;
}
