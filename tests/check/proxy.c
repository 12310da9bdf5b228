/* check/proxy.c -- PROXY headers, the specification's examples among them, in every cut */
#include "config.h"

#include "base/text.h"
#include "service/proxy.h"
#include "service/via.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char behind[] = "GET / HTTP/1.1\r\nHost: 192.168.0.11\r\n\r\n";

/* A connection: the header, then `behind`, in two pieces that are cut at `cut`. How much of it was
 * taken; `*state` is what came of it. */
static size_t feed(const uint8_t *all, size_t size, size_t cut, enum proxy_state *state)
{
    static uint8_t head[PROXY_MOST];
    struct proxy_want want;
    size_t len = 0, there = cut < size ? cut : size;
    while ((*state = proxy_look(head, len, &want)) == PROXY_MORE) {
        ck_assert_uint_gt(want.most, 0);
        ck_assert_uint_le(len + want.most, PROXY_MOST);
        if (len == there && there == size)
            break;
        if (len == there)
            there = size; /* the rest arrives */
        size_t n = there - len < want.most ? there - len : want.most;
        const uint8_t *lf = want.line ? memchr(all + len, '\n', n) : NULL;
        if (lf)
            n = (size_t)(lf - all) + 1 - len;
        memcpy(head + len, all + len, n);
        len += n;
    }
    return len;
}

/* Every cut takes the header and nothing behind it. */
static bool reads(const void *header, size_t len, struct proxy_said *said)
{
    static uint8_t all[PROXY_MOST + sizeof behind];
    enum proxy_state state;
    memcpy(all, header, len);
    memcpy(all + len, behind, sizeof behind);
    for (size_t cut = 0; cut <= len + 2; cut++) {
        size_t taken = feed(all, len + sizeof behind, cut, &state);
        if (state != PROXY_WHOLE)
            return false;
        ck_assert_uint_eq(taken, len);
    }
    for (size_t shorter = 0; shorter < len; shorter++) {
        (void)feed(all, shorter, shorter, &state);
        ck_assert_int_eq(state, PROXY_MORE);
    }
    return proxy_read(all, len, said);
}

static const char *ends(const struct proxy_said *said)
{
    static char text[2 * ADDR_TEXT + 2];
    char a[ADDR_TEXT], b[ADDR_TEXT];
    if (said->own)
        return "own";
    ck_assert(text_fits(text, sizeof text, "%s %s", addr_format_port(&said->client, a),
                        addr_format_port(&said->server, b)));
    return text;
}

#define SIX "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

static const struct {
    const char *line, *ends; /* NULL: no header */
} lines[] = {
    /* The specification's, 2.1. */
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
     "255.255.255.255:65535 255.255.255.255:65535"},
    {"PROXY TCP6 " SIX " " SIX " 65535 65535\r\n", "[" SIX "]:65535 [" SIX "]:65535"},
    {"PROXY UNKNOWN\r\n", "own"},
    {"PROXY UNKNOWN " SIX " " SIX " 65535 65535\r\n", "own"},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324 192.168.0.11:443"},
    {"PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 0 1\r\n", "[2001:db8::1]:0 192.0.2.1:1"},
    {"PROXY UNKNOWN \x01\x02 whatever it is\r\n", "own"},
    /* Not quite. */
    {"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 \r\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n", NULL},
    {"PROXY TCP4 192.168.0.1  192.168.0.11 56324 443\r\n", NULL},
    {"PROXY  TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 056324 443\r\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11 -1 443\r\n", NULL},
    {"PROXY TCP4 192.168.0.1 192.168.0.11  443\r\n", NULL},
    {"PROXY TCP4 192.168.0.256 192.168.0.11 56324 443\r\n", NULL},
    {"PROXY TCP4 192.168.1 192.168.0.11 56324 443\r\n", NULL},
    {"PROXY TCP4 ::1 ::1 56324 443\r\n", NULL},
    {"PROXY TCP6 1.2.3.4 1.2.3.4 56324 443\r\n", NULL},
    {"PROXY TCP6 fe80::1%lo ::1 56324 443\r\n", NULL},
    {"PROXY TCP5 1.2.3.4 1.2.3.4 56324 443\r\n", NULL},
    {"PROXY UDP4 1.2.3.4 1.2.3.4 56324 443\r\n", NULL},
    {"PROXY UNKNOWNS\r\n", NULL},
    {"PROXY \r\n", NULL},
    {"PROXY\r\n", NULL},
    {"proxy TCP4 1.2.3.4 1.2.3.4 56324 443\r\n", NULL},
    {"GET / HTTP/1.1\r\n", NULL},
    /* 108 bytes. */
    {"PROXY UNKNOWN " SIX " " SIX " 65535 655355\r\n", NULL},
};

START_TEST(version_1)
{
    struct proxy_said said;
    const char *want = lines[_i].ends;
    bool good = reads(lines[_i].line, strlen(lines[_i].line), &said);
    ck_assert_msg(good == !!want, "%s", lines[_i].line);
    if (good)
        ck_assert_str_eq(ends(&said), want);
}
END_TEST

START_TEST(line_with_nul)
{
    static const char line[] = "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\0\r\n";
    struct proxy_said said;
    ck_assert(!reads(line, sizeof line - 1, &said));
}
END_TEST

/* --- version 2 ------------------------------------------------------------------------------ */

static uint8_t head[PROXY_MOST + 8];
static size_t head_len;

static void put(const void *bytes, size_t len)
{
    memcpy(head + head_len, bytes, len);
    head_len += len;
    head[14] = (uint8_t)((head_len - 16) >> 8);
    head[15] = (uint8_t)((head_len - 16) & 255);
}

static void begin(unsigned command, unsigned family)
{
    static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";
    memset(head, 0, sizeof head);
    memcpy(head, signature, 12);
    head[12] = (uint8_t)command;
    head[13] = (uint8_t)family;
    head_len = 16;
}

#define PUT(bytes) put(bytes, sizeof(bytes) - 1)

static void put_inet(void)
{
    PUT("\xcb\x00\x71\x05\xc6\x33\x64\x01\x30\x39\x01\xbb");
}

static void put_tlv(unsigned type, const void *value, size_t len)
{
    const uint8_t tlv[] = {(uint8_t)type, (uint8_t)(len >> 8), (uint8_t)(len & 255)};
    put(tlv, 3);
    put(value, len);
}

static bool told(struct proxy_said *said)
{
    return reads(head, head_len, said);
}

/* The value of a variable, or "-". */
static const char *value(const struct proxy_said *said, const char *name)
{
    static char text[256];
    for (size_t i = 0; i < said->count; i++)
        if (strcmp(said->values[i].name, name) == 0) {
            ck_assert(text_fits(text, sizeof text, "%.*s", (int)said->values[i].len,
                                (const char *)said->values[i].at));
            return text;
        }
    return "-";
}

START_TEST(version_2)
{
    struct proxy_said said;
    begin(0x21, 0x11);
    put_inet();
    ck_assert(told(&said));
    ck_assert_str_eq(ends(&said), "203.0.113.5:12345 198.51.100.1:443");
    begin(0x21, 0x21);
    PUT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04"
        "\x30\x39\x01\xbb");
    ck_assert(told(&said));
    ck_assert_str_eq(ends(&said), "[2001:db8::1]:12345 1.2.3.4:443");
    begin(0x20, 0x00);
    ck_assert(told(&said) && said.own);
    begin(0x20, 0x21);
    PUT("whatever");
    ck_assert(told(&said) && said.own);
    begin(0x21, 0x00);
    PUT("\x01\x02");
    ck_assert(told(&said) && said.own);
    begin(0x21, 0x31);
    static const char paths[216] = "/run/client";
    put(paths, sizeof paths);
    ck_assert(told(&said) && said.own);
    begin(0x21, 0x12);
    put_inet();
    ck_assert(told(&said) && !said.own);
}
END_TEST

START_TEST(version_2_bad)
{
    static const struct {
        unsigned command, family;
        size_t len;
    } bad[] = {{0x11, 0x11, 12}, {0x31, 0x11, 12}, {0x22, 0x11, 12},  {0x2f, 0, 0},
               {0x21, 0x11, 11}, {0x21, 0x21, 35}, {0x21, 0x31, 215}, {0x21, 0x41, 12},
               {0x21, 0x13, 12}, {0x21, 0x10, 12}, {0x21, 0x01, 12},  {0x21, 0x11, 14}};
    static const uint8_t zeros[PROXY_MOST];
    struct proxy_said said;
    for (size_t i = 0; i < COUNT(bad); i++) {
        begin(bad[i].command, bad[i].family);
        put(zeros, bad[i].len);
        ck_assert_msg(!told(&said), "%zu", i);
    }
}
END_TEST

/* A length is taken whole, up to its bound. */
START_TEST(length)
{
    static const uint8_t zeros[PROXY_LENGTH + 1];
    struct proxy_said said;
    begin(0x20, 0);
    put(zeros, PROXY_LENGTH);
    ck_assert(told(&said));
    begin(0x20, 0);
    head[14] = (PROXY_LENGTH + 1) >> 8;
    head[15] = (PROXY_LENGTH + 1) & 255;
    struct proxy_want want;
    ck_assert_int_eq(proxy_look(head, 16, &want), PROXY_NONE);
}
END_TEST

START_TEST(values)
{
    struct proxy_said said;
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x01, "h2", 2);
    put_tlv(0x02, "www.example.org", 15);
    put_tlv(0x05, "id-1", 4);
    put_tlv(0x04, "\0\0\0", 3); /* NOOP */
    put_tlv(0x30, "blue", 4);   /* a name space */
    put_tlv(0x20, "\x01\0\0\0\0\x21\0\7TLSv1.3\x22\0\5Alice\x23\0\3AES", 5 + 10 + 8 + 6);
    ck_assert(told(&said) && !said.own);
    ck_assert_str_eq(value(&said, "PROXY_ALPN"), "h2");
    ck_assert_str_eq(value(&said, "PROXY_AUTHORITY"), "www.example.org");
    ck_assert_str_eq(value(&said, "PROXY_UNIQUE_ID"), "id-1");
    ck_assert_str_eq(value(&said, "SSL_TLS_SNI"), "www.example.org");
    ck_assert_str_eq(value(&said, "SSL_PROTOCOL"), "TLSv1.3");
    ck_assert_str_eq(value(&said, "SSL_CLIENT_S_DN_CN"), "Alice");
    ck_assert_str_eq(value(&said, "SSL_CIPHER"), "AES");
    struct addr balancer;
    ck_assert(addr_parse(&balancer, "192.0.2.7"));
    addr_set_port(&balancer, 99);
    struct via *via = via_new(&balancer, &said);
    ck_assert_ptr_nonnull(via);
    size_t n = 0;
    for (const char *line = NULL; (line = via_next(via->lines, via->len, line)); n++)
        if (n == 0)
            ck_assert_str_eq(line, "PROXY_ADDR=192.0.2.7");
        else if (n == 1)
            ck_assert_str_eq(line, "PROXY_PORT=99");
    ck_assert_uint_eq(n, VIA_LINES);
    free(via);
}
END_TEST

/* What nobody has verified, or no terminal should show, is not there. */
START_TEST(values_left_out)
{
    struct proxy_said said;
    char longer[256];
    memset(longer, 'x', sizeof longer);
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x01, "h\n2", 3);
    put_tlv(0x02, longer, 256);
    put_tlv(0x05, "", 0);
    put_tlv(0x20, "\x01\0\0\0\1\x21\0\7TLSv1.3\x22\0\5Alice", 5 + 10 + 8);
    ck_assert(told(&said));
    ck_assert_uint_eq(said.count, 1);
    ck_assert_str_eq(value(&said, "SSL_PROTOCOL"), "TLSv1.3");
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x02, longer, 255);
    put_tlv(0x20, "\x02\0\0\0\0\x21\0\7TLSv1.3", 5 + 10); /* not over TLS */
    ck_assert(told(&said));
    ck_assert_uint_eq(said.count, 1);
}
END_TEST

START_TEST(lists_that_do_not_end)
{
    struct proxy_said said;
    begin(0x21, 0x11);
    put_inet();
    PUT("\x01\0\x05h2");
    ck_assert(!told(&said));
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x20, "\x01\0\0\0", 4);
    ck_assert(!told(&said));
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x20, "\x01\0\0\0\0\x21\0\7TLS", 5 + 6);
    ck_assert(!told(&said));
    begin(0x21, 0x11);
    put_inet();
    put_tlv(0x03, "123", 3);
    ck_assert(!told(&said));
}
END_TEST

START_TEST(checksums)
{
    struct proxy_said said;
    static const uint8_t good[] = {0x7f, 0, 0, 1, 0x7f, 0, 0, 1, 0x86, 0xe4, 0x4e, 0x20};
    begin(0x21, 0x11);
    put(good, sizeof good);
    put_tlv(0x03, "\0\0\0\0", 4);
    /* The sum of a naive polynomial division, here as a second opinion. */
    uint32_t crc = UINT32_MAX;
    for (size_t bit = 0; bit < head_len * 8; bit++) {
        crc ^= ((unsigned)head[bit / 8] >> (bit % 8)) & 1U;
        crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78U : 0U);
    }
    crc = ~crc;
    for (size_t i = 0; i < 4; i++)
        head[head_len - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
    ck_assert(told(&said));
    head[16] ^= 1;
    ck_assert(!told(&said));
    begin(0x21, 0x00);
    put_tlv(0x03, "\0\0\0\0", 4);
    ck_assert(!told(&said));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("proxy");
    TCase *cases = tcase_create("cases");
    tcase_add_loop_test(cases, version_1, 0, (int)COUNT(lines));
    tcase_add_test(cases, line_with_nul);
    tcase_add_test(cases, version_2);
    tcase_add_test(cases, version_2_bad);
    tcase_add_test(cases, length);
    tcase_add_test(cases, values);
    tcase_add_test(cases, values_left_out);
    tcase_add_test(cases, lists_that_do_not_end);
    tcase_add_test(cases, checksums);
    suite_add_tcase(s, cases);
    return s;
}

#include "check/main.h"
