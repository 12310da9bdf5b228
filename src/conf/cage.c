/* conf/cage.c -- what a preset stands for, and whether this system has the layers of it */
#include "config.h"

#include "conf/cage.h"

#include <stdlib.h>
#include <string.h>

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

bool conf_preset_apply(struct conf *c, struct draft *d)
{
    bool good = true;

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].from <= d->set->cage.preset && !conf_key_given(d, rows[i].key, true))
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

bool plan_cage(struct plan *p)
{
    struct cage *cage = &p->d->set->cage;

    if (p->builtin)
        return true; /* these keys are a program's */
    if (!conf_preset_apply(p->c, p->d))
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
    return true;
}
