/* service/settings.c -- what entries share: made, copied, compared, dropped, all by the table of
 * keys */
#include "config.h"

#include "service/settings.h"

#include <stdlib.h>

#include "base/strings.h"
#include "service/keys.h"

struct settings *settings_new(void)
{
    struct settings *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->refs = 1;
    keys_init(&settings_keys, set);
    return set;
}

struct settings *settings_copy(const struct settings *from)
{
    struct settings *to = calloc(1, sizeof *to);
    if (!to)
        return NULL;
    to->refs = 1;
    if (keys_copy(&settings_keys, to, from))
        return to;
    settings_unref(to);
    return NULL;
}

struct settings *settings_ref(struct settings *set)
{
    set->refs++;
    return set;
}

void settings_unref(struct settings *set)
{
    if (!set || --set->refs > 0)
        return;
    keys_drop(&settings_keys, set);
    strings_free(set->environment);
    free(set);
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    return a == b || keys_equal(&settings_keys, a, b);
}
