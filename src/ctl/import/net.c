/* ctl/import/net.c -- the ways in which xinetd and systemd write addresses, as prefixes */
#include "config.h"

#include "ctl/import/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "base/value.h"

static void add(struct ctl_words *out, const char *text)
{
    ctl_words_add(out, text, strlen(text));
}

static void add_v4(struct ctl_words *out, uint32_t address, unsigned bits)
{
    struct in_addr in = {.s_addr = htonl(address)};
    char dotted[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN + 4];
    if (inet_ntop(AF_INET, &in, dotted, sizeof dotted) &&
        text_fits(text, sizeof text, bits == 32 ? "%s" : "%s/%u", dotted, bits))
        add(out, text);
}

/* One to four decimal parts before `end`; how many, 0: it is something else. */
static unsigned parts(const char *text, const char *end, uint32_t *address)
{
    unsigned n = 0;
    *address = 0;
    while (n < 4) {
        char part[4];
        size_t len = strcspn(text, ".{/");
        uint64_t value = 0;
        if (len > 3 || text + len > end)
            len = (size_t)(end - text);
        if (!text_fits(part, sizeof part, "%.*s", (int)len, text) ||
            value_number(part, 0, 255, &value))
            return 0;
        *address = *address << 8 | (uint32_t)value;
        n++;
        text += len;
        if (text == end)
            break;
        if (*text++ != '.')
            return 0;
        if (text == end)
            break; /* "10.1." before a brace */
    }
    *address <<= 8 * (4 - n);
    return text == end ? n : 0;
}

/* a.b.{c,d}: each of the braces is a part. */
static bool factorized(const char *word, const char *brace, struct ctl_words *out)
{
    uint32_t base = 0;
    unsigned n = parts(word, brace, &base);
    const char *at = brace + 1, *end = strchr(at, '}');
    if (n == 0 || n > 3 || brace[-1] != '.' || !end || end[1])
        return false;
    while (at < end) {
        char part[8];
        uint64_t value = 0;
        size_t len = strcspn(at, ",}");
        if (!text_fits(part, sizeof part, "%.*s", (int)len, at) ||
            value_number(part, 0, 255, &value))
            return false;
        add_v4(out, base | (uint32_t)value << 8 * (3 - n), 8 * (n + 1));
        at += len + 1;
    }
    return true;
}

/* "/24", or the netmask as an address. */
static bool mask_bits(const char *text, unsigned *bits)
{
    uint64_t n = 0;
    uint32_t mask = 0;
    if (!value_number(text, 0, 32, &n)) {
        *bits = (unsigned)n;
        return true;
    }
    if (parts(text, text + strlen(text), &mask) != 4)
        return false;
    for (*bits = 0; mask & 0x80000000U; mask <<= 1)
        ++*bits;
    return mask == 0;
}

static bool v6(const char *word, struct ctl_words *out)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr in6;
    uint64_t bits = 128;
    size_t len = strcspn(word, "/");
    if (!strchr(word, ':') || !text_fits(address, sizeof address, "%.*s", (int)len, word) ||
        inet_pton(AF_INET6, address, &in6) != 1)
        return false;
    if (word[len] && value_number(word + len + 1, 0, 128, &bits))
        return false;
    add(out, word);
    return true;
}

/* Zeros at the right end stand for anything. */
static bool v4(const char *word, bool zeros_are_any, struct ctl_words *out)
{
    size_t len = strcspn(word, "/");
    uint32_t address = 0;
    unsigned n = parts(word, word + len, &address), bits = n * 8;
    if (n == 0 || (n < 4 && !zeros_are_any) || (word[len] && !mask_bits(word + len + 1, &bits)))
        return false;
    for (; !word[len] && zeros_are_any && bits > 0; bits -= 8)
        if (address >> (32 - bits) & 255)
            break;
    add_v4(out, address, bits);
    return true;
}

static bool network(const char *word, struct ctl_words *out)
{
    const struct netent *ne = getnetbyname(word);
    if (!ne || ne->n_addrtype != AF_INET || ne->n_net == 0)
        return false;
    uint32_t address = ne->n_net;
    unsigned bits = 32;
    for (; !(address & 0xff000000U); bits -= 8) /* written without the zeros at its end */
        address <<= 8;
    for (; bits > 0 && !(address >> (32 - bits) & 255); bits -= 8)
        ;
    add_v4(out, address, bits);
    return true;
}

bool ctl_net_xinetd(const char *word, struct ctl_words *out)
{
    const char *brace = strchr(word, '{');
    if (brace)
        return brace > word && factorized(word, brace, out);
    if (v6(word, out) || v4(word, true, out))
        return true;
    if (strcmp(word, "localhost") == 0) { /* the one name that is the same everywhere */
        add(out, "127.0.0.1");
        add(out, "::1");
        return true;
    }
    return network(word, out);
}

bool ctl_net_systemd(const char *word, struct ctl_words *out)
{
    static const struct {
        const char *name, *v4, *v6;
    } names[] = {{"any", "0.0.0.0/0", "::/0"},
                 {"localhost", "127.0.0.0/8", "::1"},
                 {"link-local", "169.254.0.0/16", "fe80::/64"},
                 {"multicast", "224.0.0.0/4", "ff00::/8"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i].name) == 0) {
            add(out, names[i].v4);
            add(out, names[i].v6);
            return true;
        }
    return v6(word, out) || v4(word, false, out);
}
