/* daemon/try_relay.c -- a client and its handler: what they say, until one ends */
#include "config.h"

#include "daemon/try_relay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "handler/keeper.h"
#include "os/fd.h"

enum { PIECE = 32 * 1024, PATIENCE_S = 1 /* of a handler that stays */, KILL_S = 5 };

struct state {
    const struct try_relay *r;
    bool in, out;      /* they have not ended */
    char piece[PIECE]; /* of the input, on its way */
    size_t len, sent;  /* of it */
    /* ns: when it is asked to end, as all is said or too late, and when it has to; 0 never */
    uint64_t end, late, kill;
    bool ended;
    int status;
};

static volatile sig_atomic_t interrupts;
static sigset_t before;

static void note(int signo)
{
    if (signo != SIGCHLD)
        interrupts++;
}

void try_relay_prepare(void)
{
    static const int signals[] = {SIGCHLD, SIGINT, SIGTERM};
    struct sigaction sa = {.sa_handler = note};
    sigset_t mine;
    (void)sigemptyset(&mine); /* none of these can fail */
    (void)sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaddset(&mine, signals[i]);
        (void)sigaction(signals[i], &sa, NULL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &mine, &before);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigdelset(&before, signals[i]);
}

static uint64_t now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* --- the handler's end ------------------------------------------------------------------------ */

static void ask_to_end(struct state *s, int signo, const char *why)
{
    const char *name = signal_name(signo);
    (void)fprintf(stderr, "doorward: %s: the handler is sent %s\n", why,
                  name ? name : "a signal"); /* nobody else to tell */
    if (s->r->kept)
        keeper_tell(s->r->pid, signo);
    else
        (void)kill(-s->r->pid, signo); /* perhaps it has ended */
    s->end = s->late = 0;
    s->kill = signo == SIGKILL ? 0 : now() + KILL_S * NS_PER_S;
}

static void look_at_time(struct state *s)
{
    static sig_atomic_t seen;
    if (seen != interrupts) {
        seen = interrupts;
        ask_to_end(s, seen > 1 ? SIGKILL : SIGTERM, "interrupted");
    } else if (s->kill && now() >= s->kill) {
        ask_to_end(s, SIGKILL, "it has not ended");
    } else if (s->late && now() >= s->late) {
        ask_to_end(s, s->r->signal, "timeout");
    } else if (s->end && now() >= s->end) {
        ask_to_end(s, SIGTERM,
                   s->r->stream ? "it waits for other clients" : "it is silent, and goes on");
    }
}

/* It would wait for other clients. */
static void look_at_ends(struct state *s)
{
    bool silent = !s->in && s->len == 0 && (!s->out || !s->r->stream);
    if (s->r->stays && silent && !s->kill && !s->end)
        s->end = now() + PATIENCE_S * NS_PER_S;
}

static void look_at_child(struct state *s)
{
    pid_t pid;
    while ((pid = waitpid(s->r->pid, &s->status, WNOHANG)) < 0 && errno == EINTR)
        ;
    s->ended = pid != 0;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static void read_input(struct state *s)
{
    ssize_t n = read(STDIN_FILENO, s->piece, sizeof s->piece);
    s->len = n > 0 ? (size_t)n : 0;
    s->sent = 0;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    s->in = n > 0;
    if (!s->in && s->r->stream)
        (void)shutdown(s->r->client, SHUT_WR); /* it may have gone */
}

static void send_input(struct state *s)
{
    ssize_t n = send(s->r->client, s->piece + s->sent, s->len - s->sent, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    s->sent += n < 0 ? s->len : (size_t)n;
    if (n < 0 && s->r->stream)
        s->in = false; /* nobody reads it any more */
    if (s->sent >= s->len)
        s->len = 0;
}

static void take_output(struct state *s)
{
    char piece[PIECE];
    ssize_t n = recv(s->r->client, piece, sizeof piece, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    s->out = n > 0 || (!s->r->stream && n == 0);
    if (n > 0)
        (void)fwrite(piece, 1, (size_t)n, stdout); /* looked at in the end */
    (void)fflush(stdout);                          /* the same */
    if (!s->r->stream && s->end)
        s->end = now() + PATIENCE_S * NS_PER_S;
}

/* One wait, and what is there then. */
static void turn(struct state *s)
{
    fd_set in, out;
    struct timespec tick = {.tv_nsec = 200 * (long)NS_PER_MS};
    FD_ZERO(&in);
    FD_ZERO(&out);
    if (s->in && s->len == 0)
        fd_put(STDIN_FILENO, &in);
    if (s->len > 0)
        fd_put(s->r->client, &out);
    if (s->out)
        fd_put(s->r->client, &in);
    int n = pselect(s->r->client + 1, &in, &out, NULL, s->end || s->late || s->kill ? &tick : NULL,
                    &before);
    if (n > 0 && fd_among(s->r->client, &in))
        take_output(s);
    if (n > 0 && fd_among(s->r->client, &out))
        send_input(s);
    if (n > 0 && fd_among(STDIN_FILENO, &in))
        read_input(s);
}

int try_relay(const struct try_relay *r)
{
    struct state s = {.r = r, .in = true, .out = true};
    s.late = r->timeout ? now() + r->timeout : 0;
    while (!s.ended) {
        turn(&s);
        look_at_ends(&s);
        look_at_time(&s);
        look_at_child(&s);
    }
    /* What it has left behind. */
    for (bool more = s.out; more;) {
        fd_set in;
        struct timespec none = {0};
        FD_ZERO(&in);
        fd_put(r->client, &in);
        more = s.out && pselect(r->client + 1, &in, NULL, NULL, &none, NULL) > 0;
        if (more)
            take_output(&s);
    }
    return s.status;
}
