/* service/saved.c -- services as one doorward hands them to the next */
#include "config.h"

#include "service/saved.h"

#include <stdlib.h>
#include <string.h>

/* --- written --------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const struct service *const *s = a, *const *t = b;
    return ((*s)->id > (*t)->id) - ((*s)->id < (*t)->id);
}

static void save(const struct service *s, struct state_out *o)
{
    const struct entry *e = s->entry;
    state_record(o);
    state_put(o, s->id);
    state_put_text(o, e->word);
    state_put_text(o, e->name == e->word ? NULL : e->name);
    state_put_text(o, entry_path(e));
    state_put(o, e->proto);
    state_put(o, e->socktype);
    state_put(o, e->wait);
    state_put(o, e->rpc_prog);
    state_put(o, e->rpc_lo);
    state_put(o, e->rpc_hi);
    state_put(o, s->bucket);
    state_put(o, s->started);
    state_put(o, s->last_status == NO_STATUS ? UINT32_MAX : s->last_status);
    state_put(o, (s->held & HOLD_ADMIN) != 0);
    state_put(o, s->drain_at * DRAIN_TENTH);
}

bool table_save(const struct table *t, struct state_out *o)
{
    struct service **all = malloc((t->count + 1) * sizeof(struct service *));
    if (!all)
        return false;
    if (t->count > 0)
        memcpy(all, t->services, t->count * sizeof(struct service *));
    qsort(all, t->count, sizeof(struct service *), by_id);
    for (size_t i = 0; i < t->count; i++)
        save(all[i], o);
    free(all);
    return true;
}

/* --- read ------------------------------------------------------------------------------------ */

/* Nothing is known of its program until the reload. */
static struct service *make(const char *word, const char *name, const char *path,
                            struct settings *set)
{
    struct program *none = program_new(NULL, "/", NULL, 0);
    struct service *s =
        none ? service_new_at(word, *name ? name : NULL, *path ? path : NULL, none, set) : NULL;
    if (!s)
        program_free(none);
    return s;
}

static struct service *restore(struct state_in *r, struct settings *set)
{
    uint32_t id = (uint32_t)state_get_upto(r, UINT32_MAX);
    const char *word = state_get_text(r), *name = state_get_text(r), *path = state_get_text(r);
    struct service *s = make(word, name, path, set);
    if (!s)
        return NULL;
    struct entry *e = s->entry;
    service_restore_id(s, id);
    e->file = "-";
    e->proto = (uint8_t)state_get_upto(r, PROTO_TCPMUX);
    e->socktype = (uint8_t)state_get_upto(r, UINT8_MAX);
    e->wait = state_get_flag(r);
    e->rpc_prog = (uint32_t)state_get_upto(r, UINT32_MAX);
    e->rpc_lo = (uint16_t)state_get_upto(r, UINT16_MAX);
    e->rpc_hi = (uint16_t)state_get_upto(r, UINT16_MAX);
    s->bucket = state_get(r);
    s->started = state_get(r);
    uint64_t status = state_get_upto(r, UINT32_MAX);
    s->last_status = status < NO_STATUS ? (uint16_t)status : NO_STATUS;
    s->held = state_get_flag(r) ? HOLD_ADMIN : 0;
    uint64_t drain_at = state_get(r) / DRAIN_TENTH;
    s->drain_at = drain_at < DRAIN_NEVER ? (uint32_t)drain_at : DRAIN_NEVER;
    return s;
}

static bool follows(const struct table *t, const struct service *s)
{
    return t->count == 0 || t->services[t->count - 1]->id < s->id;
}

struct table *table_restore(struct state_in *records)
{
    struct table *t = table_new();
    struct settings *set = settings_new();
    struct state_in r;
    bool good = t && set;
    while (good && state_next_record(records, &r)) {
        struct service *s = restore(&r, set);
        good = s && follows(t, s) && table_add(t, s);
        if (!good)
            service_free(s);
    }
    settings_unref(set);
    if (good && !*records->bad)
        return t;
    table_free(t);
    return NULL;
}

struct service *table_find(const struct table *t, uint64_t id)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->services[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->count && t->services[low]->id == id ? t->services[low] : NULL;
}

struct service *table_get(const struct table *t, struct state_in *r)
{
    struct service *s = table_find(t, state_get(r));
    if (!s)
        *r->bad = true;
    return s;
}
