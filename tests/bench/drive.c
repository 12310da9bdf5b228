/* drive.c -- the closed loop: each client has one request at a time, and its reply is verified */
#include "config.h"

#include "load.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define RESEND     (SECOND / 4) /* a datagram without an answer goes out again */
#define SCAN       (SECOND / 20)
#define REPLY_MAX  256
#define ERRORS_MAX 1000 /* then the server is gone and more of them say nothing */
#define HOLD_GATE  64   /* connections of `hold` that are on their way at once */

struct client {
    int fd;
    bool busy;
    bool sent;      /* the request is out */
    bool resent;    /* more than once: a second answer may come */
    uint64_t begun; /* ns; of this request */
    uint64_t asked; /* ns; of the last datagram */
    size_t got;
    size_t want;
    char expect[REPLY_MAX]; /* the reply; in echo modes the request as well */
    char buf[REPLY_MAX];
};

static struct {
    int epoll;
    struct client *client;
    uint64_t started, active, deadline;
} run;
static const struct load_options *opt;
static struct tally *tally;

static uint64_t now_ns(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail on Linux */
    return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* The request is over; a connection that `hold` wants stays. */
static void finish(struct client *c, enum result result, uint64_t now)
{
    bool keep = result == DONE && (opt->mode->holds || (opt->mode->keeps && !c->resent));

    tally_add(tally, result, now - c->begun);
    if (!keep && c->fd >= 0) {
        (void)close(c->fd);
        c->fd = -1;
    }
    c->busy = false;
    run.active--;
}

/* Close with RST: nothing is left in TIME_WAIT, so ports do not run out. */
static void set_options(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    int one = 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
}

static int open_socket(uint64_t serial)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = opt->dest};
    int fd = socket(AF_INET, opt->mode->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        die("socket: %s", strerror(errno));
    }
    set_options(fd);
    if (opt->sources > 0) {
        from.sin_addr.s_addr = htonl(ntohl(opt->source.s_addr) + (uint32_t)(serial % opt->sources));
        if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0) {
            die("bind: %s", strerror(errno));
        }
    }
    to.sin_port = htons((uint16_t)(opt->port + serial % opt->ports));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void watch(struct client *c, int op, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = c};

    if (epoll_ctl(run.epoll, op, c->fd, &ev) != 0) {
        die("epoll_ctl: %s", strerror(errno));
    }
}

static void set_expectation(struct client *c, uint64_t serial)
{
    int n;

    if (opt->mode->echoes) {
        n = snprintf(c->expect, sizeof c->expect, "request %llu\n", (unsigned long long)serial);
    } else {
        n = snprintf(c->expect, sizeof c->expect, "%s", opt->mode->empty ? "" : opt->reply);
    }
    if (n < 0 || (size_t)n >= sizeof c->expect) {
        die("reply is too long");
    }
    c->want = (size_t)n;
}

/* A stream's request ends with FIN, so that an echo ends too. */
static void send_request(struct client *c, uint64_t now)
{
    if (send(c->fd, c->expect, c->want, MSG_NOSIGNAL) != (ssize_t)c->want) {
        finish(c, CONNECT, now);
        return;
    }
    c->sent = true;
    c->asked = now;
    if (opt->mode->type == SOCK_STREAM) {
        (void)shutdown(c->fd, SHUT_WR); /* an error shows on the read */
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void start(struct client *c)
{
    bool fresh = c->fd < 0;
    bool stream = opt->mode->type == SOCK_STREAM;

    c->begun = now_ns();
    c->busy = true;
    c->sent = c->resent = false;
    c->got = 0;
    set_expectation(c, run.started);
    run.active++;
    if (fresh) {
        c->fd = open_socket(run.started);
    }
    run.started++;
    if (c->fd < 0) {
        finish(c, CONNECT, c->begun);
        return;
    }
    if (fresh) {
        watch(c, EPOLL_CTL_ADD, stream && opt->mode->sends ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    if (!stream) {
        send_request(c, c->begun);
    }
}

static bool reply_matches(const struct client *c)
{
    return c->got == c->want && memcmp(c->buf, c->expect, c->got) == 0;
}

/* End of the stream: with err an error of the connection. */
static void judge_end(struct client *c, int err, uint64_t now)
{
    if (err == ECONNREFUSED) {
        finish(c, CONNECT, now);
    } else if (opt->mode->empty) {
        bool line = c->got == strlen(opt->reply) && memcmp(c->buf, opt->reply, c->got) == 0;

        if (c->got > 0 && line) {
            tally->served++; /* let in, where a refusal was expected: the driver judges */
        }
        finish(c, c->got == 0 && (err == 0 || err == ECONNRESET || err == EPIPE) ? DONE : MISMATCH,
               now);
    } else if (err != 0) {
        finish(c, RESET, now);
    } else {
        finish(c, reply_matches(c) && !opt->mode->holds ? DONE : MISMATCH, now);
    }
}

static void read_reply(struct client *c)
{
    uint64_t now;

    for (;;) {
        ssize_t n = recv(c->fd, c->buf + c->got, sizeof c->buf - c->got, 0);

        now = now_ns();
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (opt->mode->type == SOCK_DGRAM) {
            c->got = n < 0 ? 0 : (size_t)n;
            finish(c, n < 0 ? CONNECT : reply_matches(c) ? DONE : MISMATCH, now);
            return;
        }
        if (n <= 0 || c->got + (size_t)n == sizeof c->buf) {
            judge_end(c, n < 0 ? errno : 0, now);
            return;
        }
        c->got += (size_t)n;
    }
    if (opt->mode->holds && reply_matches(c)) {
        watch(c, EPOLL_CTL_DEL, 0); /* end of file is looked for at the release */
        finish(c, DONE, now);
    }
}

static bool may_start(uint64_t now)
{
    return now < run.deadline && run.started < opt->count && tally_errors(tally) < ERRORS_MAX;
}

static void serve_event(const struct epoll_event *ev)
{
    struct client *c = ev->data.ptr;

    if (!c->busy) {
        return; /* a held one */
    }
    if ((ev->events & EPOLLOUT) && !(ev->events & (EPOLLERR | EPOLLHUP)) && !c->sent &&
        opt->mode->sends) {
        send_request(c, now_ns());
        return;
    }
    read_reply(c);
    if (!c->busy && !opt->mode->holds && may_start(now_ns())) {
        start(c);
    }
}

/* Datagrams without an answer go again, requests without one are given up. */
static void scan(uint64_t now)
{
    for (uint64_t i = 0; i < opt->clients; i++) {
        struct client *c = &run.client[i];

        if (!c->busy) {
            continue;
        }
        if (now - c->begun > opt->timeout) {
            finish(c, TIMEOUT, now);
        } else if (opt->mode->type == SOCK_DGRAM && now - c->asked > RESEND) {
            c->resent = true;
            tally->resent++;
            send_request(c, now);
        }
    }
}

/* Start what may start: at first all, later those whose connect failed. `hold` uses a client
 * once. */
static void start_idle(uint64_t now)
{
    uint64_t most = opt->mode->holds ? HOLD_GATE : opt->clients;

    for (uint64_t i = opt->mode->holds ? run.started : 0; i < opt->clients; i++) {
        if (run.active >= most || !may_start(now)) {
            break;
        }
        if (!run.client[i].busy) {
            start(&run.client[i]);
        }
    }
}

/* What is on its way at the deadline is not counted. */
static void turn(void)
{
    struct epoll_event ev[256];
    uint64_t now = now_ns();
    uint64_t next_scan = now + SCAN;

    while (now < run.deadline && (may_start(now) || run.active > 0)) {
        int n;

        start_idle(now);
        n = epoll_wait(run.epoll, ev, (int)(sizeof ev / sizeof ev[0]), 20);
        now = now_ns();
        for (int i = 0; i < n; i++) {
            serve_event(&ev[i]);
        }
        if (now >= next_scan) {
            scan(now_ns());
            next_scan = now + SCAN;
        }
    }
}

void drive(const struct load_options *options, struct tally *t)
{
    opt = options;
    tally = t;
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.client = calloc(opt->clients, sizeof *run.client);
    if (run.epoll < 0 || !run.client) {
        die("start: %s", strerror(errno));
    }
    for (uint64_t i = 0; i < opt->clients; i++) {
        run.client[i].fd = -1;
    }
    t->begun = now_ns();
    run.deadline = t->begun + opt->time;
    turn();
    t->ended = now_ns();
}

uint64_t drive_hold(void)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    uint64_t lost = 0;
    char byte;

    (void)poll(&in, 1, (int)(opt->time / MILLISECOND));
    for (uint64_t i = 0; i < opt->clients; i++) {
        int fd = run.client[i].fd;

        if (fd >= 0 && (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)) {
            lost++;
        }
    }
    return lost;
}
