/* conf/types.c -- the kinds of values as words: read into an entry, shown by -t; a row for each */
#include "config.h"

#include "conf/types.h"

#include "base/clock.h"
#include "base/route.h"
#include "base/signals.h"
#include "base/strings.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* `wrong` is what a function of value.h said. */
static bool judge(const struct given *g, enum value_fault wrong)
{
    return !wrong || conf_bad_value(g->c, &g->v[0], g->k->name, wrong, g->k->low, g->k->high);
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool set_bool(const struct given *g)
{
    return judge(g, value_bool(g->v[0].text, g->to));
}

static void show_bool(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%s", k->name, *(const bool *)value ? "yes" : "no");
}

static bool set_int(const struct given *g)
{
    int64_t n = 0;

    if (!judge(g, value_signed(g->v[0].text, g->k->low, g->k->high, &n)))
        return false;
    *(int *)g->to = (int)n;
    return true;
}

static void show_int(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%d", k->name, *(const int *)value);
}

static bool set_size(const struct given *g)
{
    uint64_t n = 0;

    if (!judge(g, value_size(g->v[0].text, (uint64_t)g->k->high, &n)))
        return false;
    if ((int64_t)n < g->k->low)
        return judge(g, VALUE_RANGE);
    *(int *)g->to = (int)n;
    return true;
}

static bool set_count(const struct given *g)
{
    uint64_t n = 0;

    if (!judge(g, value_number(g->v[0].text, (uint64_t)g->k->low, (uint64_t)g->k->high, &n)))
        return false;
    *(uint32_t *)g->to = (uint32_t)n;
    return true;
}

static void show_count(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%" PRIu32, k->name, *(const uint32_t *)value);
}

static bool set_time(const struct given *g)
{
    uint64_t ns = 0;

    if (!judge(g, value_time(g->v[0].text, &ns)))
        return false;
    if (g->k->high && ns > (uint64_t)g->k->high)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "too long");
    *(uint64_t *)g->to = ns;
    return true;
}

static void show_time(struct text *out, const struct key *k, const void *value)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_DAY, "d"},
                 {NS_PER_HOUR, "h"},
                 {NS_PER_MIN, "m"},
                 {NS_PER_S, "s"},
                 {NS_PER_MS, "ms"}};
    uint64_t ns = *(const uint64_t *)value;
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && ns % units[i].ns != 0)
        i++;
    text_add(out, " %s=%" PRIu64 "%s", k->name, ns / units[i].ns, units[i].name);
}

static bool set_mode(const struct given *g)
{
    unsigned mode = 0;

    if (!judge(g, value_mode(g->v[0].text, &mode)))
        return false;
    if (mode > (unsigned)g->k->high)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "above 0777");
    *(unsigned *)g->to = mode;
    return true;
}

static void show_mode(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%04o", k->name, *(const unsigned *)value);
}

static bool set_signal(const struct given *g)
{
    int number = signal_number(g->v[0].text);

    if (number == 0)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "no signal's name");
    *(int *)g->to = number;
    return true;
}

static void show_signal(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%s", k->name, signal_name(*(const int *)value) + strlen("SIG"));
}

/* A switch, or IDLE/INTERVAL/COUNT. */
static bool set_probes(const struct given *g)
{
    static const int most = 32767; /* seconds, and 127 probes: tcp(7) */
    const char *text = g->v[0].text;
    size_t idle = strcspn(text, "/"), interval = text[idle] ? strcspn(text + idle + 1, "/") : 0;
    size_t count = idle + interval + 2;
    struct keepalive fresh = {.on = 1};
    uint64_t ns[2] = {0, 0}, n = 0;
    bool on = false;

    if (!text[idle] || !text[count - 1]) {
        if (!judge(g, value_bool(text, &on)))
            return false;
        *(struct keepalive *)g->to = (struct keepalive){.on = on};
        return true;
    }
    struct word first = draft_cut(g->c, g->d, &g->v[0], 0, idle);
    struct word second = draft_cut(g->c, g->d, &g->v[0], idle + 1, interval);
    if (!first.text || !second.text)
        return false;
    if (value_time(first.text, &ns[0]) || value_time(second.text, &ns[1]) ||
        value_number(text + count, 1, 127, &n) || ns[0] < NS_PER_S || ns[1] < NS_PER_S ||
        ns[0] / NS_PER_S > (uint64_t)most || ns[1] / NS_PER_S > (uint64_t)most)
        return conf_bad_word(g->c, &g->v[0], g->k->name,
                             "not IDLE/INTERVAL/COUNT (times from 1s to 32767s, a count to 127)");
    fresh.idle = (int)(ns[0] / NS_PER_S);
    fresh.interval = (int)(ns[1] / NS_PER_S);
    fresh.count = (int)n;
    *(struct keepalive *)g->to = fresh;
    return true;
}

static void show_probes(struct text *out, const struct key *k, const void *value)
{
    const struct keepalive *p = value;

    if (p->idle > 0)
        text_add(out, " %s=%ds/%ds/%d", k->name, p->idle, p->interval, p->count);
    else
        text_add(out, " %s=%s", k->name, p->on ? "yes" : "no");
}

/* --- texts ----------------------------------------------------------------------------------- */

static bool replace_text(const struct given *g)
{
    char *copy = strdup(g->v[0].text), **to = g->to;

    if (!copy)
        return conf_no_memory(g->c);
    free(*to);
    *to = copy;
    return true;
}

static void show_text(struct text *out, const struct key *k, const void *value)
{
    text_field(out, k->name, *(char *const *)value);
}

static bool set_path(const struct given *g)
{
    if (g->v[0].text[0] != '/')
        return conf_bad_word(g->c, &g->v[0], g->k->name, "no absolute path");
    return replace_text(g);
}

static bool set_log(const struct given *g)
{
    const char *wrong = route_wrong(g->v[0].text);
    return wrong ? conf_bad_word(g->c, &g->v[0], g->k->name, wrong) : replace_text(g);
}

static bool set_device(const struct given *g)
{
    size_t len = strlen(g->v[0].text);

    if (len == 0 || len >= IF_NAMESIZE)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "no interface's name");
    return replace_text(g);
}

static bool set_choice(const struct given *g)
{
    struct conf_near near = {.word = g->v[0].text};
    char list[CONF_QUOTE];
    struct text t;

    text_init(&t, list, sizeof list);
    for (size_t i = 0; g->k->words[i]; i++) {
        if (strcmp(g->k->words[i], g->v[0].text) == 0) {
            *(uint8_t *)g->to = (uint8_t)i;
            return true;
        }
        conf_near_try(&near, g->k->words[i]);
        text_add(&t, "%s%s", i > 0 ? ", " : "", g->k->words[i]);
    }
    return conf_error(g->c, &g->v[0].place, "%s %s is none of %s%s", g->k->name,
                      conf_quote(g->c, g->v[0].text), list, conf_hint(g->c, &near));
}

static void show_choice(struct text *out, const struct key *k, const void *value)
{
    text_add(out, " %s=%s", k->name, k->words[*(const uint8_t *)value]);
}

/* --- lists ----------------------------------------------------------------------------------- */

/* The length of the environment variable's name that `text` starts with. */
static size_t name_length(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    return text[0] >= '0' && text[0] <= '9' ? 0 : strspn(text, letters);
}

/* NAME=value where `end` is '=', NAME where it is NUL. */
static bool set_list(const struct given *g, char end, const char *wrong)
{
    char **fresh = NULL, ***to = g->to;

    for (size_t i = 0; i < g->n; i++) {
        size_t len = name_length(g->v[i].text);
        if (len == 0 || g->v[i].text[len] != end) {
            strings_free(fresh);
            return conf_bad_word(g->c, &g->v[i], g->k->name, wrong);
        }
        if (!strings_add(&fresh, g->v[i].text)) {
            strings_free(fresh);
            return conf_no_memory(g->c);
        }
    }
    strings_free(*to);
    *to = fresh;
    return true;
}

static bool set_env(const struct given *g)
{
    return set_list(g, '=', "not NAME=value");
}

static bool set_names(const struct given *g)
{
    return set_list(g, '\0', "no variable's name");
}

/* A field for each. */
static void show_list(struct text *out, const struct key *k, const void *value)
{
    char *const *v = *(char **const *)value;

    for (size_t i = 0; v && v[i]; i++)
        text_field(out, k->name, v[i]);
}

static bool add_rules(const struct given *g, const struct access *old, struct access *to)
{
    bool allow = g->k->kind != KIND_DENY;

    /* The entry's list stands in place of the inherited one of the same kind. */
    for (size_t i = 0; i < old->count; i++)
        if (old->rules[i].allow != allow && !access_add(to, &old->rules[i].prefix, !allow))
            return conf_no_memory(g->c);
    for (size_t i = 0; i < g->n; i++) {
        struct prefix prefix;
        const char *wrong = prefix_parse(&prefix, g->v[i].text);
        if (wrong)
            return conf_error(g->c, &g->v[i].place, "%s %s: %s", g->k->name,
                              conf_quote(g->c, g->v[i].text), wrong);
        if (!access_add(to, &prefix, allow))
            return conf_no_memory(g->c);
    }
    return true;
}

static bool set_rules(const struct given *g)
{
    struct access fresh = {.rules = NULL}, *to = g->to;

    if (!add_rules(g, to, &fresh)) {
        access_free(&fresh);
        return false;
    }
    access_free(to);
    *to = fresh;
    return true;
}

static void show_rules(struct text *out, const struct key *k, const void *value)
{
    const struct access *access = value;
    char prefix[ADDR_TEXT];

    for (size_t i = 0; i < access->count; i++)
        if (access->rules[i].allow == (k->kind != KIND_DENY))
            text_add(out, " %s=%s", k->name, prefix_format(&access->rules[i].prefix, prefix));
}

/* --- what the check uses up ------------------------------------------------------------------ */

static bool set_word(const struct given *g)
{
    *(struct word *)g->to = g->v[0];
    return true;
}

static bool set_words(const struct given *g)
{
    struct words *list = g->to;

    if (list == &g->d->address) {
        if (list->count > 0 && !g->d->inherited_address)
            return conf_error(g->c, &g->v[0].place, "the address is given twice: %s and \"bind\"",
                              conf_quote(g->c, list->at[0].text));
        g->d->inherited_address = false;
    }
    list->count = 0;
    for (size_t i = 0; i < g->n; i++)
        if (!words_add(g->c, list, &g->v[i]))
            return false;
    return true;
}

static bool set_wait(const struct given *g)
{
    g->d->wait = g->v[0];
    return judge(g, value_bool(g->v[0].text, g->to));
}

bool conf_accept_filter(struct conf *c, struct draft *d, const struct word *w)
{
    if (strcmp(w->text, "dataready") != 0)
        return conf_error(c, &w->place, "accept filter %s is not there: \"dataready\" is",
                          conf_quote(c, w->text));
    d->set->sock.defer = 30 * NS_PER_S; /* the BSDs' waits for ever */
    return true;
}

static bool set_filter(const struct given *g)
{
    return conf_accept_filter(g->c, g->d, &g->v[0]);
}

static bool set_refused(const struct given *g)
{
    return conf_error(g->c, &g->v[0].place, "%s not supported on this system", g->k->help);
}

/* --- the table ------------------------------------------------------------------------------- */

const struct key_type *conf_type(unsigned kind)
{
    static const struct key_type types[CONF_KINDS] = {
        [KIND_BOOL] = {set_bool, show_bool, false},
        [KIND_INT] = {set_int, show_int, false},
        [KIND_SIZE] = {set_size, show_int, false},
        [KIND_COUNT] = {set_count, show_count, false},
        [KIND_TIME] = {set_time, show_time, false},
        [KIND_SIGNAL] = {set_signal, show_signal, false},
        [KIND_MODE] = {set_mode, show_mode, false},
        [KIND_RATE] = {conf_rate_set, conf_rate_show, true},
        [KIND_PROBES] = {set_probes, show_probes, false},
        [KIND_PREFIX] = {conf_prefix_set, conf_prefix_show, false},
        [KIND_CHOICE] = {set_choice, show_choice, false},
        [KIND_PATH] = {set_path, show_text, false},
        [KIND_LOG] = {set_log, show_text, false},
        [KIND_DEVICE] = {set_device, show_text, false},
        [KIND_ENV] = {set_env, show_list, true},
        [KIND_NAMES] = {set_names, show_list, true},
        [KIND_ALLOW] = {set_rules, show_rules, true},
        [KIND_DENY] = {set_rules, show_rules, true},
        [KIND_BALANCERS] = {set_rules, show_rules, true},
        [KIND_RLIMIT] = {conf_rlimit_set, conf_rlimit_show, false},
        [KIND_GATE] = {conf_gate_set, conf_gate_show, true},
        [KIND_CAPS] = {conf_caps_set, conf_caps_show, true},
        [KIND_PATHS] = {conf_paths_set, conf_words_show, true},
        [KIND_REACH] = {conf_reach_set, conf_words_show, true},
        [KIND_PORTS] = {conf_ports_set, conf_words_show, true},
        [KIND_MOUNTS] = {conf_mounts_set, conf_words_show, true},
        [KIND_CALLS] = {conf_calls_set, conf_words_show, true},
        [KIND_LABEL] = {conf_label_set, show_text, false},
        [KIND_WORD] = {set_word, NULL, false},
        [KIND_WORDS] = {set_words, NULL, true},
        [KIND_WAIT] = {set_wait, NULL, false},
        [KIND_FILTER] = {set_filter, NULL, false},
        [KIND_REFUSED] = {set_refused, NULL, true},
    };

    return &types[kind];
}
