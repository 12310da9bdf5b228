/* conf/cage_types.c -- the values of a cage's keys */
#include "config.h"

#include "conf/types.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "cage/calls.h"
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

/* --- lists ----------------------------------------------------------------------------------- */

/* What is wrong with a word of a list, or NULL. */
typedef const char *(*judge)(const char *word);

/* `none` alone, or words that are good. */
static bool set_words(const struct given *g, judge wrong)
{
    char **fresh = NULL, ***to = g->to;

    for (size_t i = 0; i < g->n; i++) {
        const char *why = is_alone(g, "none") ? NULL : wrong(g->v[i].text);
        if (why || !strings_add(&fresh, g->v[i].text)) {
            strings_free(fresh);
            return why ? conf_bad_word(g->c, &g->v[i], g->k->name, why) : conf_no_memory(g->c);
        }
    }
    strings_free(*to);
    *to = fresh;
    return true;
}

void conf_words_show(struct text *out, const struct key *k, const void *value)
{
    char *const *v = *(char **const *)value;

    for (size_t i = 0; v && v[i]; i++)
        text_field(out, k->name, v[i]);
}

static const char *path_wrong(const char *word)
{
    return *word == '/' ? NULL : "no absolute path, nor \"none\" alone";
}

bool conf_paths_set(const struct given *g)
{
    return set_words(g, path_wrong);
}

static bool is_port(const char *word)
{
    uint64_t n = 0;
    return !value_number(word, 1, 65535, &n);
}

static const char *port_wrong(const char *word)
{
    return is_port(word) ? NULL : "no port (1-65535), nor \"none\" alone";
}

bool conf_ports_set(const struct given *g)
{
    return set_words(g, port_wrong);
}

static const char *reach_wrong(const char *word)
{
    bool good = is_port(word) || strcmp(word, "udp") == 0 || strncmp(word, "unix:/", 6) == 0;
    return good ? NULL : "no port (1-65535), nor udp, unix:PATH, nor \"none\" alone";
}

bool conf_reach_set(const struct given *g)
{
    return set_words(g, reach_wrong);
}

static const char *mount_wrong(const char *word)
{
    size_t from = strcspn(word, ":");
    const char *rest = word + from;
    if (*rest && rest[1] == '/')
        rest += 1 + strcspn(rest + 1, ":");
    bool good = *word == '/' && (!*rest || strcmp(rest, ":rw") == 0) && strlen(word) < 4096;
    return good ? NULL : "not FROM[:TO][:rw] with absolute paths";
}

bool conf_mounts_set(const struct given *g)
{
    return set_words(g, mount_wrong);
}

/* The names of calls are libseccomp's, which the reader has. */
bool conf_calls_set(const struct given *g)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
    char **fresh = NULL, ***to = g->to;

    for (size_t i = 0; i < g->n; i++) {
        const char *word = g->v[i].text, *name = word + (*word == '!');
        struct conf_near near = {.word = name};
        bool action = strcmp(word, "EPERM") == 0 || strcmp(word, "kill") == 0;
        bool good =
            action || (*name == '@' ? !!calls_of(name) : *name && !name[strspn(name, letters)]);
        for (size_t j = 0; !good && calls_set(j); j++)
            conf_near_try(&near, calls_set(j));
        if (!good)
            (void)conf_error(g->c, &g->v[i].place,
                             "%s %s is no system call or @set, EPERM or kill%s", g->k->name,
                             conf_quote(g->c, word), conf_hint(g->c, &near));
        else if (!strings_add(&fresh, word))
            good = conf_no_memory(g->c);
        if (!good) {
            strings_free(fresh);
            return false;
        }
    }
    strings_free(*to);
    *to = fresh;
    return true;
}

bool conf_label_set(const struct given *g)
{
    char *copy, **to = g->to;

    if (!*g->v[0].text || strlen(g->v[0].text) > 4000)
        return conf_bad_word(g->c, &g->v[0], g->k->name, "no label");
    copy = strdup(g->v[0].text);
    if (!copy)
        return conf_no_memory(g->c);
    free(*to);
    *to = copy;
    return true;
}
