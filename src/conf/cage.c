/* conf/cage.c -- what a preset stands for, and whether this system has the layers of it */
#include "config.h"

#include "conf/cage.h"

#include <stdlib.h>
#include <string.h>

#include "cage/filter.h"
#include "conf/ask.h"
#include "conf/types.h"

enum { WORDS = 24 };

/* The manual's list (doorward.conf.5, THE CAGE): each preset has the rows of those before it. */
static const struct preset_row {
    uint8_t from; /* enum cage_preset */
    const char *key;
    const char *words[WORDS];
} rows[] = {
    {CAGE_BASIC, "no_new_privs", {"yes"}},
    {CAGE_BASIC, "capabilities", {"none"}},
    {CAGE_BASIC, "private_keyring", {"yes"}},
    {CAGE_BASIC, "rlimit_core", {"0"}},
    {CAGE_STRICT, "require", {"yes"}},
    {CAGE_STRICT, "executable", {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}},
    {CAGE_STRICT, "readable", {"/etc"}},
    {CAGE_STRICT, "writable", {"none"}},
    {CAGE_STRICT, "connect", {"none"}},
    {CAGE_STRICT, "bind_ports", {"none"}},
    {CAGE_STRICT, "private_signals", {"yes"}},
    {CAGE_STRICT, "system_calls", {"!@kernel", "!@shared-ipc"}},
    {CAGE_JAIL, "root", {"/"}},
    {CAGE_JAIL, "private_tmp", {"16m"}},
    {CAGE_JAIL, "private_pids", {"yes"}},
    {CAGE_JAIL, "private_ipc", {"yes"}},
    {CAGE_JAIL, "private_network", {"yes"}},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool set_row(struct conf *c, struct draft *d, const struct preset_row *row)
{
    const struct key *k = conf_key_find(row->key);
    struct word words[WORDS];
    size_t n = 0;

    for (; n < WORDS && row->words[n]; n++)
        words[n] = (struct word){.place = d->place, .text = row->words[n]};
    const struct given g = {c, d, k, words, n, (char *)d->set + k->offset};
    return conf_type(k->kind)->set(&g);
}

/* The system's own folders do not stand in another one that is its root. */
static bool is_of_system(const struct preset_row *row, const char *root)
{
    return root && strcmp(root, "/") != 0 &&
           (strcmp(row->key, "executable") == 0 || strcmp(row->key, "readable") == 0);
}

bool conf_preset_apply(struct conf *c, struct draft *d)
{
    bool good = true;

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].from <= d->set->cage.preset && !is_of_system(&rows[i], d->set->cage.root) &&
            !conf_key_given(d, rows[i].key, true))
            good &= set_row(c, d, &rows[i]);
    return good;
}

const char *const *conf_preset_row(size_t i, enum cage_preset *from, const char **key)
{
    if (i >= ROWS)
        return NULL;
    *from = rows[i].from;
    *key = rows[i].key;
    return rows[i].words;
}

bool conf_preset_normals(struct settings *normal[static CAGE_JAIL + 1])
{
    struct draft *nothing = calloc(1, sizeof *nothing); /* given */
    struct conf c = {.no_memory = true /* nobody is told */};
    bool good = nothing;

    for (uint8_t preset = CAGE_NONE; good && preset <= CAGE_JAIL; preset++) {
        normal[preset] = settings_new();
        nothing->set = normal[preset];
        if (nothing->set)
            nothing->set->cage.preset = preset;
        good = nothing->set && conf_preset_apply(&c, nothing);
        if (nothing->set)
            nothing->set->cage.preset = CAGE_NONE; /* that there is one is told */
        nothing->set = NULL;
    }
    if (nothing)
        draft_free(nothing);
    free(nothing);
    return good;
}

/* A layer that cannot be had: what is said of it. */
static void tell_missing(struct plan *p, enum cage_layer layer, const char *why)
{
    struct cage *cage = &p->d->set->cage;
    const struct place *at = conf_key_place(p->d, "sandbox");

    cage->lacks |= UINT32_C(1) << layer;
    if (cage->require) {
        p->missing++;
        (void)conf_error(p->c, at,
                         "%s stays closed without the layer \"%s\": %s (\"require = no\" runs it "
                         "without)",
                         conf_quote(p->c, p->d->service.text), cage_layer_name(layer),
                         why); /* counted */
    } else {
        conf_warn(p->c, at, "%s runs without the layer \"%s\": %s",
                  conf_quote(p->c, p->d->service.text), cage_layer_name(layer), why);
    }
}

/* --- the filter ----------------------------------------------------------------------------- */

/* The words of filter.h for it; freed by the caller. NULL: out of memory. */
static char *filter_words(const struct cage *c)
{
    size_t size = 64;
    struct text t;

    for (size_t i = 0; c->system_calls && c->system_calls[i]; i++)
        size += strlen(c->system_calls[i]) + 1;
    char *words = malloc(size);
    if (!words)
        return NULL;
    text_init(&t, words, size);
    for (size_t i = 0; c->system_calls && c->system_calls[i]; i++)
        text_add(&t, "%s ", c->system_calls[i]);
    if (c->connect) {
        bool tcp = c->bind_ports && strcmp(c->bind_ports[0], "none") != 0;
        for (size_t i = 0; c->connect[i]; i++)
            tcp |= c->connect[i][0] >= '0' && c->connect[i][0] <= '9';
        text_add(&t, "socket: %s%s%s", tcp ? "socket:tcp " : "",
                 cage_connects(c, "udp") ? "socket:udp " : "",
                 cage_connects(c, "unix:") ? "socket:unix" : "");
    }
    return words;
}

/* Entries that say the same have one filter. */
static struct filter *filter_of(struct conf *c, const struct answer *a)
{
    for (size_t i = 0; i < CONF_RECENT; i++) {
        const struct settings *set = c->recent[i];
        struct filter *f = set ? set->cage.filter : NULL;
        if (f && f->len == a->len && memcmp(f->bytes, a->bytes, a->len) == 0)
            return filter_ref(f);
    }
    return filter_new(a->bytes, a->len);
}

static bool make_filter(struct plan *p)
{
    struct cage *cage = &p->d->set->cage;
    char *words = filter_words(cage);

    if (!words)
        return conf_no_memory(p->c);
    struct answer a = ask(p->c->ask, ASK_FILTER, words, NULL);
    free(words);
    if (a.failed)
        return conf_error(p->c, conf_key_place(p->d, "system_calls"), "system_calls: %s", a.bytes);
    filter_unref(cage->filter); /* of the same entry's other protocol */
    cage->filter = a.len > 0 ? filter_of(p->c, &a) : NULL;
    return cage->filter || a.len == 0 || conf_no_memory(p->c);
}

/* Landlock and filters are for those alone who cannot become more. */
static bool add_what_they_need(struct plan *p, uint32_t wanted)
{
    const uint32_t need = UINT32_C(1) << CAGE_FILES | UINT32_C(1) << CAGE_PORTS |
                          UINT32_C(1) << CAGE_SCOPE | UINT32_C(1) << CAGE_CALLS;

    if (!(wanted & need) || p->d->set->cage.no_new_privs)
        return true;
    if (conf_key_given(p->d, "no_new_privs", true))
        return conf_error(p->c, conf_key_place(p->d, "no_new_privs"),
                          "\"no_new_privs = no\" does not go with what else keeps %s in",
                          conf_quote(p->c, p->d->service.text));
    p->d->set->cage.no_new_privs = true;
    return true;
}

bool plan_cage(struct plan *p)
{
    struct cage *cage = &p->d->set->cage;

    if (p->builtin)
        return true; /* these keys are a program's */
    if (!conf_preset_apply(p->c, p->d))
        return false;
    if (cage->root && p->d->set->handler.chroot)
        return conf_error(p->c, conf_key_place(p->d, "chroot"),
                          "\"chroot\" does not go with \"root\"%s: give its folder to \"root\"",
                          conf_key_given(p->d, "root", true) ? "" : ", which \"jail\" has");
    if (!add_what_they_need(p, cage_layers_wanted(cage)))
        return false;
    uint32_t wanted = cage_layers_wanted(cage);
    for (unsigned layer = 0; layer < CAGE_LAYERS; layer++) {
        if (!(wanted & UINT32_C(1) << layer))
            continue;
        struct answer a = ask(p->c->ask, ASK_LAYER, cage_layer_name(layer), NULL);
        if (a.failed || a.len > 0)
            tell_missing(p, layer, a.bytes);
    }
    cage->layers = wanted & ~cage->lacks;
    return !(cage->layers & UINT32_C(1) << CAGE_CALLS) || make_filter(p);
}
