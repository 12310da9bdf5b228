/* conf/types.c -- the words of a key, by its type, into the draft */
#include "config.h"

#include "base/value.h"
#include "conf/keys.h"

#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

const char *const conf_stderr_names[] = {"socket", "log", "null", NULL};

/* What a setter is called with. */
struct call {
    struct conf *c;
    struct draft *d;
    const struct conf_key *k;
    const struct word *v; /* the values */
    size_t n;
};

static void *member(const struct call *x)
{
    return (char *)x->d->set + x->k->offset;
}

/* `wrong` is what a function of value.h said. */
static bool judge(const struct call *x, enum value_fault wrong)
{
    return !wrong || conf_bad_value(x->c, &x->v[0], x->k->name, wrong, x->k->low, x->k->high);
}

static bool set_word(const struct call *x)
{
    memcpy((char *)x->d + x->k->offset, &x->v[0], sizeof x->v[0]);
    return true;
}

static bool set_words(const struct call *x)
{
    struct words *list = (struct words *)(void *)((char *)x->d + x->k->offset);

    if (list == &x->d->address) {
        if (list->count > 0 && !x->d->inherited_address)
            return conf_error(x->c, &x->v[0].place, "the address is given twice: %s and \"bind\"",
                              conf_quote(x->c, list->at[0].text));
        x->d->inherited_address = false;
    }
    list->count = 0;
    for (size_t i = 0; i < x->n; i++)
        if (!words_add(x->c, list, &x->v[i]))
            return false;
    return true;
}

static bool set_refused(const struct call *x)
{
    return conf_error(x->c, &x->v[0].place, "%s not supported on this system", x->k->help);
}

static bool set_wait(const struct call *x)
{
    x->d->wait = x->v[0];
    return judge(x, value_bool(x->v[0].text, &x->d->waits));
}

static bool set_bool(const struct call *x)
{
    return judge(x, value_bool(x->v[0].text, member(x)));
}

static bool set_int(const struct call *x)
{
    int64_t n = 0;
    int *to = member(x);

    if (!judge(x, value_signed(x->v[0].text, x->k->low, x->k->high, &n)))
        return false;
    *to = (int)n;
    return true;
}

static bool set_u32(const struct call *x)
{
    uint64_t n = 0;
    uint32_t *to = member(x);

    if (!judge(x, value_number(x->v[0].text, (uint64_t)x->k->low, (uint64_t)x->k->high, &n)))
        return false;
    *to = (uint32_t)n;
    return true;
}

static bool set_size(const struct call *x)
{
    uint64_t n = 0;
    int *to = member(x);

    if (!judge(x, value_size(x->v[0].text, (uint64_t)x->k->high, &n)))
        return false;
    if ((int64_t)n < x->k->low)
        return judge(x, VALUE_RANGE);
    *to = (int)n;
    return true;
}

static bool set_time(const struct call *x)
{
    return judge(x, value_time(x->v[0].text, member(x)));
}

static bool set_mode(const struct call *x)
{
    unsigned mode = 0, *to = member(x);

    if (!judge(x, value_mode(x->v[0].text, &mode)))
        return false;
    if (mode > (unsigned)x->k->high)
        return conf_bad_word(x->c, &x->v[0], x->k->name, "above 0777");
    *to = mode;
    return true;
}

/* RATE, or RATE burst N. */
static bool set_rate(const struct call *x)
{
    uint32_t count = 0;
    uint64_t period = 0, burst = 0;
    enum value_fault wrong = value_rate(x->v[0].text, &count, &period);
    struct rate *to = member(x);

    if (!wrong && count > x->k->high)
        wrong = VALUE_RANGE;
    if (!judge(x, wrong))
        return false;
    if (x->n > 1 && (x->v[1].quoted || strcmp(x->v[1].text, "burst") != 0))
        return conf_error(x->c, &x->v[1].place, "%s after \"%s\": expected \"burst\"",
                          conf_quote(x->c, x->v[1].text), x->k->name);
    if (x->n == 2)
        return conf_error(x->c, &x->v[1].place, "\"burst\" needs a number");
    if (x->n > 3)
        return conf_error(x->c, &x->v[3].place, "%s is a value too many for \"%s\"",
                          conf_quote(x->c, x->v[3].text), x->k->name);
    if (x->n == 3 && (wrong = value_number(x->v[2].text, 1, (uint64_t)x->k->high, &burst)))
        return conf_bad_value(x->c, &x->v[2], "burst", wrong, 1, x->k->high);
    *to = rate_make(count, period, (uint32_t)burst);
    return true;
}

/* V4BITS/V6BITS. */
static bool set_prefix(const struct call *x)
{
    char first[8];
    const char *text = x->v[0].text, *slash = strchr(text, '/');
    uint64_t v4 = 0, v6 = 0;

    if (slash == NULL || (size_t)(slash - text) >= sizeof first)
        return conf_error(x->c, &x->v[0].place, "source_prefix %s is not V4BITS/V6BITS",
                          conf_quote(x->c, text));
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = '\0';
    if (value_number(first, 0, 32, &v4) || value_number(slash + 1, 0, 128, &v6))
        return conf_error(x->c, &x->v[0].place,
                          "source_prefix %s is not V4BITS/V6BITS (0-32/0-128)",
                          conf_quote(x->c, text));
    x->d->set->source_v4bits = (uint8_t)v4;
    x->d->set->source_v6bits = (uint8_t)v6;
    return true;
}

static bool replace_text(const struct call *x)
{
    char *copy = strdup(x->v[0].text), **to = member(x);

    if (copy == NULL)
        return conf_no_memory(x->c);
    free(*to);
    *to = copy;
    return true;
}

static bool set_path(const struct call *x)
{
    if (x->v[0].text[0] != '/')
        return conf_bad_word(x->c, &x->v[0], x->k->name, "no absolute path");
    return replace_text(x);
}

static bool set_device(const struct call *x)
{
    size_t len = strlen(x->v[0].text);

    if (len == 0 || len >= IF_NAMESIZE)
        return conf_bad_word(x->c, &x->v[0], x->k->name, "no interface's name");
    return replace_text(x);
}

static bool set_choice(const struct call *x)
{
    struct conf_near near = {.word = x->v[0].text};
    uint8_t *to = member(x);

    for (size_t i = 0; conf_stderr_names[i] != NULL; i++) {
        if (strcmp(conf_stderr_names[i], x->v[0].text) == 0) {
            *to = (uint8_t)i;
            return true;
        }
        conf_near_try(&near, conf_stderr_names[i]);
    }
    return conf_error(x->c, &x->v[0].place, "stderr %s is none of socket, log, null%s",
                      conf_quote(x->c, x->v[0].text), conf_hint(x->c, &near));
}

/* The length of the environment variable's name that `text` starts with. */
static size_t name_length(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    return text[0] >= '0' && text[0] <= '9' ? 0 : strspn(text, letters);
}

/* NAME=value where `end` is '=', NAME where it is NUL. */
static bool set_vector(const struct call *x, char end, const char *wrong)
{
    char **fresh = NULL, ***to = member(x);

    for (size_t i = 0; i < x->n; i++) {
        size_t len = name_length(x->v[i].text);
        if (len == 0 || x->v[i].text[len] != end) {
            strings_free(fresh);
            return conf_bad_word(x->c, &x->v[i], x->k->name, wrong);
        }
        if (!strings_add(&fresh, x->v[i].text)) {
            strings_free(fresh);
            return conf_no_memory(x->c);
        }
    }
    strings_free(*to);
    *to = fresh;
    return true;
}

static bool set_env(const struct call *x)
{
    return set_vector(x, '=', "not NAME=value");
}

static bool set_names(const struct call *x)
{
    return set_vector(x, '\0', "no variable's name");
}

static bool add_rules(const struct call *x, struct access *to)
{
    const struct access *old = &x->d->set->access;
    bool allow = x->k->low != 0;

    /* The entry's list stands in place of the inherited one of the same kind. */
    for (size_t i = 0; i < old->count; i++)
        if (old->rules[i].allow != allow && !access_add(to, &old->rules[i].prefix, !allow))
            return conf_no_memory(x->c);
    for (size_t i = 0; i < x->n; i++) {
        struct prefix prefix;
        const char *wrong = prefix_parse(&prefix, x->v[i].text);
        if (wrong != NULL)
            return conf_error(x->c, &x->v[i].place, "%s %s: %s", x->k->name,
                              conf_quote(x->c, x->v[i].text), wrong);
        if (!access_add(to, &prefix, allow))
            return conf_no_memory(x->c);
    }
    return true;
}

static bool set_rules(const struct call *x)
{
    struct access fresh = {.rules = NULL};

    if (!add_rules(x, &fresh)) {
        access_free(&fresh);
        return false;
    }
    access_free(&x->d->set->access);
    x->d->set->access = fresh;
    return true;
}

static enum value_fault read_limit(const char *word, rlim_t *value)
{
    uint64_t n = 0;

    *value = RLIM_INFINITY;
    if (strcmp(word, "unlimited") == 0)
        return VALUE_GOOD;
    enum value_fault wrong = value_size(word, INT64_MAX, &n);
    if (!wrong)
        *value = (rlim_t)n;
    return wrong;
}

/* Kept in the order of `which`, so that equal sets compare equal. */
static bool put_limit(const struct call *x, const struct priv_rlimit *limit)
{
    struct settings *set = x->d->set;
    size_t i = 0;
    struct priv_rlimit *grown;

    while (i < set->nrlimits && set->rlimits[i].which < limit->which)
        i++;
    if (i == set->nrlimits || set->rlimits[i].which != limit->which) {
        grown = realloc(set->rlimits, (set->nrlimits + 1) * sizeof *grown);
        if (grown == NULL)
            return conf_no_memory(x->c);
        memmove(&grown[i + 1], &grown[i], (set->nrlimits - i) * sizeof *grown);
        set->rlimits = grown;
        set->nrlimits++;
    }
    set->rlimits[i] = *limit;
    return true;
}

/* SOFT or SOFT:HARD. */
static bool set_rlimit(const struct call *x)
{
    struct priv_rlimit limit = {.which = priv_rlimit_which(x->k->name + strlen("rlimit_"))};
    const char *colon = strchr(x->v[0].text, ':');
    enum value_fault wrong;
    struct word part = x->v[0];

    if (limit.which < 0)
        return conf_error(x->c, &x->v[0].place, "%s is not supported on this system", x->k->name);
    if (colon != NULL)
        part = draft_cut(x->c, x->d, &x->v[0], 0, (size_t)(colon - x->v[0].text));
    if (part.text == NULL)
        return false;
    if ((wrong = read_limit(part.text, &limit.value.rlim_cur)))
        return conf_bad_value(x->c, &part, x->k->name, wrong, 0, 0);
    limit.value.rlim_max = limit.value.rlim_cur;
    if (colon != NULL) {
        part =
            draft_cut(x->c, x->d, &x->v[0], (size_t)(colon + 1 - x->v[0].text), strlen(colon + 1));
        if (part.text == NULL)
            return false;
        if ((wrong = read_limit(part.text, &limit.value.rlim_max)))
            return conf_bad_value(x->c, &part, x->k->name, wrong, 0, 0);
    }
    if (limit.value.rlim_max != RLIM_INFINITY &&
        (limit.value.rlim_cur == RLIM_INFINITY || limit.value.rlim_cur > limit.value.rlim_max))
        return conf_error(x->c, &x->v[0].place, "%s %s: the soft limit is above the hard one",
                          x->k->name, conf_quote(x->c, x->v[0].text));
    return put_limit(x, &limit);
}

bool conf_type_set(struct conf *c, struct draft *d, const struct conf_key *k,
                   const struct words *values)
{
    static bool (*const setters[KEY_TYPES])(const struct call *x) = {
        [KEY_WORD] = set_word,     [KEY_WORDS] = set_words,   [KEY_REFUSED] = set_refused,
        [KEY_WAIT] = set_wait,     [KEY_BOOL] = set_bool,     [KEY_INT] = set_int,
        [KEY_SIGNED] = set_int,    [KEY_U32] = set_u32,       [KEY_SIZE] = set_size,
        [KEY_TIME] = set_time,     [KEY_MODE] = set_mode,     [KEY_RATE] = set_rate,
        [KEY_PREFIX] = set_prefix, [KEY_PATH] = set_path,     [KEY_DEVICE] = set_device,
        [KEY_CHOICE] = set_choice, [KEY_ENV] = set_env,       [KEY_NAMES] = set_names,
        [KEY_RULES] = set_rules,   [KEY_RLIMIT] = set_rlimit,
    };
    const struct call x = {c, d, k, values->at, values->count};

    return setters[k->type](&x);
}
