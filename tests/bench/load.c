/* load.c -- closed-loop load: N clients, every reply verified, one result line on stdout */
#include "config.h"

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 65536

static const struct mode modes[] = {
    {.name = "line", .type = SOCK_STREAM},
    {.name = "echo", .type = SOCK_STREAM, .sends = true, .echoes = true},
    {.name = "reject", .type = SOCK_STREAM, .empty = true},
    {.name = "hold", .type = SOCK_STREAM, .holds = true},
    {.name = "udp", .type = SOCK_DGRAM, .sends = true},
    {.name = "udp-echo", .type = SOCK_DGRAM, .sends = true, .echoes = true, .keeps = true},
};

static struct load_options opt = {
    .mode = modes,
    .reply = "doorward bench\n",
    .ports = 1,
    .clients = 1,
    .count = 1000000,
    .time = 10 * SECOND,
    .timeout = 10 * SECOND,
};

_Noreturn void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)fputs("load: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void raise_file_limit(void)
{
    struct rlimit rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
        rl.rlim_cur = rl.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &rl); /* too few shows as an error of socket() */
    }
}

static uint64_t number(const char *word, uint64_t min, uint64_t max)
{
    char *end;
    unsigned long long n;

    errno = 0;
    n = strtoull(word, &end, 10);
    if (errno != 0 || end == word || *end != '\0' || *word == '-' || n < min || n > max) {
        die("%s: not a number from %llu to %llu", word, (unsigned long long)min,
            (unsigned long long)max);
    }
    return n;
}

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i].name, name) == 0) {
            return &modes[i];
        }
    }
    die("%s: no such mode", name);
}

static struct in_addr address(const char *word)
{
    struct in_addr in;

    if (inet_pton(AF_INET, word, &in) != 1) {
        die("%s: not an IPv4 address", word);
    }
    return in;
}

static const char usage[] =
    "load [options] port\n"
    "  -m MODE     line, echo, reject, hold, udp, udp-echo (line)\n"
    "  -a ADDRESS  destination (127.0.0.1)      -P N   ports, from `port` on, in turn (1)\n"
    "  -s ADDRESS  first source                 -S N   sources, from there on, in turn (1)\n"
    "  -c N        clients (1)                  -n N   requests (1000000)\n"
    "  -t MS       time to run (10000)          -T S   time for one request (10)\n"
    "  -r REPLY    the line expected";

static void parse(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "m:a:P:s:S:c:n:t:T:r:")) != -1) {
        switch (c) {
        case 'm':
            opt.mode = find_mode(optarg);
            break;
        case 'a':
            opt.dest = address(optarg);
            break;
        case 'P':
            opt.ports = number(optarg, 1, 65535);
            break;
        case 's':
            opt.source = address(optarg);
            opt.sources = opt.sources ? opt.sources : 1;
            break;
        case 'S':
            opt.sources = number(optarg, 1, 1U << 24);
            break;
        case 'c':
            opt.clients = number(optarg, 1, CLIENTS_MAX);
            break;
        case 'n':
            opt.count = number(optarg, 1, 100000000);
            break;
        case 't':
            opt.time = number(optarg, 1, 600000) * MILLISECOND;
            break;
        case 'T':
            opt.timeout = number(optarg, 1, 600) * SECOND;
            break;
        case 'r':
            opt.reply = optarg;
            break;
        default:
            die("%s", usage);
        }
    }
    if (optind + 1 != argc) {
        die("%s", usage);
    }
    opt.port = number(argv[optind], 1, 65536 - opt.ports);
    if (opt.mode->holds) {
        opt.count = opt.clients;
    }
}

int main(int argc, char **argv)
{
    struct tally tally = {0};

    opt.dest = opt.source = address("127.0.0.1");
    parse(argc, argv);
    raise_file_limit();
    drive(&opt, &tally);
    tally_print(&tally);
    if (opt.mode->holds) {
        (void)printf("lost=%llu\n", (unsigned long long)drive_hold());
    }
    free(tally.sample);
    return 0;
}
