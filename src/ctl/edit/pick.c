/* ctl/edit/pick.c -- which entry is meant, and what else a change would touch */
#include "config.h"

#include "ctl/edit/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "ctl/ctl.h"

/* --- by name --------------------------------------------------------------------------------- */

static bool is_meant(const struct listed *e, const char *file)
{
    return e->named && !listed_is_file(e) && (!file || strcmp(e->file, file) == 0);
}

static bool same_service(const struct listed *a, const struct listed *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->protocol, b->protocol) == 0 &&
           strcmp(a->addresses, b->addresses) == 0;
}

/* Is the same service on, in another entry? */
static bool is_on_elsewhere(const struct listing *l, const struct listed *e)
{
    for (size_t i = 0; i < l->count; i++)
        if (listed_on(&l->at[i]) && same_service(&l->at[i], e))
            return true;
    return false;
}

static bool could_be_enabled(const struct listing *l, const struct listed *e)
{
    return !listed_on(e) && !is_on_elsewhere(l, e);
}

static bool could_be_disabled(const struct listing *l, const struct listed *e)
{
    (void)l;
    return listed_on(e);
}

static bool could_be_removed(const struct listing *l, const struct listed *e)
{
    (void)l;
    (void)e;
    return true;
}

static enum pick pick(const struct listing *l, const char *file, const struct listed **e,
                      bool (*could_be)(const struct listing *l, const struct listed *e))
{
    const struct listed *one = NULL, *other = NULL;
    for (size_t i = 0; i < l->count; i++) {
        const struct listed *at = &l->at[i];
        if (!is_meant(at, file) || (listed_broken(at) && could_be != could_be_removed))
            continue;
        /* As it is wanted: rather one that is on than one that is off. */
        if (!could_be(l, at))
            other = other && listed_on(other) ? other : at;
        else if (one && !listed_together(one, at))
            return PICK_MANY;
        else
            one = at;
    }
    *e = one ? one : other;
    return one ? PICK_ONE : other ? PICK_NOTHING : PICK_UNKNOWN;
}

enum pick pick_enable(const struct listing *l, const char *file, const struct listed **e)
{
    return pick(l, file, e, could_be_enabled);
}

enum pick pick_disable(const struct listing *l, const char *file, const struct listed **e)
{
    return pick(l, file, e, could_be_disabled);
}

enum pick pick_remove(const struct listing *l, const char *file, const struct listed **e)
{
    return pick(l, file, e, could_be_removed);
}

const struct listed *pick_broken(const struct listing *l, const char *file)
{
    for (size_t i = 0; i < l->count; i++)
        if (is_meant(&l->at[i], file) && listed_broken(&l->at[i]))
            return &l->at[i];
    return NULL;
}

void pick_tell(const struct listing *l, const char *file)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct listed *e = &l->at[i];
        if (is_meant(e, file))
            ctl_complain("  %s:%zu: %s/%s%s%s, %s", e->file, e->line, e->name, e->protocol,
                         *e->addresses ? " at " : "", e->addresses,
                         listed_on(e)       ? "on"
                         : listed_broken(e) ? "with an error"
                                            : "off");
    }
}

const char *pick_near(const struct listing *l, const char *word)
{
    const char *near = NULL;
    unsigned best = strlen(word) < 4 ? 2 : 3;
    for (size_t i = 0; i < l->count; i++) {
        unsigned distance = listed_is_file(&l->at[i]) ? best : value_distance(word, l->at[i].name);
        if (distance < best) {
            best = distance;
            near = l->at[i].name;
        }
    }
    return near;
}

/* --- by socket ------------------------------------------------------------------------------- */

/* Is one of the words of `a` one of `b`? */
static bool share_word(const char *a, const char *b)
{
    for (size_t n; *a; a += n + (a[n] == ' ')) {
        n = strcspn(a, " ");
        for (const char *at = b; *at; at += strcspn(at, " "), at += *at == ' ')
            if (strcspn(at, " ") == n && strncmp(a, at, n) == 0)
                return true;
    }
    return false;
}

/* Plain tcp and udp leave a family to an entry that names it. */
static bool yields(const struct listed *a, const struct listed *b)
{
    return strcmp(a->protocol, b->protocol) != 0 && strlen(a->protocol) == 3;
}

bool listed_collide(const struct listed *a, const struct listed *b)
{
    if (!*a->addresses || strncmp(a->protocol, "rpc", 3) == 0)
        return same_service(a, b);
    if (strcmp(a->protocol, "unix") == 0)
        return strcmp(b->protocol, "unix") == 0 && strcmp(a->addresses, b->addresses) == 0;
    return strncmp(a->protocol, b->protocol, 3) == 0 && !yields(a, b) && !yields(b, a) &&
           share_word(a->addresses, b->addresses);
}

/* --- all else -------------------------------------------------------------------------------- */

static int by_content(const void *left, const void *right)
{
    const struct listed *a = *(const struct listed *const *)left;
    const struct listed *b = *(const struct listed *const *)right;
    const char *const words[][2] = {
        {a->state, b->state}, {a->file, b->file}, {a->meaning, b->meaning}, {a->name, b->name}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        int order = strcmp(words[i][0], words[i][1]);
        if (order != 0)
            return order;
    }
    return 0;
}

static const struct listed **sorted(const struct listing *l)
{
    const struct listed **at = ctl_grow(NULL, (l->count + 1) * sizeof(const struct listed *));
    for (size_t i = 0; i < l->count; i++)
        at[i] = &l->at[i];
    qsort(at, l->count, sizeof(const struct listed *), by_content);
    at[l->count] = NULL;
    return at;
}

static void note(struct difference *d, const struct listed **first, size_t *n,
                 const struct listed *e)
{
    if (listed_is_file(e))
        return;
    d->mixed |= *first && !listed_together(*first, e);
    *first = *first ? *first : e;
    ++*n;
}

void pick_compare(const struct listing *before, const struct listing *after, struct difference *d)
{
    const struct listed **a = sorted(before), **b = sorted(after);
    *d = (struct difference){.gone = NULL};
    for (size_t i = 0, j = 0; a[i] || b[j];) {
        int order = !a[i] ? 1 : !b[j] ? -1 : by_content(&a[i], &b[j]);
        if (order < 0)
            note(d, &d->gone, &d->ngone, a[i]);
        else if (order > 0)
            note(d, &d->come, &d->ncome, b[j]);
        i += order <= 0;
        j += order >= 0;
    }
    free(a);
    free(b);
}
