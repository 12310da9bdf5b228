/* conf/cage_types.c -- the values of a cage's keys: capabilities */
#include "config.h"

#include "conf/types.h"

#include <string.h>

#include "cage/caps.h"

/* --- capabilities ---------------------------------------------------------------------------- */

static bool is_alone(const struct given *g, const char *word)
{
    return g->n == 1 && strcmp(g->v[0].text, word) == 0;
}

static bool unknown_cap(const struct given *g, const struct word *w)
{
    struct conf_near near = {.word = w->text};
    const char *name;

    for (unsigned i = 0; (name = cage_cap_name(i)); i++)
        conf_near_try(&near, name);
    return conf_error(g->c, &w->place, "%s %s is no capability%s", g->k->name,
                      conf_quote(g->c, w->text), conf_hint(g->c, &near));
}

bool conf_caps_set(const struct given *g)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < g->n && !is_alone(g, "none"); i++) {
        int number = cage_cap_number(g->v[i].text);
        if (number < 0)
            return unknown_cap(g, &g->v[i]);
        mask |= UINT64_C(1) << number;
    }
    *(uint64_t *)g->to = mask;
    return true;
}

void conf_caps_show(struct text *out, const struct key *k, const void *value)
{
    uint64_t mask = *(const uint64_t *)value;

    if (mask == 0)
        text_add(out, " %s=none", k->name);
    for (unsigned i = 0; mask != CAGE_ALL_CAPS && cage_cap_name(i); i++)
        if (mask >> i & 1)
            text_add(out, " %s=%s", k->name, cage_cap_name(i));
}
