/* conf/rlimit.c -- resource limits: SOFT or SOFT:HARD */
#include "config.h"

#include "conf/types.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static int which_of(const struct key *k)
{
    return priv_rlimit_which(k->name + strlen("rlimit_"));
}

/* The `len` bytes at `at` of the value. False: told. */
static bool read_part(const struct given *g, size_t at, size_t len, rlim_t *value)
{
    struct word part = draft_cut(g->c, g->d, &g->v[0], at, len);
    uint64_t n = 0;

    if (!part.text)
        return false;
    *value = RLIM_INFINITY;
    if (strcmp(part.text, "unlimited") == 0)
        return true;
    bool seconds = which_of(g->k) == RLIMIT_CPU;
    enum value_fault wrong =
        seconds ? value_time(part.text, &n) : value_size(part.text, INT64_MAX, &n);
    if (!wrong && seconds && n % NS_PER_S != 0)
        return conf_bad_word(g->c, &part, g->k->name, "not in whole seconds");
    *value = (rlim_t)(seconds ? n / NS_PER_S : n);
    return !wrong || conf_bad_value(g->c, &part, g->k->name, wrong, 0, 0);
}

/* Kept in the order of `which`, so that equal lists are equal. */
static bool put(struct rlimits *list, const struct priv_rlimit *limit)
{
    size_t i = 0;

    while (i < list->count && list->at[i].which < limit->which)
        i++;
    if (i == list->count || list->at[i].which != limit->which) {
        struct priv_rlimit *grown = realloc(list->at, (list->count + 1) * sizeof *grown);
        if (!grown)
            return false;
        memmove(&grown[i + 1], &grown[i], (list->count - i) * sizeof *grown);
        list->at = grown;
        list->count++;
    }
    list->at[i] = *limit;
    return true;
}

bool conf_rlimit_set(const struct given *g)
{
    struct priv_rlimit limit = {.which = which_of(g->k)};
    const char *text = g->v[0].text;
    size_t soft = strcspn(text, ":");
    struct rlimit *value = &limit.value;

    if (limit.which < 0)
        return conf_error(g->c, &g->v[0].place, "%s is not supported on this system", g->k->name);
    if (!read_part(g, 0, soft, &value->rlim_cur))
        return false;
    value->rlim_max = value->rlim_cur;
    if (text[soft] == ':' && !read_part(g, soft + 1, strlen(text + soft + 1), &value->rlim_max))
        return false;
    if (value->rlim_max != RLIM_INFINITY &&
        (value->rlim_cur == RLIM_INFINITY || value->rlim_cur > value->rlim_max))
        return conf_error(g->c, &g->v[0].place, "%s %s: the soft limit is above the hard one",
                          g->k->name, conf_quote(g->c, text));
    return put(g->to, &limit) || conf_no_memory(g->c);
}

static void show_value(struct text *out, rlim_t value)
{
    if (value == RLIM_INFINITY)
        text_add(out, "unlimited");
    else
        text_add(out, "%ju", (uintmax_t)value);
}

void conf_rlimit_show(struct text *out, const struct key *k, const void *value)
{
    const struct rlimits *list = value;

    for (size_t i = 0; i < list->count; i++) {
        const struct rlimit *limit = &list->at[i].value;
        if (list->at[i].which != which_of(k))
            continue;
        text_add(out, " %s=", k->name);
        show_value(out, limit->rlim_cur);
        if (limit->rlim_max != limit->rlim_cur) {
            text_add(out, ":");
            show_value(out, limit->rlim_max);
        }
    }
}
