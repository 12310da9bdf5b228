/* listen/rpc_told.c -- what rpcbind took of what it was told, and when it is told again */
#include "config.h"

#include "listen/rpc_told.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

enum { FIRST_PAUSE_S = 1, LAST_PAUSE_S = 60, MOST = 64 };

/* Programs that were not taken, some perhaps twice. */
struct refused {
    uint32_t programs[MOST];
    size_t count;
    bool more; /* than there is room for, or it is not known which */
};

static struct {
    struct loop *loop;
    void (*again)(void *arg);
    void *arg;
    struct watch report; /* of the last child */
    struct timer retry;
    uint64_t pause; /* ns, of the retry that comes or came; 0: all was taken */
    struct refused known, coming;
    bool whole; /* the report has had its end */
    bool all;   /* the round is the retry, which tells of all that is open */
} told = {.report = {.fd = -1}};

bool rpc_told_refused(uint32_t program)
{
    const struct refused *r = &told.known;
    for (size_t i = 0; i < r->count; i++)
        if (r->programs[i] == program)
            return true;
    return r->more;
}

static void take(uint32_t program)
{
    struct refused *r = &told.coming;
    if (program == 0)
        told.whole = true;
    else if (r->count < MOST)
        r->programs[r->count++] = program;
    else
        r->more = true;
}

static void drop_report(void)
{
    if (told.report.fd < 0)
        return;
    loop_unwatch(told.loop, &told.report);
    (void)close(told.report.fd); /* it was only read */
    told.report.fd = -1;
}

static void fire(struct timer *t)
{
    (void)t;
    told.all = true;
    told.again(told.arg);
}

/* Of a round that told of some only the others are still what they were. */
static void merge_known(void)
{
    for (size_t i = 0; i < told.known.count; i++)
        take(told.known.programs[i]);
    told.coming.more |= told.known.more;
}

static void judge(void)
{
    bool before = told.pause > 0;
    told.coming.more |= !told.whole; /* the child was ended before it could say */
    if (!told.all)
        merge_known();
    told.known = told.coming;
    bool all = told.all;
    told.all = false;
    if (told.known.count == 0 && !told.known.more) {
        told.pause = 0;
        loop_timer_stop(told.loop, &told.retry);
        if (before)
            log_info("RPC: rpcbind has registered all");
        return;
    }
    told.pause = all && before ? told.pause * 2 : FIRST_PAUSE_S * NS_PER_S;
    if (told.pause > LAST_PAUSE_S * NS_PER_S)
        told.pause = LAST_PAUSE_S * NS_PER_S;
    if (loop_timer(told.loop, &told.retry, loop_now() + told.pause) < 0)
        log_warn("RPC: no retry"); /* a reload is one */
}

/* What has come is less than a pipe holds, or the child waits. */
static void report_ready(struct watch *w)
{
    uint32_t programs[MOST];
    ssize_t n = read(w->fd, programs, sizeof programs);
    for (ssize_t i = 0; i < n / (ssize_t)sizeof *programs; i++)
        take(programs[i]);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    drop_report();
    judge();
}

void rpc_told_start(struct loop *loop, void (*again)(void *arg), void *arg)
{
    told.loop = loop;
    told.again = again;
    told.arg = arg;
    told.report.ready = report_ready;
    told.retry.fire = fire;
}

void rpc_told_stop(void)
{
    if (!told.loop)
        return;
    drop_report();
    loop_timer_stop(told.loop, &told.retry);
    told.loop = NULL;
}

int rpc_told_begin(void)
{
    int ends[2];
    if (!told.loop || pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    drop_report();
    told.report.fd = ends[0];
    told.coming = (struct refused){.count = 0};
    told.whole = false;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && loop_watch(told.loop, &told.report) == 0)
        return ends[1];
    drop_report();
    (void)close(ends[1]); /* nobody would read */
    return -1;
}

void rpc_told_report(int fd, uint32_t program)
{
    ssize_t n = fd < 0 ? 0 : write(fd, &program, sizeof program);
    (void)n; /* who is not there to read it will ask again */
}
