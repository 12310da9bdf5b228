/* load.h -- what the parts of the load generator share */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND      UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

struct mode {
    const char *name;
    int type;    /* of the socket */
    bool sends;  /* the client speaks */
    bool echoes; /* the reply is what was sent */
    bool empty;  /* the reply is a connection closed without a byte */
    bool keeps;  /* one socket for all requests of a client */
    bool holds;  /* the connection stays open after the reply */
};

struct load_options {
    const struct mode *mode;
    const char *reply; /* the line expected */
    struct in_addr dest, source;
    uint64_t port, ports; /* `ports` of them in turn, from `port` on */
    uint64_t sources;     /* addresses in turn, from `source` on; 0 = the kernel's choice */
    uint64_t clients;     /* each has one request at a time */
    uint64_t count;       /* requests at most */
    uint64_t time;        /* ns to run */
    uint64_t timeout;     /* ns for one request */
};

enum result { DONE, CONNECT, RESET, MISMATCH, TIMEOUT, RESULTS };

/* What came of a run. */
struct tally {
    uint64_t *sample; /* latencies of the requests done, ns */
    size_t samples, room;
    uint64_t result[RESULTS]; /* how many ended so */
    uint64_t served;          /* replies where a refusal was expected */
    uint64_t resent;          /* datagrams */
    uint64_t begun, ended;    /* ns */
};

/* load.c */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* tally.c: count a request's end; print everything as one line of key=value. */
void tally_add(struct tally *t, enum result result, uint64_t latency);
uint64_t tally_errors(const struct tally *t);
void tally_print(struct tally *t);

/* drive.c: run a closed loop; then, for a mode that holds, keep what is held until stdin ends (at
 * most `time`) and return how many connections ended before that. */
void drive(const struct load_options *options, struct tally *tally);
uint64_t drive_hold(void);

#endif
