/* service/replace.c -- what a reload keeps: mark, match, sweep */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "service/index.h"

/* An old listener, unclaimed so far, with exactly this endpoint and kind of socket. */
static struct listener *match(const struct index *old, const struct listener *l)
{
    struct side side = {l, side_family(l, 0)};
    struct listener *found = old->slots[index_find(old, &side)].l;
    if (!found || found->mode != l->mode || found->socktype != l->socktype)
        return NULL;
    const struct service *s = found->service, *t = l->service;
    return s->entry->rpc_lo == t->entry->rpc_lo && s->entry->rpc_hi == t->entry->rpc_hi ? found
                                                                                        : NULL;
}

/* Put old sockets in the place of new ones; how many. The first old service met is `*heir`. */
static size_t claim(const struct index *old, struct service *fresh, struct service **heir)
{
    size_t n = 0;
    for (size_t i = 0; i < fresh->nlisteners; i++) {
        struct listener *l = match(old, service_listeners(fresh)[i]);
        if (!l)
            continue;
        if (!*heir && l->service->mark == MARK_GONE)
            *heir = l->service;
        l->dead = true; /* claimed: index_find passes it by */
        l->soft = service_listeners(fresh)[i]->soft;
        l->place = service_listeners(fresh)[i]->place;
        free(service_listeners(fresh)[i]);
        service_listeners(fresh)[i] = l;
        n++;
    }
    return n;
}

/* For a service without a matching socket: its predecessor by name, on another address or without
 * sockets. */
static struct service *heir_by_name(const struct table *live, const struct service *fresh)
{
    for (size_t i = 0; i < live->count; i++) {
        struct service *s = live->services[i];
        if (s->mark == MARK_GONE && s->entry->proto == fresh->entry->proto &&
            s->entry->socktype == fresh->entry->socktype &&
            s->entry->rpc_prog == fresh->entry->rpc_prog &&
            strcmp(s->entry->word, fresh->entry->word) == 0)
            return s;
    }
    return NULL;
}

/* `heir` goes on with the entry and the sockets of `fresh`; what it was is freed with that. */
static void inherit(struct service *heir, struct service *fresh)
{
    struct entry *old = heir->entry;
    heir->entry = fresh->entry;
    fresh->entry = old;
    service_take_listeners(heir, fresh); /* its own are claimed, or about to be closed */
    service_free(fresh);
}

static bool unchanged(const struct service *heir, const struct service *fresh, size_t matched)
{
    return matched == fresh->nlisteners && heir->nlisteners == fresh->nlisteners &&
           heir->entry->wait == fresh->entry->wait &&
           strcmp(heir->entry->name, fresh->entry->name) == 0 &&
           strcmp(heir->entry->word, fresh->entry->word) == 0 &&
           strings_equal(heir->entry->names, fresh->entry->names) &&
           program_equal(heir->entry->program, fresh->entry->program) &&
           settings_equal(heir->entry->settings, fresh->entry->settings);
}

enum { MORE_ROOM = sizeof " and 18446744073709551615 more" };

static void add_name(struct table_names *n, const struct service *s)
{
    const char *name = s->entry->name;
    size_t size = strlen(name) + 1;
    if (n->more > 0 || n->len + size > sizeof n->at - MORE_ROOM) {
        n->more++;
        return;
    }
    if (n->len > 0)
        n->at[n->len++] = ' ';
    memcpy(n->at + n->len, name, size);
    n->len += size - 1;
}

/* All of them have been added. */
static void end_names(struct table_names *n)
{
    if (n->more > 0) /* there is room for it */
        (void)text_fits(n->at + n->len, sizeof n->at - n->len, "%s%zu more", n->len ? " and " : "",
                        n->more);
}

/* `fresh`, or `heir` in its place. */
static struct service *succeed(struct service *heir, struct service *fresh, size_t matched,
                               struct table_change *change)
{
    struct service *now = heir ? heir : fresh;
    uint8_t mark = !heir ? MARK_NEW : unchanged(heir, fresh, matched) ? MARK_KEPT : MARK_CHANGED;
    change->added += mark == MARK_NEW;
    change->kept += mark == MARK_KEPT;
    change->changed += mark == MARK_CHANGED;
    if (heir)
        inherit(heir, fresh);
    if (mark != MARK_KEPT)
        add_name(mark == MARK_NEW ? &change->added_names : &change->changed_names, now);
    now->mark = mark;
    for (size_t i = 0; i < now->nlisteners; i++)
        service_listeners(now)[i]->service = now;
    return now;
}

/* Put the successors of all services of `fresh` into `next`, in their order. By sockets first: who
 * has the socket is the heir, whatever others are called. */
static void succeed_all(const struct table *live, const struct index *old,
                        const struct table *fresh, struct service **next,
                        struct table_change *change)
{
    for (size_t i = 0; i < fresh->count; i++) {
        struct service *heir = NULL;
        size_t matched = claim(old, fresh->services[i], &heir);
        if (heir)
            next[i] = succeed(heir, fresh->services[i], matched, change);
    }
    for (size_t i = 0; i < fresh->count; i++) {
        struct service *s = fresh->services[i];
        if (!next[i])
            next[i] = succeed(heir_by_name(live, s), s, 0, change);
    }
}

/* All listeners of `t`, in one array; the index knows the living ones. */
static struct listener **gather(const struct table *t, struct index *x, size_t *count)
{
    struct listener **all = calloc(table_listeners(t) + 1, sizeof(struct listener *));
    *count = 0;
    for (size_t i = 0; all && i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++) {
            struct listener *l = service_listeners(t->services[i])[j];
            struct side side = {l, side_family(l, 0)};
            index_put(x, index_find(x, &side), l, side.family);
            all[(*count)++] = l;
        }
    return all;
}

bool table_replace(struct table *live, struct table *fresh, struct table_change *change,
                   void (*closing)(void *arg, struct listener *l),
                   bool (*gone)(void *arg, struct service *s), void *arg)
{
    struct index x = {0};
    size_t nold = 0, room = live->count + fresh->count + 1, count = 0;
    struct service **next = calloc(room, sizeof(struct service *));
    bool ready = next && index_make(&x, table_listeners(live));
    struct listener **old = ready ? gather(live, &x, &nold) : NULL;
    if (!old) {
        free(x.slots);
        free(next);
        return false;
    }

    *change = (struct table_change){0};
    for (size_t i = 0; i < live->count; i++)
        live->services[i]->mark = MARK_GONE;
    succeed_all(live, &x, fresh, next, change);
    count = fresh->count;
    for (size_t i = 0; i < nold; i++) {
        if (!old[i]->dead) {
            closing(arg, old[i]);
            free(old[i]);
        } else {
            old[i]->dead = false;
        }
    }
    for (size_t i = 0; i < live->count; i++) {
        struct service *s = live->services[i];
        if (s->mark != MARK_GONE)
            continue;
        if (s->nlisteners > 0 || s->entry->proto == PROTO_TCPMUX) { /* else it went earlier */
            change->removed++;
            add_name(&change->removed_names, s);
        }
        service_drop_listeners(s); /* they have owners, or are about to be closed */
        s->entry->file = "-";      /* its table's file names go */
        if (gone(arg, s))
            next[count++] = s;
        else
            service_free(s);
    }
    end_names(&change->added_names);
    end_names(&change->changed_names);
    end_names(&change->removed_names);
    free(old);
    free(x.slots);
    free(live->services);
    table_drop_files(live);
    *live = (struct table){.services = next,
                           .count = count,
                           .room = room,
                           .files = fresh->files,
                           .nfiles = fresh->nfiles,
                           .handlers_max = fresh->handlers_max};
    free(fresh->services);
    free(fresh);
    return true;
}

struct reload_told table_change_told(const struct table_change *c)
{
    return (struct reload_told){c->kept,
                                c->added,
                                c->changed,
                                c->removed,
                                c->added_names.at,
                                c->changed_names.at,
                                c->removed_names.at};
}
