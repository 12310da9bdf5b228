/* conf/gate.c -- the kind of value of `gate`: pow BITS */
#include "config.h"

#include "conf/types.h"

#include <string.h>

bool conf_gate_set(const struct given *g)
{
    const struct word *v = g->v;
    uint64_t bits = 0;

    if (strcmp(v[0].text, "pow") != 0)
        return conf_bad_word(g->c, &v[0], g->k->name, "not \"pow BITS\"");
    if (g->n == 1)
        return conf_error(g->c, &v[0].place, "\"%s = pow\" needs a number of bits", g->k->name);
    if (g->n > 2)
        return conf_error(g->c, &v[2].place, "%s is a value too many for \"%s\"",
                          conf_quote(g->c, v[2].text), g->k->name);
    enum value_fault wrong =
        value_number(v[1].text, (uint64_t)g->k->low, (uint64_t)g->k->high, &bits);
    if (wrong)
        return conf_bad_value(g->c, &v[1], g->k->name, wrong, g->k->low, g->k->high);
    *(uint8_t *)g->to = (uint8_t)bits;
    return true;
}

void conf_gate_show(struct text *out, const struct key *k, const void *value)
{
    unsigned bits = *(const uint8_t *)value;
    if (bits)
        text_add(out, " %s=\"pow %u\"", k->name, bits);
}
