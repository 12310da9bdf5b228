/* tally.c -- results of a load: latencies, errors, and the line that reports them */
#include "config.h"

#include "load.h"

#include <stdio.h>
#include <stdlib.h>

static void add_sample(struct tally *t, uint64_t ns)
{
    if (t->samples == t->room) {
        t->room = t->room ? t->room * 2 : 65536;
        t->sample = realloc(t->sample, t->room * sizeof *t->sample);
        if (!t->sample) {
            die("out of memory");
        }
    }
    t->sample[t->samples++] = ns;
}

void tally_add(struct tally *t, enum result result, uint64_t latency)
{
    t->result[result]++;
    if (result == DONE) {
        add_sample(t, latency);
    }
}

uint64_t tally_errors(const struct tally *t)
{
    uint64_t errors = 0;

    for (int i = DONE + 1; i < RESULTS; i++) {
        errors += t->result[i];
    }
    return errors;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The latency that `permille` of a thousand requests did not exceed, in microseconds. */
static double quantile(const struct tally *t, uint64_t permille)
{
    size_t rank;

    if (t->samples == 0) {
        return 0;
    }
    rank = (size_t)((t->samples * permille + 999) / 1000);
    return (double)t->sample[rank > 0 ? rank - 1 : 0] / 1000;
}

void tally_print(struct tally *t)
{
    double seconds = (double)(t->ended - t->begun) / (double)SECOND;

    if (t->samples > 1) {
        qsort(t->sample, t->samples, sizeof *t->sample, compare);
    }
    (void)printf("done=%llu errors=%llu seconds=%.6f rate=%.1f", (unsigned long long)t->samples,
                 (unsigned long long)tally_errors(t), seconds,
                 seconds > 0 ? (double)t->samples / seconds : 0);
    (void)printf(" p50=%.1f p99=%.1f p999=%.1f max=%.1f", quantile(t, 500), quantile(t, 990),
                 quantile(t, 999), quantile(t, 1000));
    (void)printf(" connect=%llu reset=%llu mismatch=%llu timeout=%llu served=%llu resent=%llu\n",
                 (unsigned long long)t->result[CONNECT], (unsigned long long)t->result[RESET],
                 (unsigned long long)t->result[MISMATCH], (unsigned long long)t->result[TIMEOUT],
                 (unsigned long long)t->served, (unsigned long long)t->resent);
    (void)fflush(stdout);
}
