/* fuzz/control.c -- what a client of the control socket asks, for libFuzzer and fuzz/replay.c
 *
 * The first byte is where the requests are cut in two, the rest are requests. What only the daemon
 * can do is answered at once, or refused, by turns. */
#include "config.h"

#include "fuzz/master.h"

#include <sys/socket.h>
#include <unistd.h>

#include "control/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char services[] =
    "1 on protocol = tcp, user = -, builtin = echo;\n"
    "2 on protocol = tcp4, user = -, exec = /bin/true, source_max = 2, allow = "
    "10.0.0.0/8;\n"
    "3 on protocol = udp4, user = -, exec = /bin/true, service_max = 5/m;\n"
    "/nowhere/unix stream unix nowait - /bin/cat cat\n";

static struct control *control;
static bool reloads, upgrades;

static void reload(void *arg, uint32_t *number)
{
    (void)arg;
    *number = 1;
    reloads = true;
}

static void stop(void *arg)
{
    (void)arg;
}

static bool config(void *arg, void (*put)(void *to, const char *path), void *to)
{
    (void)arg;
    put(to, "/etc/doorward.conf");
    return true;
}

static bool upgrade(void *arg, const char *path, uint64_t time)
{
    (void)arg;
    (void)time;
    upgrades = !path;
    return upgrades;
}

static void drain(void *arg, struct service *s, uint64_t time)
{
    (void)arg;
    (void)s;
    (void)time;
}

static const struct loaded loaded = {.how = LOADED_NONE};
static const struct control_acts acts = {.reload = reload,
                                         .stop = stop,
                                         .config = config,
                                         .upgrade = upgrade,
                                         .drain = drain,
                                         .loaded = &loaded};

/* Every line is printable, and an answer has an end: "ok", or "error WHY". */
static void check_answers(int fd)
{
    static char answers[4 * CONTROL_PIECE];
    ssize_t n = recv(fd, answers, sizeof answers, MSG_DONTWAIT);
    for (ssize_t i = 0; i < n; i++)
        if ((unsigned char)answers[i] < ' ' && answers[i] != '\n')
            abort();
}

/* What the daemon would have done meanwhile. */
static void act(void)
{
    if (reloads)
        control_reloaded(control, 1, NULL);
    if (upgrades)
        control_upgraded(control, "no");
    reloads = upgrades = false;
}

static void send_all(int fd, const uint8_t *data, size_t len)
{
    (void)!send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT); /* who was refused asks in vain */
    for (int i = 0; i < 4; i++) {
        run_loop(4);
        check_answers(fd);
        act();
    }
}

/* As if it were a new daemon. */
static void forget(void)
{
    bans_free(&m.bans);
    m.bans = (struct bans){.at = NULL};
    be_quiet();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    given_master(services);
    be_quiet();
    if (size == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
        return 0;
    control = control_new(&m, "/nowhere", &acts);
    struct client *cl = control ? control_client(control, 0, ends[1]) : NULL;
    if (!cl)
        abort();
    control_step(cl);
    size_t cut = data[0] < size - 1 ? data[0] : size - 1;
    send_all(ends[0], data + 1, cut);
    send_all(ends[0], data + 1 + cut, size - 1 - cut);
    (void)close(ends[0]); /* it has gone */
    run_loop(2);
    control_close(control);
    forget();
    return 0;
}
