/* service/table.c -- the table, and one owner for each endpoint in it */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "service/index.h"

struct table *table_new(void)
{
    return calloc(1, sizeof(struct table));
}

void table_drop_files(struct table *t)
{
    for (size_t i = 0; i < t->nfiles; i++)
        free(t->files[i]);
    free(t->files);
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        service_free(t->services[i]);
    free(t->services);
    free(t->spans);
    table_drop_files(t);
    free(t);
}

const char *table_file(struct table *t, const char *name)
{
    for (size_t i = t->nfiles; i-- > 0;)
        if (strcmp(t->files[i], name) == 0)
            return t->files[i];
    char **grown = realloc(t->files, (t->nfiles + 1) * sizeof(char *));
    if (!grown)
        return NULL;
    t->files = grown;
    grown[t->nfiles] = strdup(name);
    return grown[t->nfiles] ? grown[t->nfiles++] : NULL;
}

uint32_t table_span(struct table *t, const struct span *span)
{
    struct span *grown = realloc(t->spans, (t->nspans + (size_t)1) * sizeof *grown);
    if (!grown)
        return 0;
    t->spans = grown;
    grown[t->nspans] = *span;
    return ++t->nspans;
}

bool table_add(struct table *t, struct service *s)
{
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 16;
        struct service **grown = realloc(t->services, room * sizeof(struct service *));
        if (!grown)
            return false;
        t->services = grown;
        t->room = room;
    }
    t->services[t->count++] = s;
    return true;
}

/* By what the entry is called, and by its first word. */
static enum naming_fit judge_both(const struct entry *e, struct naming *of, const char *word)
{
    of->name = e->name;
    enum naming_fit fit = naming_judge(of, word);
    of->name = e->word;
    enum naming_fit other = e->word == e->name ? fit : naming_judge(of, word);
    return other > fit ? other : fit;
}

enum naming_fit service_is_named(const struct service *s, const char *word)
{
    char at[ADDR_TEXT];
    struct naming of = {.protocol = service_proto_name(s), .address = "-"};
    enum naming_fit best = judge_both(s->entry, &of, word);
    for (size_t i = 0; i < s->nlisteners; i++) {
        of.address = listener_address(service_listeners(s)[i], at);
        of.protocol = listener_proto_name(service_listeners(s)[i]);
        enum naming_fit fit = judge_both(s->entry, &of, word);
        best = fit > best ? fit : best;
    }
    return best;
}

enum naming_fit table_best_named(const struct table *t, const char *word)
{
    enum naming_fit best = NAMING_OTHER;
    for (size_t i = 0; i < t->count && best < NAMING_IS; i++) {
        enum naming_fit fit = service_is_named(t->services[i], word);
        best = t->services[i]->mark != MARK_GONE && fit > best ? fit : best;
    }
    return best;
}

size_t table_listeners(const struct table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->services[i]->nlisteners;
    return n;
}

void table_forget(struct table *t, struct service *s)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->services[i] != s)
            continue;
        memmove(&t->services[i], &t->services[i + 1],
                (t->count - i - 1) * sizeof(struct service *));
        t->count--;
        service_free(s);
        return;
    }
}

/* --- settle: one owner for each endpoint ---------------------------------------------------- */

struct settling {
    struct index index;
    void (*lost)(void *arg, const struct service *loser, const struct service *winner,
                 const char *at);
    void *arg;
};

/* How firmly a listener holds a family. */
static int firmness(const struct listener *l)
{
    return l->soft ? 0 : l->dual ? 1 : 2;
}

/* `l` gives `family` up to `winner`: a dual-stack one keeps its other family, but not from a later
 * one of its kind. */
static void give_up(struct settling *st, struct listener *l, int family,
                    const struct listener *winner)
{
    char at[ADDR_TEXT];
    if (firmness(l) > 0 || firmness(winner) == 0)
        if (l->service != winner->service)
            st->lost(st->arg, l->service, winner->service, listener_address(winner, at));
    if (sides(l) == 2 && sides(winner) < 2) {
        l->mode = family == AF_INET ? MODE_V6ONLY : MODE_V4;
        if (family == AF_INET6)
            l->at = addr_any(AF_INET, addr_port(&l->at));
    } else {
        l->dead = true;
    }
}

static void settle_listener(struct settling *st, struct listener *l)
{
    unsigned n = sides(l);
    l->dual = l->mode == MODE_DUAL;
    for (unsigned i = 0; i < n && !l->dead; i++) {
        struct side side = {l, side_family(l, i)};
        size_t slot = index_find(&st->index, &side);
        struct listener *old = st->index.slots[slot].l;
        if (old && (firmness(old) > firmness(l) || old->service == l->service)) {
            give_up(st, l, side.family, old);
            continue;
        }
        if (old)
            give_up(st, old, side.family, l);
        index_put(&st->index, slot, l, side.family);
    }
}

/* Who yields silently is told of when nothing is left of him. */
static void tell_if_all_lost(const struct settling *st, const struct service *s)
{
    char at[ADDR_TEXT];
    for (size_t i = 0; i < s->nlisteners; i++)
        if (!service_listeners(s)[i]->dead || !service_listeners(s)[i]->soft)
            return;
    for (size_t i = 0; i < s->nlisteners; i++) {
        struct side side = {service_listeners(s)[i], side_family(service_listeners(s)[i], 0)};
        const struct listener *winner = st->index.slots[index_find(&st->index, &side)].l;
        if (winner && firmness(winner) > 0)
            st->lost(st->arg, s, winner->service, listener_address(winner, at));
    }
}

/* The later tcpmux service of the same name (RFC 1078: case does not count), if there is one. */
static const struct service *mux_rival(const struct table *t, size_t i)
{
    const struct service *s = t->services[i];
    for (size_t j = i + 1; s->entry->proto == PROTO_TCPMUX && j < t->count; j++)
        if (t->services[j]->entry->proto == PROTO_TCPMUX &&
            strcasecmp(t->services[j]->entry->word, s->entry->word) == 0)
            return t->services[j];
    return NULL;
}

bool table_settle(struct table *t,
                  void (*lost)(void *arg, const struct service *loser, const struct service *winner,
                               const char *at),
                  void *arg)
{
    struct settling st = {.lost = lost, .arg = arg};
    if (!index_make(&st.index, table_listeners(t)))
        return false;
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            settle_listener(&st, service_listeners(t->services[i])[j]);
    for (size_t i = 0; i < t->count; i++)
        tell_if_all_lost(&st, t->services[i]);
    free(st.index.slots);

    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct service *s = t->services[i];
        const struct service *rival = mux_rival(t, i);
        if (rival)
            lost(arg, s, rival, s->entry->word);
        if (rival || (service_prune(s) == 0 && s->entry->proto != PROTO_TCPMUX))
            service_free(s);
        else
            t->services[kept++] = s;
    }
    t->count = kept;
    return true;
}
