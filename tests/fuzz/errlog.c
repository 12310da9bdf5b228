/* fuzz/errlog.c -- what a handler writes to its stderr, for libFuzzer and fuzz/replay.c
 *
 * The first byte says how much of it is logged, the second one in what pieces it is written; the
 * rest is what it writes. The log goes nowhere. */
#include "config.h"

#include "fuzz/master.h"

#include <fcntl.h>
#include <unistd.h>

#include "handler/errlog.h"
#include "handler/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The last line is a part of what was written, without control over the log. */
static void check_last(const char *last, size_t len, const uint8_t *data, size_t size)
{
    if (len > PIECE_LAST || (len > 0 && !memmem(data, size, last, len)))
        abort();
    if (memchr(last, '\n', len))
        abort();
}

/* A pipe takes 64 KiB without a reader; what does not fit is not sent. */
static void write_all(int fd, const uint8_t *data, size_t size, size_t piece)
{
    for (size_t at = 0; at < size; at += piece)
        if (write(fd, data + at, piece < size - at ? piece : size - at) < 0)
            return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char nobody[] = "\n";
    const struct errlog_owner owner = {.loop = NULL, .name = "fuzz", .whose = {nobody, 1}};
    struct errlog_owner o = owner;
    int end, copy;
    size_t len;
    given_master("1 on protocol = tcp4, user = -, builtin = echo;\n");
    be_quiet();
    if (size < 2)
        return 0;
    o.loop = m.loop;
    struct errlog *e = errlog_new(&o, (size_t)data[0] * 16, &end);
    if (!e || (copy = fcntl(end, F_DUPFD_CLOEXEC, 0)) < 0 || fcntl(copy, F_SETFL, O_NONBLOCK) < 0)
        abort();
    write_all(copy, data + 2, size - 2, data[1] ? data[1] : 4096);
    (void)close(copy); /* it has ended before anybody reads: nobody can hold the pipe */
    errlog_started(e, 4711);
    run_loop(data[0] % 4);
    const char *last = errlog_last(e, &len);
    check_last(last, len, data + 2, size - 2);
    errlog_left(e);
    run_loop(80);
    return 0;
}
