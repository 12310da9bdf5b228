/* fuzz/proxy.c -- a balancer's connection to what its header says, for libFuzzer and fuzz/replay.c
 *
 * The first byte is where the connection is cut in two, the rest is what arrives. */
#include "config.h"

#include "service/via.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly this size, so that one byte too many is seen. */
static uint8_t *exactly(const uint8_t *head, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, head, len);
    return copy;
}

static enum proxy_state look(const uint8_t *head, size_t len, struct proxy_want *want)
{
    uint8_t *copy = exactly(head, len);
    enum proxy_state state = proxy_look(copy, len, want);
    free(copy);
    return state;
}

/* Whatever is said has to be fit for an environment. */
static void check_said(const struct proxy_said *said)
{
    const struct addr balancer = addr_any(AF_INET6, 65535);
    struct via *via = via_new(&balancer, said);
    if (!via || via->len > VIA_MOST || via->lines[via->len - 1] != '\0')
        abort();
    for (const char *line = NULL; (line = via_next(via->lines, via->len, line));)
        for (const char *at = line; *at; at++)
            if (*at < ' ' || *at > '~')
                abort();
    free(via);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cut = size ? data[0] : 0, len = 0;
    struct proxy_want want;
    struct proxy_said said;
    enum proxy_state state;
    const uint8_t *all = data + (size > 0);
    size -= size > 0;
    for (size_t there = cut < size ? cut : size; (state = look(all, len, &want)) == PROXY_MORE;) {
        if (want.most == 0 || len + want.most > PROXY_MOST)
            abort();
        if (len == there && there == size)
            return 0;
        if (len == there)
            there = size;
        size_t n = there - len < want.most ? there - len : want.most;
        const uint8_t *lf = want.line ? memchr(all + len, '\n', n) : NULL;
        len = lf ? (size_t)(lf - all) + 1 : len + n;
    }
    if (state == PROXY_NONE)
        return 0;
    uint8_t *head = exactly(all, len);
    if (proxy_read(head, len, &said))
        check_said(&said);
    free(head);
    return 0;
}
