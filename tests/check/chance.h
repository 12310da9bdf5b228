/* chance.h -- the random numbers of property tests: a printed seed, and SEED to repeat a run. */
#ifndef DOORWARD_CHANCE_H
#define DOORWARD_CHANCE_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t seed;

/* SEED in the environment repeats a run. */
static void setup(void)
{
    const char *given = getenv("SEED");
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)now.tv_sec ^ (uint64_t)now.tv_nsec;
    printf("# SEED=%" PRIu64 "\n", seed);
    (void)fflush(stdout);
}

/* splitmix64 */
static uint64_t chance(uint64_t below)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

#endif
