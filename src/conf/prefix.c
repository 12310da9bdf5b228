/* conf/prefix.c -- what makes one source: V4BITS/V6BITS */
#include "config.h"

#include "conf/types.h"

#include <string.h>

bool conf_prefix_set(const struct given *g)
{
    char first[8];
    const char *text = g->v[0].text, *slash = strchr(text, '/');
    uint64_t v4 = 0, v6 = 0;

    if (!slash || (size_t)(slash - text) >= sizeof first)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "not V4BITS/V6BITS");
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = '\0';
    if (value_number(first, 0, 32, &v4) || value_number(slash + 1, 0, 128, &v6))
        return conf_bad_word(g->c, &g->v[0], g->k->name, "not V4BITS/V6BITS (0-32/0-128)");
    *(struct source_prefix *)g->to = (struct source_prefix){(uint8_t)v4, (uint8_t)v6};
    return true;
}

void conf_prefix_show(struct text *out, const struct key *k, const void *value)
{
    const struct source_prefix *p = value;

    text_add(out, " %s=%u/%u", k->name, p->v4, p->v6);
}
