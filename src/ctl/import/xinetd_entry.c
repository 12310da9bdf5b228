/* ctl/import/xinetd_entry.c -- an entry of an xinetd configuration, and questions to it */
#include "config.h"

#include "ctl/import/xinetd_entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct xin_attr *xin_find(const struct xin_entry *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->attrs[i].name, name) == 0)
            return &e->attrs[i];
    return NULL;
}

const char *xin_first(const struct xin_entry *e, const char *name)
{
    const struct xin_attr *a = xin_find(e, name);
    return a && a->values.count > 0 ? a->values.at[0] : NULL;
}

bool xin_is(const struct xin_entry *e, const char *name, const char *value)
{
    const char *given = xin_first(e, name);
    return given && strcasecmp(given, value) == 0;
}

struct ctl_words xin_words(const struct xin_entry *e, const char *name)
{
    const struct xin_attr *a = xin_find(e, name);
    return a ? a->values : (struct ctl_words){.at = NULL};
}

struct xin_attr *xin_make(struct xin_entry *e, const char *name, size_t len)
{
    char *copy = ctl_copy(name, len);
    struct xin_attr *a = xin_find(e, copy);
    if (a) {
        free(copy);
        return a;
    }
    e->attrs = ctl_grow(e->attrs, (e->count + 1) * sizeof *e->attrs);
    a = &e->attrs[e->count++];
    *a = (struct xin_attr){.name = copy};
    return a;
}

/* What `defaults` says stands first, unless the entry says "=". What is taken away with -= is kept
 * as a word that starts with '-' until then. */
static void merge_attr(struct xin_entry *e, const struct xin_attr *from)
{
    struct xin_attr *a = xin_find(e, from->name);
    if (a && a->replaces)
        return;
    struct ctl_words own = a ? a->values : (struct ctl_words){.at = NULL};
    if (!a)
        a = xin_make(e, from->name, strlen(from->name));
    a->values = (struct ctl_words){.at = NULL};
    for (size_t i = 0; i < from->values.count; i++)
        ctl_words_add(&a->values, from->values.at[i], strlen(from->values.at[i]));
    for (size_t i = 0; i < own.count; i++) {
        if (own.at[i][0] == '-')
            ctl_words_remove(&a->values, own.at[i] + 1);
        else
            ctl_words_add(&a->values, own.at[i], strlen(own.at[i]));
    }
    ctl_words_free(&own);
}

/* Attributes that `defaults` cannot give, or that say something else there. */
static bool stays_in_defaults(const char *name)
{
    return strcmp(name, "disabled") == 0 || strcmp(name, "enabled") == 0 ||
           strncmp(name, "log_", 4) == 0;
}

void xin_merge(struct xin_entry *e, const struct xin_entry *defaults)
{
    for (size_t i = 0; i < defaults->count; i++)
        if (!stays_in_defaults(defaults->attrs[i].name))
            merge_attr(e, &defaults->attrs[i]);
}

void xin_free(struct xin_entry *e)
{
    for (size_t i = 0; i < e->count; i++) {
        free(e->attrs[i].name);
        ctl_words_free(&e->attrs[i].values);
    }
    free(e->attrs);
    free(e->name);
    free(e->file);
}
