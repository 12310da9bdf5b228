/* service/carry.c -- a table as it was read, for another process of the same program */
#include "config.h"

#include "service/carry.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "service/keys.h"

enum { RECENT = 8 }; /* settings that neighbours share stand that near */

/* --- written --------------------------------------------------------------------------------- */

/* The last of the settings there were. */
struct shared {
    const struct settings *recent[RECENT];
    size_t count; /* of all of them */
};

/* The number of `set`; a new one, which is `count` then, where it was not among the last. */
static size_t number_of(struct shared *s, const struct settings *set)
{
    for (size_t back = 1; back <= RECENT && back <= s->count; back++)
        if (s->recent[(s->count - back) % RECENT] == set)
            return s->count - back;
    s->recent[s->count % RECENT] = set;
    return s->count++;
}

/* How many there are; into `o` unless it is NULL. Each pass gives the same numbers. */
static size_t put_settings(const struct table *t, struct state_out *o)
{
    struct shared all = {.count = 0};
    for (size_t i = 0; i < t->count; i++) {
        const struct settings *set = t->services[i]->entry->settings;
        size_t before = all.count;
        if (number_of(&all, set) < before || !o)
            continue;
        state_record(o);
        keys_put(&settings_keys, o, set);
    }
    return all.count;
}

static void put_list(struct state_out *o, char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    state_put(o, n);
    for (size_t i = 0; i < n; i++)
        state_put_text(o, list[i]);
}

static void put_program(const struct program *p, struct state_out *o)
{
    state_put_text(o, p->builtin ? p->builtin->name : NULL);
    state_put(o, p->builtin ? (uint64_t)p->builtin->socktype : 0);
    state_put_text(o, p->path);
    put_list(o, p->argv);
}

static void put_entry(const struct entry *e, struct state_out *o)
{
    state_put_text(o, e->word);
    state_put_text(o, e->name == e->word ? NULL : e->name);
    state_put_text(o, entry_path(e));
    state_put(o, e->line);
    state_put(o, e->column);
    state_put(o, e->off);
    state_put(o, e->proto);
    state_put(o, e->socktype);
    state_put(o, e->wait);
    state_put(o, e->mux_plus);
    state_put(o, e->rpc_lo);
    state_put(o, e->rpc_hi);
    state_put(o, e->rpc_prog);
    put_list(o, e->names);
}

static void put_listener(const struct listener *l, struct state_out *o)
{
    state_put(o, l->mode);
    state_put(o, l->proto);
    state_put(o, l->socktype);
    state_put(o, l->place);
    state_put(o, l->soft);
    state_put(o, l->dual);
    if (l->mode == MODE_UNIX)
        state_put_text(o, l->path);
    else
        state_put_addr(o, &l->at);
}

static size_t file_number(const struct table *t, const char *file)
{
    size_t i = t->nfiles;
    while (i > 0 && t->files[i - 1] != file)
        i--;
    return i; /* 0: none of them */
}

static void put_services(const struct table *t, struct state_out *o)
{
    struct shared all = {.count = 0};
    size_t file = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        const struct entry *e = s->entry;
        if (file == 0 || t->files[file - 1] != e->file)
            file = file_number(t, e->file);
        state_record(o);
        state_put(o, number_of(&all, e->settings));
        state_put(o, file);
        put_program(e->program, o);
        put_entry(e, o);
        state_put(o, s->nlisteners);
        for (size_t j = 0; j < s->nlisteners; j++)
            put_listener(service_listeners(s)[j], o);
    }
}

void table_put(const struct table *t, struct state_out *o)
{
    state_record(o);
    state_put(o, t->handlers_max);
    state_put(o, t->nfiles);
    for (size_t i = 0; i < t->nfiles; i++)
        state_put_text(o, t->files[i]);
    state_put(o, put_settings(t, NULL));
    (void)put_settings(t, o); /* as many as before */
    put_services(t, o);
}

/* --- read ------------------------------------------------------------------------------------ */

/* A count of things that take at least a number each. */
static size_t get_count(struct state_in *r)
{
    return (size_t)state_get_upto(r, (uint64_t)(r->end - r->at) / sizeof(uint64_t));
}

/* Into a table without any. */
static bool take_files(struct table *t, struct state_in *r)
{
    size_t count = get_count(r);
    t->files = calloc(count + 1, sizeof(char *));
    for (size_t i = 0; t->files && i < count; i++) {
        t->files[i] = strdup(state_get_text(r));
        if (!t->files[i])
            return false;
        t->nfiles++;
    }
    return t->files;
}

static struct settings *take_settings(struct state_in *r)
{
    struct settings *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->refs = 1;
    keys_get(&settings_keys, r, set);
    if (set->who && !*r->bad)
        return set;
    settings_unref(set);
    return NULL;
}

/* What the records of entries need. */
struct taking {
    struct table *t;
    struct settings **settings;
    size_t count;
};

/* A list, NULL behind it, borrowed from the record; NULL: out of memory. */
static const char **take_list(struct state_in *r, size_t *count)
{
    *count = get_count(r);
    const char **list = calloc(*count + 1, sizeof *list);
    for (size_t i = 0; list && i < *count; i++)
        list[i] = state_get_text(r);
    return list;
}

static struct program *take_program(struct state_in *r)
{
    size_t argc;
    const char *name = state_get_text(r);
    int socktype = (int)state_get_upto(r, UINT8_MAX);
    const char *path = state_get_text(r);
    const struct builtin *builtin = builtin_find(name, socktype);
    const char **argv = take_list(r, &argc);
    bool good = argv && argc > 0 && (builtin || (!*name && *path == '/'));
    struct program *p = good ? program_new(builtin, builtin ? NULL : path, argv, argc) : NULL;
    free(argv);
    return p;
}

static bool take_names(struct entry *e, struct state_in *r)
{
    for (size_t n = get_count(r); n > 0; n--)
        if (!strings_add(&e->names, state_get_text(r)))
            return false;
    return true;
}

static bool take_entry(struct entry *e, struct state_in *r)
{
    e->line = (unsigned)state_get_upto(r, UINT32_MAX);
    e->column = (unsigned)state_get_upto(r, UINT32_MAX);
    e->off = state_get_flag(r);
    e->proto = (uint8_t)state_get_upto(r, PROTO_TCPMUX);
    e->socktype = (uint8_t)state_get_upto(r, UINT8_MAX);
    e->wait = state_get_flag(r);
    e->mux_plus = state_get_flag(r);
    e->rpc_lo = (uint16_t)state_get_upto(r, UINT16_MAX);
    e->rpc_hi = (uint16_t)state_get_upto(r, UINT16_MAX);
    e->rpc_prog = (uint32_t)state_get_upto(r, UINT32_MAX);
    return take_names(e, r);
}

static bool take_listener(struct service *s, struct state_in *r)
{
    struct endpoint e = {.mode = (uint8_t)state_get_upto(r, MODE_UNIX)};
    e.proto = (uint8_t)state_get_upto(r, PROTO_TCPMUX);
    e.socktype = (uint8_t)state_get_upto(r, UINT8_MAX);
    uint8_t place = (uint8_t)state_get_upto(r, UINT8_MAX);
    e.soft = state_get_flag(r);
    bool dual = state_get_flag(r);
    if (e.mode == MODE_UNIX)
        e.path = state_get_text(r);
    else
        e.at = state_get_addr(r);
    if (*r->bad || !service_listen_on(s, &e))
        return false;
    struct listener *l = service_listeners(s)[s->nlisteners - 1];
    l->place = place;
    l->dual = dual;
    return true;
}

/* Without listeners. NULL: out of memory, or bad. */
static struct service *take_head(const struct taking *k, struct state_in *r)
{
    size_t number = (size_t)state_get(r), file = (size_t)state_get_upto(r, k->t->nfiles);
    if (number >= k->count)
        return NULL;
    struct program *p = take_program(r);
    const char *word = state_get_text(r), *name = state_get_text(r), *path = state_get_text(r);
    struct service *s =
        !p ? NULL
           : service_new_at(word, *name ? name : NULL, *path ? path : NULL, p, k->settings[number]);
    if (!s)
        program_free(p);
    else
        s->entry->file = file > 0 ? k->t->files[file - 1] : "-";
    return s;
}

static bool take_service(const struct taking *k, struct state_in *r)
{
    struct service *s = take_head(k, r);
    bool good = s && take_entry(s->entry, r);
    size_t n = good ? get_count(r) : 0;
    for (; good && n > 0; n--)
        good = take_listener(s, r);
    if (good && !*r->bad && table_add(k->t, s))
        return true;
    service_free(s);
    return false;
}

static bool take_all(struct taking *k, struct state_in *records, size_t nsettings)
{
    struct state_in r;
    for (; k->count < nsettings; k->count++) {
        if (!state_next_record(records, &r))
            return false;
        k->settings[k->count] = take_settings(&r);
        if (!k->settings[k->count])
            return false;
    }
    while (state_next_record(records, &r))
        if (!take_service(k, &r))
            return false;
    return !*records->bad;
}

struct table *table_take(struct state_in *records)
{
    struct taking k = {.t = table_new()};
    struct state_in r;
    size_t most = (size_t)(records->end - records->at) / sizeof(uint64_t);
    bool good = k.t && state_next_record(records, &r);
    if (good)
        k.t->handlers_max = (uint32_t)state_get_upto(&r, UINT32_MAX);
    good = good && take_files(k.t, &r);
    size_t nsettings = good ? (size_t)state_get_upto(&r, most) : 0;
    k.settings = calloc(nsettings + 1, sizeof *k.settings);
    good = good && k.settings && take_all(&k, records, nsettings);
    for (size_t i = 0; i < k.count; i++)
        settings_unref(k.settings[i]);
    free(k.settings);
    if (good)
        return k.t;
    table_free(k.t);
    return NULL;
}
