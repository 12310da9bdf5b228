/* conf/rate.c -- rates: RATE, or RATE burst N */
#include "config.h"

#include "conf/types.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

/* What stands behind the rate: nothing, or `burst N`. False: told. */
static bool read_burst(const struct given *g, uint64_t *burst)
{
    const struct word *v = g->v;

    if (g->n == 1)
        return true;
    if (v[1].quoted || strcmp(v[1].text, "burst") != 0)
        return conf_error(g->c, &v[1].place, "%s after \"%s\": expected \"burst\"",
                          conf_quote(g->c, v[1].text), g->k->name);
    if (g->n == 2)
        return conf_error(g->c, &v[1].place, "\"burst\" needs a number");
    if (g->n > 3)
        return conf_error(g->c, &v[3].place, "%s is a value too many for \"%s\"",
                          conf_quote(g->c, v[3].text), g->k->name);
    enum value_fault wrong = value_number(v[2].text, 1, (uint64_t)g->k->high, burst);
    return !wrong || conf_bad_value(g->c, &v[2], "burst", wrong, 1, g->k->high);
}

bool conf_rate_set(const struct given *g)
{
    uint32_t count = 0;
    uint64_t period = 0, burst = 0;
    enum value_fault wrong = value_rate(g->v[0].text, &count, &period);

    if (!wrong && count > g->k->high)
        wrong = VALUE_RANGE;
    if (wrong)
        return conf_bad_value(g->c, &g->v[0], g->k->name, wrong, g->k->low, g->k->high);
    if (!read_burst(g, &burst))
        return false;
    *(struct rate *)g->to = rate_make(count, period, (uint32_t)burst);
    return true;
}

/* As it would be written: a count whose rate this is, one that is the burst if there is one, else
 * the smallest. */
void conf_rate_show(struct text *out, const struct key *k, const void *value)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_MIN, ""}, {NS_PER_S, "/s"}, {NS_PER_HOUR, "/h"}};
    const struct rate *r = value;
    const char *name = "";
    uint64_t count = 0;
    char text[64];

    if (r->interval == 0)
        return; /* no limit, the default */
    for (size_t i = 0; i < sizeof units / sizeof *units && count != r->burst; i++) {
        uint64_t n = (units[i].ns + r->interval / 2) / r->interval; /* rate_make rounds */
        bool exact = n > 0 && n <= UINT32_MAX &&
                     rate_make((uint32_t)n, units[i].ns, 0).interval == r->interval;
        if (exact && (count == 0 || n == r->burst || n < count)) {
            count = n;
            name = units[i].name;
        }
    }
    if (count == r->burst)
        text_add(out, " %s=%" PRIu64 "%s", k->name, count, name);
    else if (text_fits(text, sizeof text, "%" PRIu64 "%s burst %" PRIu32, count, name, r->burst))
        text_field(out, k->name, text);
}
