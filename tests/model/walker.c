/* model/walker.c -- random walks of the whole master through a played kernel
 *
 * walker [-t SECONDS] [-n STEPS]: walks of STEPS steps, each with a seed of its own and in a
 * process of its own, until SECONDS of processor time are over. Where something is wrong it says
 * what has happened of late, and the walk's seed: SEED=N walker -1 repeats that walk alone. */
#include "config.h"

#include "check/chance.h"
#include "handler/spawn.h"
#include "model/walk.h"
#include "model/world.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of all walks; shared with them. */
static struct sums {
    uint64_t steps, served, refused, failures, reloads, upgrades;
} * sums;

static uint32_t choose(uint32_t n)
{
    return n ? (uint32_t)chance(n) : 0;
}

static void one_walk(uint64_t steps)
{
    walk(choose, steps);
    sums->steps += steps;
    sums->served += world.served;
    sums->refused += world.refused;
    sums->failures += world.failures;
    sums->reloads += world.reloads;
    sums->upgrades += world.upgrades;
}

/* A crash is a failure as well. */
static bool walk_apart(uint64_t its_seed, uint64_t steps)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        seed = its_seed;
        one_walk(steps);
        _exit(0);
    }
    bool good = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
    if (!good)
        printf("# SEED=%" PRIu64 " tests/model/walker -1 -n %" PRIu64 "\n", its_seed, steps);
    return good;
}

static double used(void)
{
    struct rusage of;
    (void)getrusage(RUSAGE_CHILDREN, &of); /* the arguments are good */
    return (double)(of.ru_utime.tv_sec + of.ru_stime.tv_sec) +
           (double)(of.ru_utime.tv_usec + of.ru_stime.tv_usec) / 1e6;
}

static void say(bool good, uint64_t walks)
{
    printf("%s 1 - walks through the played kernel\n1..1\n", good ? "ok" : "not ok");
    printf("# %" PRIu64 " walks, %" PRIu64 " steps, %.0f a second: %" PRIu64
           " clients served, %" PRIu64 " refused, %" PRIu64 " starts failed, %" PRIu64
           " reloads, %" PRIu64 " upgrades\n",
           walks, sums->steps, (double)sums->steps / (used() + 0.001), sums->served, sums->refused,
           sums->failures, sums->reloads, sums->upgrades);
}

int main(int argc, char **argv)
{
    if (!spawn_has_parent) {
        puts("1..0 # SKIP no starters");
        return 0;
    }
    double seconds = 5;
    uint64_t steps = 4000, walks = 0;
    bool alone = false, good = true;
    int opt;
    while ((opt = getopt(argc, argv, "1t:n:")) >= 0) {
        if (opt == 't')
            seconds = strtod(optarg, NULL);
        else if (opt == 'n')
            steps = strtoull(optarg, NULL, 10);
        else if (opt == '1')
            alone = true;
        else
            return 2;
    }
    setup();
    sums = mmap(NULL, sizeof *sums, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sums == MAP_FAILED || !walk_learn())
        return 1;
    if (alone)
        one_walk(steps);
    while (!alone && good && used() < seconds) {
        (void)fflush(stdout); /* or the child would say it, too */
        good = walk_apart(chance(UINT64_MAX), steps);
        walks++;
    }
    say(good, walks);
    return good ? 0 : 1;
}
