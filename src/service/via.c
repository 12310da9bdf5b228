/* service/via.c -- the way by which a client came: what a handler is told of his balancer */
#include "config.h"

#include "service/via.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void put_value(struct text *t, const struct proxy_value *v)
{
    text_string(t, v->name);
    text_string(t, "=");
    text_bytes(t, (const char *)v->at, v->len);
    text_bytes(t, "", 1); /* its NUL */
}

struct via *via_new(const struct addr *balancer, const struct proxy_said *said)
{
    char lines[VIA_MOST], name[ADDR_TEXT];
    struct text t;
    text_init(&t, lines, sizeof lines);
    text_string(&t, "PROXY_ADDR=");
    text_string(&t, addr_format(balancer, name));
    text_bytes(&t, "", 1);
    if (addr_len(balancer) > 0) { /* a unix peer has no port */
        text_string(&t, "PROXY_PORT=");
        text_number(&t, addr_port(balancer));
        text_bytes(&t, "", 1);
    }
    for (size_t i = 0; i < said->count; i++)
        put_value(&t, &said->values[i]);
    struct via *via = malloc(sizeof *via + t.len);
    if (!via)
        return NULL;
    via->len = t.len;
    memcpy(via->lines, lines, t.len);
    return via;
}

const char *via_next(const char *lines, size_t len, const char *line)
{
    const char *next = line ? line + strlen(line) + 1 : lines;
    return (size_t)(next - lines) < len ? next : NULL;
}
