/* base/addr.c -- socket addresses and prefixes as values */
#include "config.h"

#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/zone.h"

/* Decimal digits only, at most `max`. */
static bool number(const char *text, uint32_t max, uint32_t *n)
{
    uint64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > max)
            return false;
    }
    *n = (uint32_t)value;
    return true;
}

static struct addr none(int family)
{
    struct addr a;

    memset(&a, 0, sizeof a);
    a.u.sa.sa_family = (sa_family_t)family;
    return a;
}

/* A name is kept as one: its interface may come later, or be made anew with another index. */
static bool parse_zone(const char *text, uint32_t *scope)
{
    if (!number(text, ZONE_NAMED - 1, scope))
        *scope = text[strspn(text, "0123456789")] == '\0' ? 0 : zone_of(text);
    return *scope != 0;
}

/* "::1", "fe80::1%eth0", without brackets. */
static bool parse_v6(struct addr *a, const char *text)
{
    char host[INET6_ADDRSTRLEN];
    const char *zone = strchr(text, '%');
    size_t len = zone ? (size_t)(zone - text) : strlen(text);

    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    *a = none(AF_INET6);
    if (inet_pton(AF_INET6, host, &a->u.in6.sin6_addr) != 1)
        return false;
    return !zone || parse_zone(zone + 1, &a->u.in6.sin6_scope_id);
}

bool addr_parse(struct addr *a, const char *text)
{
    char inner[ADDR_TEXT];
    size_t len = strlen(text);

    if (*text == '[') {
        if (len < 3 || len - 2 >= sizeof inner || text[len - 1] != ']')
            return false;
        memcpy(inner, text + 1, len - 2);
        inner[len - 2] = '\0';
        return parse_v6(a, inner);
    }
    *a = none(AF_INET);
    if (inet_pton(AF_INET, text, &a->u.in.sin_addr) == 1)
        return true;
    return parse_v6(a, text);
}

bool addr_settle(const struct addr *a, struct addr *out)
{
    *out = *a;
    if (addr_family(a) != AF_INET6 || a->u.in6.sin6_scope_id == 0)
        return true;
    out->u.in6.sin6_scope_id = zone_index(a->u.in6.sin6_scope_id);
    return out->u.in6.sin6_scope_id != 0;
}

struct addr addr_any(int family, uint16_t port)
{
    struct addr a = none(family);

    addr_set_port(&a, port);
    return a;
}

struct addr addr_unix(uid_t uid, gid_t gid, pid_t pid)
{
    struct addr a = none(AF_UNIX);

    a.u.un.uid = uid;
    a.u.un.gid = gid;
    a.u.un.pid = pid;
    return a;
}

struct addr addr_from(const struct sockaddr *sa, socklen_t len)
{
    struct addr a = none(AF_UNSPEC), got = a;

    if (!sa || len < (socklen_t)(offsetof(struct sockaddr, sa_data)))
        return a;
    /* Copied before a look at it: the caller's buffer need not be aligned. */
    memcpy(&got.u, sa, len < sizeof got.u ? len : sizeof got.u);
    switch (addr_family(&got)) {
    case AF_INET:
        if (len >= sizeof a.u.in)
            a.u.in = got.u.in;
        break;
    case AF_INET6:
        if (len >= sizeof a.u.in6)
            a.u.in6 = got.u.in6;
        break;
    default:
        break;
    }
    return a;
}

struct addr addr_unmap(const struct addr *a)
{
    struct addr v4;

    if (addr_family(a) != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->u.in6.sin6_addr))
        return *a;
    v4 = addr_any(AF_INET, addr_port(a));
    memcpy(&v4.u.in.sin_addr, a->u.in6.sin6_addr.s6_addr + 12, 4);
    return v4;
}

socklen_t addr_len(const struct addr *a)
{
    switch (addr_family(a)) {
    case AF_INET:
        return sizeof a->u.in;
    case AF_INET6:
        return sizeof a->u.in6;
    default:
        return 0;
    }
}

uint16_t addr_port(const struct addr *a)
{
    switch (addr_family(a)) {
    case AF_INET:
        return ntohs(a->u.in.sin_port);
    case AF_INET6:
        return ntohs(a->u.in6.sin6_port);
    default:
        return 0;
    }
}

void addr_set_port(struct addr *a, uint16_t port)
{
    if (addr_family(a) == AF_INET)
        a->u.in.sin_port = htons(port);
    else if (addr_family(a) == AF_INET6)
        a->u.in6.sin6_port = htons(port);
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_unix(const struct addr *a, const struct addr *b)
{
    int sign = order(a->u.un.uid, b->u.un.uid);

    if (sign == 0)
        sign = order(a->u.un.gid, b->u.un.gid);
    if (sign == 0)
        sign = order((uint64_t)a->u.un.pid, (uint64_t)b->u.un.pid);
    return sign;
}

int addr_compare_host(const struct addr *a, const struct addr *b)
{
    int sign = order(a->u.sa.sa_family, b->u.sa.sa_family);

    if (sign != 0)
        return sign;
    switch (addr_family(a)) {
    case AF_INET:
        return memcmp(&a->u.in.sin_addr, &b->u.in.sin_addr, sizeof a->u.in.sin_addr);
    case AF_INET6:
        sign = memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, sizeof a->u.in6.sin6_addr);
        return sign != 0 ? sign : order(a->u.in6.sin6_scope_id, b->u.in6.sin6_scope_id);
    case AF_UNIX:
        return compare_unix(a, b);
    default:
        return 0;
    }
}

int addr_compare(const struct addr *a, const struct addr *b)
{
    int sign = addr_compare_host(a, b);

    return sign != 0 ? sign : order(addr_port(a), addr_port(b));
}

bool addr_is_any(const struct addr *a)
{
    struct addr host = addr_unmap(a);

    if (addr_family(&host) == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&host.u.in6.sin6_addr);
    return addr_family(&host) == AF_INET && host.u.in.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool addr_is_multicast(const struct addr *a)
{
    struct addr host = addr_unmap(a);

    if (addr_family(&host) == AF_INET6)
        return IN6_IS_ADDR_MULTICAST(&host.u.in6.sin6_addr);
    return addr_family(&host) == AF_INET && ntohl(host.u.in.sin_addr.s_addr) >> 28 == 0xe;
}

bool addr_is_broadcast(const struct addr *a)
{
    struct addr host = addr_unmap(a);

    return addr_family(&host) == AF_INET && host.u.in.sin_addr.s_addr == htonl(INADDR_BROADCAST);
}

bool addr_answerable(const struct addr *from)
{
    return addr_port(from) != 0 && !addr_is_any(from) && !addr_is_multicast(from) &&
           !addr_is_broadcast(from);
}

/* "%eth0" at `out`, the number where the interface is gone; nothing for scope 0. */
static bool format_zone(uint32_t scope, char *out, size_t size)
{
    char buffer[IF_NAMESIZE];
    const char *name = zone_name(scope);
    int n;

    if (scope == 0)
        return true;
    if (!name)
        name = if_indextoname(scope, buffer);
    if (name)
        n = snprintf(out, size, "%%%s", name);
    else
        n = snprintf(out, size, "%%%lu", (unsigned long)scope);
    return n > 0 && (size_t)n < size;
}

/* "?" cannot happen: ADDR_TEXT holds the longest address, zone and port; but then it shows. */
const char *addr_format(const struct addr *a, char out[static ADDR_TEXT])
{
    const void *host = NULL;
    bool good = true;
    size_t len;

    switch (addr_family(a)) {
    case AF_INET:
        host = &a->u.in.sin_addr;
        break;
    case AF_INET6:
        host = &a->u.in6.sin6_addr;
        break;
    case AF_UNIX:
        good = snprintf(out, ADDR_TEXT, "uid:%lu", (unsigned long)a->u.un.uid) > 0;
        break;
    default:
        good = snprintf(out, ADDR_TEXT, "-") > 0;
        break;
    }
    if (host)
        good = inet_ntop(addr_family(a), host, out, ADDR_TEXT);
    if (good && addr_family(a) == AF_INET6) {
        len = strlen(out);
        good = format_zone(a->u.in6.sin6_scope_id, out + len, ADDR_TEXT - len);
    }
    return good ? out : memcpy(out, "?", 2);
}

const char *addr_format_port(const struct addr *a, char out[static ADDR_TEXT])
{
    char host[ADDR_TEXT];
    bool v6 = addr_family(a) == AF_INET6;
    int n;

    if (addr_len(a) == 0)
        return addr_format(a, out);
    n = snprintf(out, ADDR_TEXT, "%s%s%s:%u", v6 ? "[" : "", addr_format(a, host), v6 ? "]" : "",
                 (unsigned)addr_port(a));
    return n > 0 && n < ADDR_TEXT ? out : memcpy(out, "?", 2);
}

/* Clear the bits of 16 bytes from the `bits`-th on. */
static void clear_host(uint8_t bytes[static 16], unsigned bits)
{
    size_t whole = bits / 8;

    if (whole >= 16)
        return;
    bytes[whole] = (uint8_t)(bytes[whole] & ~(0xffU >> bits % 8));
    memset(bytes + whole + 1, 0, 15 - whole);
}

struct prefix prefix_of(const struct addr *a, unsigned v4bits, unsigned v6bits)
{
    struct addr host = addr_unmap(a);
    struct prefix p;
    uint32_t uid;

    memset(&p, 0, sizeof p);
    p.family = (uint8_t)addr_family(&host);
    switch (p.family) {
    case AF_INET:
        p.bits = (uint8_t)(v4bits < 32 ? v4bits : 32);
        memcpy(p.bytes, &host.u.in.sin_addr, 4);
        break;
    case AF_INET6:
        p.bits = (uint8_t)(v6bits < 128 ? v6bits : 128);
        memcpy(p.bytes, &host.u.in6.sin6_addr, 16);
        break;
    case AF_UNIX:
        p.bits = 32;
        uid = (uint32_t)host.u.un.uid;
        memcpy(p.bytes, &uid, sizeof uid);
        break;
    default:
        p.family = 0;
        break;
    }
    clear_host(p.bytes, p.bits);
    return p;
}

static const char *parse_uid(struct prefix *p, const char *text)
{
    struct addr a;
    uint32_t uid;

    /* The highest one, (uid_t)-1, is "no user" to the system. */
    if (!number(text, UINT32_MAX - 1, &uid))
        return "not a uid";
    a = addr_unix((uid_t)uid, 0, 0);
    *p = prefix_of(&a, 0, 0);
    return NULL;
}

const char *prefix_parse(struct prefix *p, const char *text)
{
    char host[ADDR_TEXT];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    struct addr a;
    uint32_t bits, full;

    if (strncmp(text, "uid:", 4) == 0)
        return parse_uid(p, text + 4);
    if (len >= sizeof host)
        return "not an address";
    memcpy(host, text, len);
    host[len] = '\0';
    if (!addr_parse(&a, host))
        return "not an address";
    if (strchr(host, '%'))
        return "a prefix has no zone";
    bits = full = addr_family(&a) == AF_INET ? 32 : 128;
    if (slash && !number(slash + 1, full, &bits))
        return full == 32 ? "prefix length is not 0-32" : "prefix length is not 0-128";
    if (addr_family(&a) == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.u.in6.sin6_addr) && bits < 96)
        return "a mapped prefix needs 96 bits or more: write the IPv4 one";
    *p = prefix_of(&a, full == 128 && bits >= 96 ? bits - 96 : bits, bits);
    return NULL;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
    struct prefix own;

    if (p->family == 0 || p->family != addr_family(a))
        return false;
    own = prefix_of(a, p->bits, p->bits);
    return prefix_compare(p, &own) == 0;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
    int sign = order(a->family, b->family);

    if (sign == 0)
        sign = memcmp(a->bytes, b->bytes, sizeof a->bytes);
    return sign != 0 ? sign : order(a->bits, b->bits);
}

const char *prefix_format(const struct prefix *p, char out[static ADDR_TEXT])
{
    char host[ADDR_TEXT];
    uint32_t uid;
    int n;

    switch (p->family) {
    case AF_INET:
    case AF_INET6:
        n = inet_ntop(p->family, p->bytes, host, sizeof host)
                ? snprintf(out, ADDR_TEXT, "%s/%u", host, (unsigned)p->bits)
                : -1;
        break;
    case AF_UNIX:
        memcpy(&uid, p->bytes, sizeof uid);
        n = snprintf(out, ADDR_TEXT, "uid:%lu", (unsigned long)uid);
        break;
    default:
        n = snprintf(out, ADDR_TEXT, "-");
        break;
    }
    return n > 0 && n < ADDR_TEXT ? out : memcpy(out, "?", 2);
}

const char *prefix_format_short(const struct prefix *p, char out[static ADDR_TEXT])
{
    (void)prefix_format(p, out); /* it is `out` */
    if (p->family != AF_UNIX && p->bits == (p->family == AF_INET ? 32 : 128))
        out[strcspn(out, "/")] = '\0';
    return out;
}
