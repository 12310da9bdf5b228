/* service/index.c -- listeners found by endpoint: who listens there already? */
#include "config.h"

#include "service/index.h"

#include <stdlib.h>
#include <string.h>

bool index_make(struct index *x, size_t listeners)
{
    size_t size = 16;
    while (size < listeners * 4) /* two sides each, half full at most */
        size *= 2;
    x->slots = calloc(size, sizeof *x->slots);
    x->mask = size - 1;
    return x->slots;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return h;
}

static const void *side_host(const struct side *side, size_t *len)
{
    static const unsigned char any[4];
    const struct addr *at = &side->of->at;
    *len = side->family == AF_INET ? 4 : 16;
    if (side->family == AF_INET)
        return side->of->mode == MODE_V4 ? (const void *)&at->u.in.sin_addr : any;
    return &at->u.in6.sin6_addr;
}

static size_t side_hash(const struct index *x, const struct side *side)
{
    const struct service *s = side->of->service;
    uint64_t h = mix(UINT64_C(0xcbf29ce484222325), &side->of->proto, 1);
    if (side->family == AF_UNIX) {
        h = mix(h, side->of->path, strlen(side->of->path));
    } else {
        size_t len;
        const void *host = side_host(side, &len);
        uint16_t port = addr_port(&side->of->at);
        h = mix(h, host, len);
        h = mix(h, &port, sizeof port);
        h = mix(h, &s->entry->rpc_prog, sizeof s->entry->rpc_prog);
    }
    return (size_t)(h ^ h >> 32) & x->mask;
}

static bool side_equal(const struct side *a, const struct side *b)
{
    const struct service *s = a->of->service, *t = b->of->service;
    if (a->family != b->family || a->of->proto != b->of->proto)
        return false;
    if (a->family == AF_UNIX)
        return strcmp(a->of->path, b->of->path) == 0;
    size_t len;
    const void *host = side_host(a, &len);
    return memcmp(host, side_host(b, &len), len) == 0 &&
           addr_port(&a->of->at) == addr_port(&b->of->at) &&
           s->entry->rpc_prog == t->entry->rpc_prog &&
           (s->entry->rpc_prog == 0 ||
            (s->entry->rpc_lo <= t->entry->rpc_hi && t->entry->rpc_lo <= s->entry->rpc_hi)) &&
           (a->family == AF_INET || a->of->at.u.in6.sin6_scope_id == b->of->at.u.in6.sin6_scope_id);
}

size_t index_find(const struct index *x, const struct side *side)
{
    size_t i = side_hash(x, side);
    for (; x->slots[i].l; i = (i + 1) & x->mask) {
        struct side there = {x->slots[i].l, x->slots[i].family};
        if (!there.of->dead && side_equal(&there, side))
            break;
    }
    return i;
}

void index_put(struct index *x, size_t slot, struct listener *l, int family)
{
    x->slots[slot].l = l;
    x->slots[slot].family = family;
}

int side_family(const struct listener *l, unsigned side)
{
    if (l->mode == MODE_UNIX)
        return AF_UNIX;
    return l->mode == MODE_V4 || side == 1 ? AF_INET : AF_INET6;
}

unsigned sides(const struct listener *l)
{
    /* A dual-stack socket takes IPv4 only on the wildcard address. */
    return l->mode == MODE_DUAL && addr_is_any(&l->at) ? 2 : 1;
}
