/* base/clock.h -- the units of time: all of it is kept in nanoseconds */
#ifndef DOORWARD_BASE_CLOCK_H
#define DOORWARD_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS   UINT64_C(1000000)
#define NS_PER_S    (1000 * NS_PER_MS)
#define NS_PER_MIN  (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MIN)
#define NS_PER_DAY  (24 * NS_PER_HOUR)

#endif
