/* ctl/import/net.c -- the ways in which xinetd and systemd write addresses, as prefixes */
#include "config.h"

#include "ctl/import/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "base/value.h"

/* --- prefixes --------------------------------------------------------------------------------- */

struct prefix {
    int family;
    unsigned bits;
    unsigned char at[16]; /* in the network's order */
};

static bool bit(const struct prefix *p, unsigned n)
{
    return p->at[n / 8] >> (7 - n % 8) & 1;
}

/* An IPv4 address in IPv6's clothes is one of IPv4: so doorward looks at it too. */
static void unmap(struct prefix *p)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (p->family != AF_INET6 || p->bits < 96 || memcmp(p->at, mapped, sizeof mapped) != 0)
        return;
    memmove(p->at, p->at + 12, 4);
    p->family = AF_INET;
    p->bits -= 96;
}

static void add(struct ctl_words *out, struct prefix p)
{
    char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];
    unmap(&p);
    unsigned most = p.family == AF_INET ? 32 : 128;
    for (unsigned n = p.bits; n < most; n++)
        p.at[n / 8] = (unsigned char)(p.at[n / 8] & ~(0x80U >> n % 8));
    if (inet_ntop(p.family, p.at, address, sizeof address) &&
        text_fits(text, sizeof text, p.bits == most ? "%s" : "%s/%u", address, p.bits))
        ctl_words_add(out, text, strlen(text));
}

static void add_v4(struct ctl_words *out, uint32_t address, unsigned bits)
{
    struct prefix p = {.family = AF_INET, .bits = bits};
    for (unsigned i = 0; i < 4; i++)
        p.at[i] = (unsigned char)(address >> (24 - 8 * i) & 255);
    add(out, p);
}

/* ADDRESS[/BITS] in the forms of inet_pton(3). */
static bool parse(const char *word, struct prefix *p)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = strcspn(word, "/");
    uint64_t bits = 0;
    *p = (struct prefix){.family = strchr(word, ':') ? AF_INET6 : AF_INET};
    unsigned most = p->family == AF_INET ? 32 : 128;
    if (!text_fits(address, sizeof address, "%.*s", (int)len, word) ||
        inet_pton(p->family, address, p->at) != 1 ||
        (word[len] && value_number(word + len + 1, 0, most, &bits)))
        return false;
    p->bits = word[len] ? (unsigned)bits : most;
    return true;
}

bool ctl_net_within(const char *inner, const char *outer)
{
    struct prefix a, b;
    if (!parse(inner, &a) || !parse(outer, &b) || a.family != b.family || a.bits < b.bits)
        return false;
    for (unsigned n = 0; n < b.bits; n++)
        if (bit(&a, n) != bit(&b, n))
            return false;
    return true;
}

/* --- xinetd ----------------------------------------------------------------------------------- */

/* As the C library reads numbers: 10.1 is 10.0.0.1, and 010 is 8. So does xinetd. */
static bool read_numeric(const char *text, struct prefix *p)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
                             .ai_family = strchr(text, ':') ? AF_INET6 : AF_INET},
                    *found = NULL;
    if (getaddrinfo(text, NULL, &hints, &found) != 0)
        return false;
    *p =
        (struct prefix){.family = found->ai_family, .bits = found->ai_family == AF_INET ? 32 : 128};
    if (found->ai_family == AF_INET)
        memcpy(p->at, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
    else
        memcpy(p->at, &((const struct sockaddr_in6 *)(const void *)found->ai_addr)->sin6_addr, 16);
    freeaddrinfo(found);
    return true;
}

/* Zeros at the right end of an IPv4 address stand for anything, and so does "::". */
static bool numeric(const char *word, struct ctl_words *out)
{
    static const unsigned char zeros[16];
    struct prefix p;
    if (strpbrk(word, "/{") || !read_numeric(word, &p))
        return false;
    if (p.family == AF_INET)
        while (p.bits > 0 && p.at[p.bits / 8 - 1] == 0)
            p.bits -= 8;
    else if (memcmp(p.at, zeros, sizeof zeros) == 0)
        p.bits = 0;
    add(out, p);
    return true;
}

/* ADDRESS/BITS. With a netmask behind the slash, or 128 bits, xinetd matches something else than
 * what was meant, or nobody. */
static bool masked(const char *word, struct ctl_words *out)
{
    char address[INET6_ADDRSTRLEN];
    struct prefix p;
    uint64_t bits = 0;
    size_t len = strcspn(word, "/");
    if (!word[len] || !text_fits(address, sizeof address, "%.*s", (int)len, word) ||
        !read_numeric(address, &p) ||
        value_number(word + len + 1, 0, p.family == AF_INET ? 32 : 127, &bits))
        return false;
    p.bits = (unsigned)bits;
    add(out, p);
    return true;
}

/* One to three decimal parts before `end`, a dot behind each; how many, 0: it is something else. */
static unsigned parts(const char *text, const char *end, uint32_t *address)
{
    unsigned n = 0;
    *address = 0;
    for (; n < 3 && text < end; n++) {
        char part[4];
        uint64_t value = 0;
        size_t len = strcspn(text, ".{");
        if (text[len] != '.' || !text_fits(part, sizeof part, "%.*s", (int)len, text) ||
            value_number(part, 0, 255, &value))
            return 0;
        *address |= (uint32_t)value << (24 - 8 * n);
        text += len + 1;
    }
    return text == end ? n : 0;
}

/* a.b.{c,d}: each of the braces is a part. */
static bool factorized(const char *word, struct ctl_words *out)
{
    const char *brace = strchr(word, '{'), *end = brace ? strchr(brace, '}') : NULL;
    uint32_t base = 0;
    unsigned n = end && !end[1] ? parts(word, brace, &base) : 0;
    struct ctl_words found = {.at = NULL};
    bool good = n > 0;
    for (const char *at = good ? brace + 1 : end; good && at < end;) {
        char part[4];
        uint64_t value = 0;
        size_t len = strcspn(at, ",}");
        good = text_fits(part, sizeof part, "%.*s", (int)len, at) &&
               !value_number(part, 0, 255, &value);
        add_v4(&found, base | (uint32_t)value << 8 * (3 - n), 8 * (n + 1));
        at += len + 1;
    }
    for (size_t i = 0; good && i < found.count; i++)
        ctl_words_add(out, found.at[i], strlen(found.at[i]));
    good = good && found.count > 0;
    ctl_words_free(&found);
    return good;
}

/* A name of networks(5) that is no host's. The number is written without the zeros at its end. */
static bool network(const char *word, struct ctl_words *out)
{
    const struct netent *ne = strchr(word, '.') ? NULL : getnetbyname(word);
    struct addrinfo *host = NULL;
    if (!ne || ne->n_addrtype != AF_INET || ne->n_net == 0)
        return false;
    uint32_t address = ne->n_net;
    if (getaddrinfo(word, NULL, NULL, &host) == 0) {
        freeaddrinfo(host);
        return false;
    }
    unsigned bits = 32;
    for (; !(address & 0xff000000U); bits -= 8)
        address <<= 8;
    add_v4(out, address, bits);
    return true;
}

static bool is_named(const struct in6_addr *address, const char *name)
{
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_addr = *address};
    char found[NI_MAXHOST];
    return getnameinfo((const struct sockaddr *)&peer, sizeof peer, found, sizeof found, NULL, 0,
                       NI_NAMEREQD) == 0 &&
           strcmp(found, name) == 0;
}

/* The one name that is the same everywhere. But xinetd asks for the name of the address that it
 * sees, which is 127.0.0.1 in IPv6's clothes; not every system knows it. */
static bool localhost(const char *word, struct ctl_words *out)
{
    static const struct in6_addr six = IN6ADDR_LOOPBACK_INIT,
                                 four = {.s6_addr = {[10] = 0xff, 0xff, 127, 0, 0, 1}};
    if (strcmp(word, "localhost") != 0 || !is_named(&four, word) || !is_named(&six, word))
        return false;
    ctl_words_add(out, "127.0.0.1", 9);
    ctl_words_add(out, "::1", 3);
    return true;
}

bool ctl_net_xinetd(const char *word, struct ctl_words *out)
{
    return numeric(word, out) || localhost(word, out) || masked(word, out) ||
           factorized(word, out) || network(word, out);
}

/* --- systemd ---------------------------------------------------------------------------------- */

bool ctl_net_systemd(const char *word, struct ctl_words *out)
{
    static const struct {
        const char *name, *v4, *v6;
    } names[] = {{"any", "0.0.0.0/0", "::/0"},
                 {"localhost", "127.0.0.0/8", "::1"},
                 {"link-local", "169.254.0.0/16", "fe80::/64"},
                 {"multicast", "224.0.0.0/4", "ff00::/8"}};
    struct prefix p;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i].name) == 0) {
            ctl_words_add(out, names[i].v4, strlen(names[i].v4));
            ctl_words_add(out, names[i].v6, strlen(names[i].v6));
            return true;
        }
    if (!parse(word, &p))
        return false;
    add(out, p);
    return true;
}
