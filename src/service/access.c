/* service/access.c -- ordered allow and deny by address */
#include "config.h"

#include "service/access.h"

#include <stdlib.h>
#include <string.h>

/* There is room for the next power of two of rules: no second count to keep. */
static struct access_rule *with_room(struct access_rule *rules, size_t count)
{
    size_t room = 1;

    while (room < count)
        room *= 2;
    return room > SIZE_MAX / sizeof *rules ? NULL : realloc(rules, room * sizeof *rules);
}

bool access_add(struct access *a, const struct prefix *prefix, bool allow)
{
    bool full = (a->count & (a->count - 1)) == 0;
    struct access_rule *rules = full ? with_room(a->rules, a->count + 1) : a->rules;

    if (!rules)
        return false;
    a->rules = rules;
    a->rules[a->count++] = (struct access_rule){.prefix = *prefix, .allow = allow};
    a->has_allow = a->has_allow || allow;
    return true;
}

void access_free(struct access *a)
{
    free(a->rules);
    *a = (struct access){.rules = NULL};
}

bool access_equal(const struct access *a, const struct access *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->rules[i].allow != b->rules[i].allow ||
            prefix_compare(&a->rules[i].prefix, &b->rules[i].prefix) != 0)
            return false;
    return true;
}

bool access_copy(struct access *to, const struct access *from)
{
    *to = (struct access){.rules = NULL};
    if (from->count == 0)
        return true;
    to->rules = with_room(NULL, from->count);
    if (!to->rules)
        return false;
    memcpy(to->rules, from->rules, from->count * sizeof *to->rules);
    to->count = from->count;
    to->has_allow = from->has_allow;
    return true;
}

bool access_check(const struct access *a, const struct addr *peer, const struct access_rule **rule)
{
    struct addr host = addr_unmap(peer);
    const struct access_rule *best = NULL;

    for (size_t i = 0; i < a->count; i++) {
        const struct access_rule *r = &a->rules[i];
        if (!prefix_contains(&r->prefix, &host))
            continue;
        if (!best || r->prefix.bits > best->prefix.bits ||
            (r->prefix.bits == best->prefix.bits && !r->allow))
            best = r;
    }
    if (rule)
        *rule = best;
    return best ? best->allow : !a->has_allow;
}
