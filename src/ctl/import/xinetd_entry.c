/* ctl/import/xinetd_entry.c -- an entry of an xinetd configuration, and questions to it */
#include "config.h"

#include "ctl/import/xinetd_entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct xin_attr *xin_find(const struct xin_entry *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcasecmp(e->attrs[i].name, name) == 0)
            return &e->attrs[i];
    return NULL;
}

struct xin_attr *xin_make(struct xin_entry *e, const char *name)
{
    struct xin_attr *a = xin_find(e, name);
    if (a)
        return a;
    e->attrs = ctl_grow(e->attrs, (e->count + 1) * sizeof *e->attrs);
    a = &e->attrs[e->count++];
    *a = (struct xin_attr){.name = ctl_copy(name, strlen(name))};
    return a;
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

void xin_inherit(struct xin_entry *e, const struct xin_entry *from, const char *name)
{
    const struct xin_attr *theirs = xin_find(from, name);
    if (!theirs || xin_find(e, name))
        return;
    struct xin_attr *own = xin_make(e, theirs->name);
    for (size_t i = 0; i < theirs->values.count; i++)
        ctl_words_add(&own->values, theirs->values.at[i], strlen(theirs->values.at[i]));
}

void xin_remark(struct ctl_words *lines, const char *fmt, ...)
{
    char line[1024];
    struct text t;
    va_list ap;
    text_init(&t, line, sizeof line);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    text_mark_cut(&t);
    ctl_words_add(lines, line, t.len);
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
    free(e->broken);
    ctl_words_free(&e->notes);
    ctl_words_free(&e->doubts);
}
