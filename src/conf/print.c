/* conf/print.c -- the resolved table of -t */
#include "config.h"

#include "conf/cage.h"
#include "conf/types.h"

#include <stdlib.h>
#include <string.h>

/* What is not the default, and belongs to such a service. */
static void show_settings(struct text *out, const struct service *s, const struct settings *normal)
{
    const struct entry *e = s->entry;
    unsigned unfit = conf_unfit(service_protos(s), e->socktype, e->wait, e->program->builtin);

    for (size_t i = 0; i < settings_keys.count; i++) {
        const struct key *k = &settings_keys.rows[i];
        const char *value = (const char *)e->settings + k->offset;
        bool wanted = k->name && (k->where & unfit) == 0;
        if (wanted && !kind_equal(k->kind, value, (const char *)normal + k->offset))
            conf_type(k->kind)->show(out, k, value);
    }
}

/* --- ids ------------------------------------------------------------------------------------ */

/* USER: with the group where it is not the user's own. */
static void show_user(struct text *out, const struct priv *p)
{
    text_add(out, " %s", p->user);
    if (p->group)
        text_add(out, ":%s", p->group);
}

/* Supplementary groups that are not the user's. */
static void show_groups(struct text *out, const struct priv *p)
{
    if (p->others)
        text_add(out, " groups=%s", p->others);
}

static void show_owner(struct text *out, const struct settings *set)
{
    if (set->owner.user)
        text_add(out, " unix_user=%s", set->owner.user);
    if (set->owner.group)
        text_add(out, " unix_group=%s", set->owner.group);
}

/* --- a line --------------------------------------------------------------------------------- */

/* Into one field, in the quotes of a definition where a word is not plain. */
static bool show_args(struct text *out, const struct program *p)
{
    size_t size = 1;

    for (size_t i = 0; p->argv[i]; i++)
        size += strlen(p->argv[i]) + 3;
    char *joined = malloc(size);
    if (!joined)
        return false;
    struct text t;
    text_init(&t, joined, size);
    for (size_t i = 0; p->argv[i]; i++) {
        const char *quote = strpbrk(p->argv[i], " \t\n;,#\"") || !*p->argv[i] ? "'" : "";
        text_add(&t, "%s%s%s%s", i > 0 ? " " : "", quote, p->argv[i], quote);
    }
    text_field(out, "args", joined);
    free(joined);
    return true;
}

/* A field that may have any bytes. */
static void add_word(struct text *out, const char *word)
{
    const char *quote = "";

    for (const char *at = word; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
            quote = "\"";
    text_add(out, "%s", quote);
    text_escape(out, word, strlen(word));
    text_add(out, "%s", quote);
}

/* What a table is printed with. */
struct look {
    struct settings *normal[CAGE_JAIL + 1]; /* by the preset, whose keys need no telling */
    bool places;
    const char *usual; /* the file that needs no telling */
};

/* Where it stands. */
static void show_place(struct text *out, const struct look *look, const struct entry *e)
{
    char place[4200];

    if (look->places && !(look->usual && strcmp(look->usual, e->file) == 0) &&
        text_fits(place, sizeof place, "%s:%u", e->file, e->line))
        text_field(out, "file", place);
}

static bool show_program(struct text *out, const struct service *s, const struct look *look)
{
    const struct program *p = s->entry->program;
    char at[ADDR_TEXT], endpoint[ENDPOINT_TEXT];

    text_add(out, p->builtin ? " internal:" : " ");
    add_word(out, p->builtin ? p->builtin->name : p->path);
    for (size_t i = 0; i < s->nlisteners; i++) {
        text_add(out, " ");
        add_word(out, listener_endpoint(service_listeners(s)[i],
                                        listener_address(service_listeners(s)[i], at), endpoint));
    }
    if (s->nlisteners == 0)
        text_add(out, " -");
    show_place(out, look, s->entry);
    if (p->builtin)
        return true;
    const char *base = strrchr(p->path, '/') + 1;
    return (strcmp(base, p->argv[0]) == 0 && !p->argv[1]) || show_args(out, p);
}

/* As LISTEN_FDNAMES has them. */
static bool show_names(struct text *out, const struct entry *e)
{
    size_t size = 1;

    for (size_t i = 0; e->names[i]; i++)
        size += strlen(e->names[i]) + 1;
    char *joined = malloc(size);
    if (!joined)
        return false;
    struct text t;
    text_init(&t, joined, size);
    for (size_t i = 0; e->names[i]; i++)
        text_add(&t, "%s%s", i > 0 ? ":" : "", e->names[i]);
    text_field(out, "names", joined);
    free(joined);
    return true;
}

/* What a cage has not, and whether that keeps the service closed. */
static void show_lacks(struct text *out, const struct cage *cage)
{
    char layers[CAGE_WORDS];

    if (cage->lacks)
        text_field(out, cage_is_closed(cage) ? "closed_without" : "runs_without",
                   cage_layer_names(cage->lacks, layers));
}

static bool show_service(struct text *out, const struct service *s, const struct look *look)
{
    add_word(out, s->entry->word);
    text_add(out, " %s %s %s", service_socktype_name(s), service_proto_name(s),
             s->entry->wait ? "wait" : "nowait");
    show_user(out, s->entry->settings->who);
    if (!show_program(out, s, look))
        return false;
    if (service_protos(s) & 1U << PROTO_UNIX)
        show_owner(out, s->entry->settings);
    if (!s->entry->program->builtin)
        show_groups(out, s->entry->settings->who);
    if (s->entry->name != s->entry->word)
        text_field(out, "name", s->entry->name);
    const struct cage *cage = &s->entry->settings->cage;
    show_settings(out, s, look->normal[s->entry->program->builtin ? CAGE_NONE : cage->preset]);
    if (!s->entry->program->builtin)
        show_lacks(out, cage);
    return !s->entry->names || show_names(out, s->entry);
}

static bool print(const struct table *t, bool places, const char *usual,
                  void (*put)(void *arg, const char *line), void *arg)
{
    struct look look = {.places = places, .usual = usual};
    size_t size = 1024;
    char *line = malloc(size);
    bool good = conf_preset_normals(look.normal) && line;
    struct text out;

    for (size_t i = 0; good && i < t->count; i++) {
        text_init(&out, line, size);
        good = show_service(&out, t->services[i], &look);
        if (good && !out.cut) {
            put(arg, line);
        } else if (good) {
            size *= 2;
            char *grown = realloc(line, size);
            good = grown;
            line = good ? grown : line;
            i--; /* once more, with room */
        }
    }
    for (size_t i = 0; i <= CAGE_JAIL; i++)
        settings_unref(look.normal[i]);
    free(line);
    return good;
}

bool conf_print(const struct table *t, void (*put)(void *arg, const char *line), void *arg)
{
    return print(t, false, NULL, put, arg);
}

bool conf_print_places(const struct table *t, const char *usual,
                       void (*put)(void *arg, const char *line), void *arg)
{
    return print(t, true, usual, put, arg);
}
