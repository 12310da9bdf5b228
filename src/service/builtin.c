/* service/builtin.c -- the services that need no program */
#include "config.h"

#include "service/builtin.h"

#include "base/small.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "service/ident.h"

enum {
    BUFFER = 65536,
    LINE = 74,        /* chargen: 72 characters and CR LF */
    PRINTING = 95,    /* characters, ' ' to '~' */
    DGRAM_MAX = 512,  /* RFC 864's limit for a datagram */
    DAYTIME_MAX = 128 /* far more than the longest names of a day, a month and a zone */
};

/* Static, since a builtin's child serves one peer and its stack should stay small; a page that is
 * never touched costs nothing. */
static char buffer[BUFFER];

/* --- streams in a child ---------------------------------------------------------------------- */

/* What is there, at least one byte; 0 at the end and on every error. */
static size_t receive(int fd, char *to, size_t size)
{
    ssize_t n;
    do
        n = read(fd, to, size);
    while (n < 0 && errno == EINTR);
    return n > 0 ? (size_t)n : 0;
}

/* All of it; false when the peer is gone. */
static bool transmit(int fd, const char *from, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, from, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        from += n;
        len -= (size_t)n;
    }
    return true;
}

static void echo_stream(int fd)
{
    size_t n;
    do
        n = receive(fd, buffer, sizeof buffer);
    while (n > 0 && transmit(fd, buffer, n));
}

static void discard_stream(int fd)
{
    while (receive(fd, buffer, sizeof buffer) > 0)
        ;
}

/* Lines of 72 of the 95 printing characters; each starts one character after the one before. */
static void chargen_lines(char *to, size_t lines)
{
    for (size_t i = 0; i < lines; i++) {
        for (size_t k = 0; k < LINE - 2; k++)
            *to++ = (char)(' ' + (i + k) % PRINTING);
        *to++ = '\r';
        *to++ = '\n';
    }
}

static void chargen_stream(int fd)
{
    /* Whole rounds of the 95 lines, so that the buffer's end leads to its start. */
    const size_t lines = BUFFER / LINE / PRINTING * PRINTING;
    chargen_lines(buffer, lines);
    while (transmit(fd, buffer, lines * LINE))
        ;
}

/* --- answers: for streams in the master, and datagrams ---------------------------------------- */

static ssize_t echo_dgram(const char *in, size_t len, char *out, size_t size)
{
    if (len > size)
        return -1;
    memcpy(out, in, len);
    return (ssize_t)len;
}

static ssize_t discard_dgram(const char *in, size_t len, char *out, size_t size)
{
    (void)in, (void)len, (void)out, (void)size;
    return -1;
}

static ssize_t chargen_dgram(const char *in, size_t len, char *out, size_t size)
{
    (void)in, (void)len;
    size_t lines = (size < DGRAM_MAX ? size : DGRAM_MAX) / LINE;
    chargen_lines(out, lines);
    return lines > 0 ? (ssize_t)(lines * LINE) : -1;
}

/* RFC 867's popular syntax: "Saturday, November 21, 2026 10:37:57-UTC". */
static ssize_t daytime_dgram(const char *in, size_t len, char *out, size_t size)
{
    (void)in, (void)len;
    struct tm tm;
    time_t now = time(NULL);
    if (!localtime_r(&now, &tm))
        return -1;
    char line[DAYTIME_MAX];
    size_t n = strftime(line, sizeof line, "%A, %B %d, %Y %H:%M:%S-%Z\r\n", &tm);
    if (n == 0 || n > size)
        return -1;
    memcpy(out, line, n);
    return (ssize_t)n;
}

/* RFC 868: seconds since 1900, 32 bits; they start anew in 2036. */
static ssize_t time_dgram(const char *in, size_t len, char *out, size_t size)
{
    (void)in, (void)len;
    const uint64_t from_1900_to_1970 = UINT64_C(2208988800);
    uint32_t answer = htonl((uint32_t)((uint64_t)time(NULL) + from_1900_to_1970));
    if (size < sizeof answer)
        return -1;
    memcpy(out, &answer, sizeof answer);
    return (ssize_t)sizeof answer;
}

/* A fresh connection's send buffer has room for it; if not, the peer gets nothing. */
static void answer(int fd, ssize_t (*dgram)(const char *, size_t, char *, size_t))
{
    char out[DAYTIME_MAX];
    ssize_t n = dgram("", 0, out, sizeof out);
    if (n > 0)
        (void)send(fd, out, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL); /* a lost peer is no news */
}

static void daytime_stream(int fd)
{
    answer(fd, daytime_dgram);
}

static void time_stream(int fd)
{
    answer(fd, time_dgram);
}

/* --- what the daemon knows of itself --------------------------------------------------------- */

static void (*look)(void);
static void (*serve_status)(int fd);

void builtin_status(void (*looks)(void), void (*serve)(int fd))
{
    look = looks;
    serve_status = serve;
}

void builtin_look(const struct builtin *b)
{
    if (b && b->how == BUILTIN_TABLES)
        look();
}

static void status_stream(int fd)
{
    serve_status(fd);
}

/* --- the table ------------------------------------------------------------------------------- */

/* Starts a minute and source. What answers more than it was sent is worth a forged source;
 * what answers as much may keep another server busy. discard answers nobody. */
enum { AMPLIFIER_MAX = 60, ECHO_MAX = 600 };

static const struct builtin builtins[] = {
    {"echo", SMALL_ECHO, SOCK_STREAM, BUILTIN_FORK, 0, echo_stream, NULL},
    {"discard", SMALL_DISCARD, SOCK_STREAM, BUILTIN_FORK, 0, discard_stream, NULL},
    {"chargen", SMALL_CHARGEN, SOCK_STREAM, BUILTIN_FORK, 0, chargen_stream, NULL},
    {"daytime", SMALL_DAYTIME, SOCK_STREAM, BUILTIN_INLINE, 0, daytime_stream, NULL},
    {"time", SMALL_TIME, SOCK_STREAM, BUILTIN_INLINE, 0, time_stream, NULL},
    {"status", 0, SOCK_STREAM, BUILTIN_TABLES, 0, status_stream, NULL},
    {"ident", SMALL_AUTH, SOCK_STREAM, BUILTIN_FORK, 0, ident_hidden, NULL},
    {"auth", SMALL_AUTH, SOCK_STREAM, BUILTIN_FORK, 0, ident_hidden, NULL}, /* as BSDs call it */
    {"ident-token", SMALL_AUTH, SOCK_STREAM, BUILTIN_FORK, 0, ident_token, NULL},
    {"ident-user", SMALL_AUTH, SOCK_STREAM, BUILTIN_FORK, 0, ident_user, NULL},
    {"tcpmux", SMALL_TCPMUX, SOCK_STREAM, BUILTIN_MUX, 0, NULL, NULL},
    {"echo", SMALL_ECHO, SOCK_DGRAM, BUILTIN_DGRAM, ECHO_MAX, NULL, echo_dgram},
    {"discard", SMALL_DISCARD, SOCK_DGRAM, BUILTIN_DGRAM, 0, NULL, discard_dgram},
    {"chargen", SMALL_CHARGEN, SOCK_DGRAM, BUILTIN_DGRAM, AMPLIFIER_MAX, NULL, chargen_dgram},
    {"daytime", SMALL_DAYTIME, SOCK_DGRAM, BUILTIN_DGRAM, AMPLIFIER_MAX, NULL, daytime_dgram},
    {"time", SMALL_TIME, SOCK_DGRAM, BUILTIN_DGRAM, AMPLIFIER_MAX, NULL, time_dgram},
};

enum { BUILTINS = sizeof builtins / sizeof *builtins };

const struct builtin *builtin_at(size_t i)
{
    return i < BUILTINS ? &builtins[i] : NULL;
}

const struct builtin *builtin_find(const char *name, int socktype)
{
    for (size_t i = 0; i < BUILTINS; i++) {
        if (builtins[i].socktype == socktype && strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    }
    return NULL;
}

const struct builtin *builtin_known(const char *name, unsigned port)
{
    for (size_t i = 0; i < BUILTINS; i++)
        if (name ? strcmp(builtins[i].name, name) == 0 : builtins[i].port == port)
            return &builtins[i];
    return NULL;
}

/* Ports whose usual servers answer a datagram from anybody. A datagram that claims to come from
 * one is not a client's: clients send from ports the system picks, which are high. Either it was
 * forged to make two servers answer each other for ever, or to have us hit the server there. Two
 * such clients there are, servers of DNS and NTP that ask from their own port, but neither asks
 * for echo. Port 0 cannot be answered at all. */
static const uint16_t small_ports[] = {
    0,     7, /* echo */
    9,        /* discard; wake-on-LAN */
    11,       /* systat */
    13,       /* daytime */
    15,       /* netstat */
    17,       /* qotd */
    18,       /* msp */
    19,       /* chargen */
    37,       /* time */
    53,       /* DNS */
    69,       /* TFTP */
    111,      /* rpcbind */
    123,      /* NTP */
    137,      /* NetBIOS names */
    161,      /* SNMP */
    177,      /* XDMCP */
    389,      /* CLDAP */
    427,      /* SLP */
    517,      /* talk */
    518,      /* ntalk */
    520,      /* RIP */
    623,      /* IPMI */
    1434,     /* SQL Server's browser */
    1900,     /* SSDP */
    3702,     /* WS-Discovery */
    5353,     /* mDNS */
    5683,     /* CoAP */
    11211,    /* memcached */
};

bool builtin_small_port(unsigned port)
{
    for (size_t i = 0; i < sizeof small_ports / sizeof *small_ports; i++) {
        if (small_ports[i] == port)
            return true;
    }
    return false;
}
