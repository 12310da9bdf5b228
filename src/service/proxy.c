/* service/proxy.c -- the PROXY header of a balancer, versions 1 and 2: how far it goes, what it
 * says */
#include "config.h"

#include "service/proxy.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/value.h"

enum {
    LINE_MOST = 107,  /* of version 1, CRLF included */
    LINE_LEAST = 15,  /* "PROXY UNKNOWN\r\n" */
    FIXED = 16,       /* of version 2: signature, command, family, length */
    VALUE_MOST = 255, /* of what becomes a variable */
    TLV_HEAD = 3,     /* type and length */
    SSL_HEAD = 5      /* client, verify */
};

static const uint8_t signature[] = {'\r', '\n', '\r', '\n', 0,   '\r',
                                    '\n', 'Q',  'U',  'I',  'T', '\n'};
static const char word[] = "PROXY ";

/* Are the first bytes, as many as there are, those of `whole`? */
static bool begins(const uint8_t *head, size_t len, const void *whole, size_t size)
{
    return memcmp(head, whole, len < size ? len : size) == 0;
}

static size_t number16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

static uint32_t number32(const uint8_t *at)
{
    return (uint32_t)(number16(at) << 16 | number16(at + 2));
}

static enum proxy_state more(struct proxy_want *want, size_t most, bool line)
{
    *want = (struct proxy_want){most, line};
    return PROXY_MORE;
}

static enum proxy_state look_at_line(const uint8_t *head, size_t len, struct proxy_want *want)
{
    if (memchr(head, '\n', len))
        return head[len - 1] == '\n' && head[len - 2] == '\r' ? PROXY_WHOLE : PROXY_NONE;
    if (len < LINE_LEAST)
        return more(want, LINE_LEAST - len, false);
    return len < LINE_MOST ? more(want, LINE_MOST - len, true) : PROXY_NONE;
}

enum proxy_state proxy_look(const uint8_t *head, size_t len, struct proxy_want *want)
{
    if (len == 0)
        return more(want, LINE_LEAST, false); /* the shortest of both versions */
    if (begins(head, len, word, sizeof word - 1))
        return look_at_line(head, len, want);
    if (!begins(head, len, signature, sizeof signature))
        return PROXY_NONE;
    if (len < FIXED)
        return more(want, FIXED - len, false);
    size_t rest = number16(head + 14);
    if (head[12] >> 4 != 2 || rest > PROXY_LENGTH)
        return PROXY_NONE;
    return len < FIXED + rest ? more(want, FIXED + rest - len, false) : PROXY_WHOLE;
}

/* --- version 1 ------------------------------------------------------------------------------ */

/* inet_pton(3) takes no zone, no octal and no short form. */
static bool read_address(int family, const char *text, struct addr *a)
{
    *a = addr_any(family, 0);
    void *to = family == AF_INET ? (void *)&a->u.in.sin_addr : (void *)&a->u.in6.sin6_addr;
    return inet_pton(family, text, to) == 1;
}

static bool read_port(const char *text, struct addr *a)
{
    uint64_t port;
    if ((text[0] == '0' && text[1]) || value_number(text, 0, 65535, &port))
        return false;
    addr_set_port(a, (uint16_t)port);
    return true;
}

/* "1.2.3.4 5.6.7.8 9 10": cut at its three blanks. */
static bool read_addresses(int family, char *text, struct proxy_said *said)
{
    char *parts[4];
    for (size_t i = 0; i < 4; i++) {
        parts[i] = text;
        char *blank = strchr(text, ' ');
        if (!blank != (i == 3))
            return false;
        if (blank) {
            *blank = '\0';
            text = blank + 1;
        }
    }
    return read_address(family, parts[0], &said->client) &&
           read_address(family, parts[1], &said->server) && read_port(parts[2], &said->client) &&
           read_port(parts[3], &said->server);
}

static bool read_line(const uint8_t *head, size_t len, struct proxy_said *said)
{
    static const char four[] = "TCP4 ", six[] = "TCP6 ", unknown[] = "UNKNOWN";
    char line[LINE_MOST];
    size_t size = len - (sizeof word - 1) - 2; /* without the word and CRLF */
    memcpy(line, head + sizeof word - 1, size);
    line[size] = '\0';
    if (strlen(line) != size)
        return false; /* a NUL */
    if (strncmp(line, unknown, sizeof unknown - 1) == 0) {
        said->own = true;
        return line[sizeof unknown - 1] == '\0' || line[sizeof unknown - 1] == ' ';
    }
    if (strncmp(line, four, sizeof four - 1) == 0)
        return read_addresses(AF_INET, line + sizeof four - 1, said);
    return strncmp(line, six, sizeof six - 1) == 0 &&
           read_addresses(AF_INET6, line + sizeof six - 1, said);
}

/* --- version 2: types, lengths, values ------------------------------------------------------- */

enum {
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_CRC32C = 0x03,
    TLV_UNIQUE_ID = 0x05,
    TLV_SSL = 0x20,
    SSL_VERSION = 0x21,
    SSL_CN = 0x22,
    SSL_CIPHER = 0x23
};

enum { CLIENT_SSL = 1 };

struct tlvs {
    struct proxy_said *said;
    const uint8_t *sum, *authority; /* NULL: not there */
    size_t authority_len;
    bool ssl;
};

/* What becomes a variable is one printable word of ASCII, or nothing. */
static void add(struct proxy_said *said, const char *name, const uint8_t *at, size_t len)
{
    if (len == 0 || len > VALUE_MOST)
        return;
    for (size_t i = 0; i < len; i++)
        if (at[i] < ' ' || at[i] > '~')
            return;
    for (size_t i = 0; i < said->count; i++)
        if (strcmp(said->values[i].name, name) == 0)
            return; /* said twice: the first holds */
    said->values[said->count++] = (struct proxy_value){name, at, len};
}

/* Call `take` for each of those in the `len` bytes at `at`. False: they do not end with it. */
static bool each(struct tlvs *t, const uint8_t *at, size_t len,
                 bool (*take)(struct tlvs *t, unsigned type, const uint8_t *at, size_t len))
{
    while (len >= TLV_HEAD) {
        size_t size = number16(at + 1);
        if (size > len - TLV_HEAD || !take(t, at[0], at + TLV_HEAD, size))
            return false;
        at += TLV_HEAD + size;
        len -= TLV_HEAD + size;
    }
    return len == 0;
}

static bool take_ssl(struct tlvs *t, unsigned type, const uint8_t *at, size_t len)
{
    if (type == SSL_VERSION)
        add(t->said, "SSL_PROTOCOL", at, len);
    else if (type == SSL_CIPHER)
        add(t->said, "SSL_CIPHER", at, len);
    return true;
}

/* A name that nobody has verified is none. */
static bool take_verified(struct tlvs *t, unsigned type, const uint8_t *at, size_t len)
{
    if (type == SSL_CN)
        add(t->said, "SSL_CLIENT_S_DN_CN", at, len);
    return take_ssl(t, type, at, len);
}

static bool take(struct tlvs *t, unsigned type, const uint8_t *at, size_t len)
{
    switch (type) {
    case TLV_ALPN:
        add(t->said, "PROXY_ALPN", at, len);
        return true;
    case TLV_AUTHORITY:
        add(t->said, "PROXY_AUTHORITY", at, len);
        t->authority = at;
        t->authority_len = len;
        return true;
    case TLV_UNIQUE_ID:
        add(t->said, "PROXY_UNIQUE_ID", at, len);
        return true;
    case TLV_CRC32C:
        t->sum = at;
        return len == 4;
    case TLV_SSL:
        if (len < SSL_HEAD)
            return false;
        if (!(at[0] & CLIENT_SSL))
            return true;
        t->ssl = true;
        return each(t, at + SSL_HEAD, len - SSL_HEAD,
                    number32(at + 1) == 0 ? take_verified : take_ssl);
    default:
        return true;
    }
}

/* CRC-32C (RFC 4960, appendix B) of the header, with four bytes at `sum` taken as 0. */
static uint32_t checksum(const uint8_t *head, size_t len, const uint8_t *sum)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        const uint8_t *at = head + i;
        crc ^= at >= sum && at < sum + 4 ? 0U : *at;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0U);
    }
    return ~crc;
}

/* What stands behind the addresses. Where the family says nothing of their size, it may be
 * anything: then what is no list is left alone. */
static bool read_tlvs(const uint8_t *head, size_t len, size_t from, struct proxy_said *said)
{
    struct tlvs t = {.said = said};
    if (!each(&t, head + from, len - from, take)) {
        said->count = 0;
        return from == FIXED;
    }
    /* Of a TLS connection the authority is a copy of server_name (2.2.2). */
    if (t.ssl && t.authority)
        add(said, "SSL_TLS_SNI", t.authority, t.authority_len);
    return !t.sum || checksum(head, len, t.sum) == number32(t.sum);
}

/* --- version 2 ------------------------------------------------------------------------------ */

static struct addr inet_address(const uint8_t *at, const uint8_t *port)
{
    struct addr a = addr_any(AF_INET, (uint16_t)number16(port));
    memcpy(&a.u.in.sin_addr, at, 4);
    return a;
}

static struct addr inet6_address(const uint8_t *at, const uint8_t *port)
{
    struct addr a = addr_any(AF_INET6, (uint16_t)number16(port));
    memcpy(&a.u.in6.sin6_addr, at, 16);
    return a;
}

/* Who it is, in as many bytes as the family has. */
static void read_ends(const uint8_t *at, size_t size, struct proxy_said *said)
{
    if (size == 12) {
        said->client = inet_address(at, at + 8);
        said->server = inet_address(at + 4, at + 10);
    } else if (size == 36) {
        said->client = inet6_address(at, at + 32);
        said->server = inet6_address(at + 16, at + 34);
    } else {
        said->own = true; /* a path is nobody's name */
    }
}

static bool read_binary(const uint8_t *head, size_t len, struct proxy_said *said)
{
    enum { LOCAL = 0x20, PROXY = 0x21 };
    static const size_t sizes[] = {0, 12, 36, 216}; /* unspecified, IPv4, IPv6, unix */
    unsigned family = head[13] >> 4, transport = head[13] & 15U;
    if (head[12] == LOCAL) {
        said->own = true; /* and whatever else it says is not looked at (2.2) */
        return true;
    }
    if (head[12] != PROXY || family > 3 || transport > 2 || (family == 0) != (transport == 0) ||
        len - FIXED < sizes[family])
        return false;
    read_ends(head + FIXED, sizes[family], said);
    return read_tlvs(head, len, FIXED + sizes[family], said);
}

bool proxy_read(const uint8_t *head, size_t len, struct proxy_said *said)
{
    *said = (struct proxy_said){.own = false};
    bool good = head[0] == 'P' ? read_line(head, len, said) : read_binary(head, len, said);
    if (good && !said->own) {
        said->client = addr_unmap(&said->client);
        said->server = addr_unmap(&said->server);
    }
    return good;
}
