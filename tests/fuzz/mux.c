/* fuzz/mux.c -- what a client of tcpmux sends before a service has been found, for libFuzzer and
 * fuzz/replay.c
 *
 * The first byte is where what he sends is cut in two, the rest is what he sends. Nobody may use
 * the services behind tcpmux, so none starts. */
#include "config.h"

#include "fuzz/master.h"

#include <sys/socket.h>
#include <unistd.h>

#include "serve/mux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char services[] = "1 on protocol = tcp4, user = -, builtin = tcpmux;\n"
                               "tcpmux/plain on user = -, exec = /bin/true, deny = 0.0.0.0/0;\n"
                               "tcpmux/+plus on user = -, exec = /bin/true, deny = 0.0.0.0/0;\n";

static void send_all(int fd, const uint8_t *data, size_t len)
{
    (void)!send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT); /* who was refused sends in vain */
    run_loop(1);
}

/* Whatever was asked: lines of printable text, and for one that does not fit none. */
static void check_answer(int fd)
{
    char answer[1024];
    ssize_t n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    for (ssize_t i = 0; i < n; i++)
        if ((answer[i] < ' ' || answer[i] > '~') && answer[i] != '\r' && answer[i] != '\n')
            abort();
    if (n > 0 && answer[n - 1] != '\n')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    given_master(services);
    be_quiet();
    if (size == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return 0;
    size_t cut = data[0] < size - 1 ? data[0] : size - 1;
    struct start client = {
        .service = m.table->services[0], .fd = ends[1], .peer = addr_any(AF_INET, 40000)};
    mux_client(&m, &client);
    send_all(ends[0], data + 1, cut);
    send_all(ends[0], data + 1 + cut, size - 1 - cut);
    check_answer(ends[0]);
    (void)close(ends[0]); /* he has gone */
    run_loop(1);
    if (m.table->services[0]->running > 0)
        abort(); /* his place was not given back */
    return 0;
}
