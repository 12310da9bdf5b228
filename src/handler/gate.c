/* handler/gate.c -- before a handler starts its client solves a puzzle: gate = pow BITS */
#include "config.h"

#include "handler/gate.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "base/text.h"

enum { RANDOM = 16, CHALLENGE = 2 * RANDOM + 1 };

bool gate_solves(const char *challenge, const char *answer, unsigned bits)
{
    unsigned char both[2 * GATE_ANSWER], digest[SHA256_SIZE];
    size_t head = strlen(challenge), len = strlen(answer);
    memcpy(both, challenge, head);
    memcpy(both + head, answer, len);
    sha256(both, head + len, digest);
    for (unsigned i = 0; i < bits; i++)
        if (digest[i / 8] & 0x80U >> i % 8)
            return false;
    return true;
}

/* Nobody can have solved it before. False with errno. */
static bool make_challenge(char out[static CHALLENGE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[RANDOM];
#if HAVE_GETENTROPY
    if (getentropy(random, sizeof random) < 0)
        return false;
#else
    errno = ENOSYS;
    return false;
#endif
    for (size_t i = 0; i < RANDOM; i++) {
        out[2 * i] = digits[random[i] >> 4];
        out[2 * i + 1] = digits[random[i] & 15];
    }
    out[CHALLENGE - 1] = '\0';
    return true;
}

static uint64_t now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* A byte, before `end`. False with errno; 0: the client has closed. */
static bool read_byte(int fd, uint64_t end, char *byte)
{
    for (;;) {
        ssize_t n = recv(fd, byte, 1, MSG_DONTWAIT);
        if (n == 1)
            return true;
        if (n == 0)
            errno = 0;
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return false;
        uint64_t at = now();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (at >= end) {
            errno = ETIMEDOUT;
            return false;
        }
        (void)poll(&p, 1, (int)((end - at) / NS_PER_MS) + 1); /* recv(2) tells what came of it */
    }
}

/* One byte after another, so that what stands behind the line stays where it is. */
static bool read_answer(int fd, uint64_t end, char answer[static GATE_ANSWER + 1])
{
    size_t n = 0;
    char byte;
    while (read_byte(fd, end, &byte)) {
        bool over = byte == '\n', carriage = byte == '\r';
        if (over) {
            answer[n] = '\0';
            return true;
        }
        if (!carriage && (n == GATE_ANSWER || byte < '!' || byte > '~')) {
            errno = EACCES;
            return false;
        }
        if (!carriage)
            answer[n++] = byte;
    }
    return false;
}

/* He may have gone; and a line fits into any socket's buffer. */
static void say(int fd, const struct text *line)
{
    (void)send(fd, line->at, line->len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool ask(int fd, unsigned bits, uint64_t end)
{
    char challenge[CHALLENGE], answer[GATE_ANSWER + 1], line[CHALLENGE + 16];
    struct text t;
    if (!make_challenge(challenge))
        return false;
    text_init(&t, line, sizeof line);
    text_string(&t, "pow ");
    text_number(&t, bits);
    text_string(&t, " ");
    text_string(&t, challenge);
    text_string(&t, "\n");
    say(fd, &t);
    if (!read_answer(fd, end, answer))
        return false;
    errno = EACCES;
    return gate_solves(challenge, answer, bits);
}

bool gate_passes(int fd, unsigned bits, uint64_t time)
{
    char line[16];
    struct text t;
    if (ask(fd, bits, now() + time))
        return true;
    int error = errno;
    text_init(&t, line, sizeof line);
    text_string(&t, error == ETIMEDOUT ? "late\n" : error == EACCES ? "wrong\n" : "");
    if (t.len > 0)
        say(fd, &t);
    errno = error;
    return false;
}
