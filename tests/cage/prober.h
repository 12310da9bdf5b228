/* cage/prober.h -- the attempts of the prober, by what they are after */
#ifndef DOORWARD_TESTS_CAGE_PROBER_H
#define DOORWARD_TESTS_CAGE_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* What there is outside: files in `folder`, a process of the same user with all that it shares, and
 * sockets that listen. */
extern struct outside {
    const char *folder;
    pid_t victim;
    unsigned short port; /* tcp and udp, on 127.0.0.1 */
} outside;

struct attempt {
    const char *name;
    bool (*gets_through)(void);
};
struct attempts {
    const struct attempt *at;
    size_t count;
};
extern const struct attempts prober_files, prober_processes, prober_network, prober_kernel;

/* Be the process outside, for ever; says "ready" when all is there. */
int prober_victim(void);

enum { SHARED_KEY = 0x646f6f72 }; /* of System V's */
#define ABSTRACT    "\0doorward-cage-test"
#define POSIX_QUEUE "/doorward-cage-test"

/* "folder/name"; until the next call. */
const char *in_folder(const char *name);

#endif
