/* service/kinds.c -- values of settings as memory: a row for each kind */
#include "config.h"

#include "service/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "cage/filter.h"
#include "service/settings.h"

/* --- rates ---------------------------------------------------------------------------------- */

static bool rate_equal(const void *a, const void *b)
{
    const struct rate *x = a, *y = b;
    return x->interval == y->interval && x->burst == y->burst;
}

/* --- texts and lists of them ----------------------------------------------------------------- */

static bool text_equal(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    return x && y ? strcmp(x, y) == 0 : x == y;
}

static bool text_copy(void *to, const void *from)
{
    const char *text = *(char *const *)from;
    char *copy = text ? strdup(text) : NULL;
    *(char **)to = copy;
    return copy || !text;
}

static void text_drop(void *value)
{
    free(*(char **)value);
}

static void text_put(struct state_out *o, const void *value)
{
    const char *text = *(char *const *)value;
    state_put(o, text ? 1 : 0);
    if (text)
        state_put_text(o, text);
}

static bool text_get(struct state_in *r, void *to)
{
    if (!state_get_flag(r))
        return true;
    *(char **)to = strdup(state_get_text(r));
    return *(char **)to;
}

static bool list_equal(const void *a, const void *b)
{
    return strings_equal(*(char **const *)a, *(char **const *)b);
}

static bool list_copy(void *to, const void *from)
{
    return strings_copy(to, *(char **const *)from);
}

static void list_drop(void *value)
{
    strings_free(*(char ***)value);
}

static void list_put(struct state_out *o, const void *value)
{
    for (char *const *at = *(char **const *)value; at && *at; at++) {
        state_put(o, true);
        state_put_text(o, *at);
    }
    state_put(o, false);
}

static bool list_get(struct state_in *r, void *to)
{
    while (state_get_flag(r))
        if (!strings_add(to, state_get_text(r)))
            return false;
    return true;
}

/* --- rules and limits ------------------------------------------------------------------------ */

static bool rules_equal(const void *a, const void *b)
{
    return access_equal(a, b);
}

static bool rules_copy(void *to, const void *from)
{
    return access_copy(to, from);
}

static void rules_drop(void *value)
{
    access_free(value);
}

static void rules_put(struct state_out *o, const void *value)
{
    const struct access *a = value;
    state_put_bytes(o, a->rules, a->count * sizeof *a->rules);
}

static bool rules_get(struct state_in *r, void *to)
{
    struct access_rule rule;
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    for (size_t at = 0; len - at >= sizeof rule; at += sizeof rule) {
        memcpy(&rule, bytes + at, sizeof rule);
        if (!access_add(to, &rule.prefix, rule.allow))
            return false;
    }
    return len % sizeof rule == 0;
}

static bool rlimits_equal(const void *a, const void *b)
{
    const struct rlimits *x = a, *y = b;
    if (x->count != y->count)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        const struct priv_rlimit *p = &x->at[i], *q = &y->at[i];
        if (p->which != q->which || p->value.rlim_cur != q->value.rlim_cur ||
            p->value.rlim_max != q->value.rlim_max)
            return false;
    }
    return true;
}

static bool rlimits_copy(void *to, const void *from)
{
    const struct rlimits *old = from;
    struct rlimits *copy = to;
    size_t bytes = old->count * sizeof *old->at;
    copy->at = bytes ? malloc(bytes) : NULL;
    if (!copy->at)
        return bytes == 0;
    memcpy(copy->at, old->at, bytes);
    copy->count = old->count;
    return true;
}

static void rlimits_drop(void *value)
{
    free(((struct rlimits *)value)->at);
}

static void rlimits_put(struct state_out *o, const void *value)
{
    const struct rlimits *limits = value;
    state_put_bytes(o, limits->at, limits->count * sizeof *limits->at);
}

static bool rlimits_get(struct state_in *r, void *to)
{
    struct rlimits *copy = to;
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    if (len % sizeof *copy->at)
        return false;
    copy->at = len ? malloc(len) : NULL;
    if (!copy->at)
        return len == 0;
    memcpy(copy->at, bytes, len);
    copy->count = len / sizeof *copy->at;
    return true;
}

/* --- filters ---------------------------------------------------------------------------------- */

static bool filter_same(const void *a, const void *b)
{
    return filter_equal(*(struct filter *const *)a, *(struct filter *const *)b);
}

static bool filter_share(void *to, const void *from)
{
    struct filter *f = *(struct filter *const *)from;
    *(struct filter **)to = f ? filter_ref(f) : NULL;
    return true;
}

static void filter_drop(void *value)
{
    filter_unref(*(struct filter **)value);
}

static void filter_put(struct state_out *o, const void *value)
{
    const struct filter *f = *(struct filter *const *)value;
    state_put_bytes(o, f ? f->bytes : NULL, f ? f->len : 0);
}

static bool filter_get(struct state_in *r, void *to)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    *(struct filter **)to = len ? filter_new(bytes, len) : NULL;
    return !len || *(struct filter **)to;
}

/* --- who ------------------------------------------------------------------------------------- */

static bool who_equal(const void *a, const void *b)
{
    const struct priv *x = *(struct priv *const *)a, *y = *(struct priv *const *)b;
    return x && y ? priv_equal(x, y) : x == y;
}

static bool who_copy(void *to, const void *from)
{
    struct priv *who = *(struct priv *const *)from;
    *(struct priv **)to = who ? priv_ref(who) : NULL;
    return true;
}

static void who_drop(void *value)
{
    if (*(struct priv **)value)
        priv_unref(*(struct priv **)value);
}

static void who_put(struct state_out *o, const void *value)
{
    const struct priv *who = *(struct priv *const *)value;
    char *packed = who ? malloc(who->size) : NULL;
    o->failed |= who && !packed;
    if (packed)
        priv_pack(who, packed);
    state_put_bytes(o, packed, packed ? who->size : 0);
    free(packed);
}

static bool who_get(struct state_in *r, void *to)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    struct priv *who = len ? priv_unpack(bytes, len) : NULL;
    *(struct priv **)to = who;
    return who || len == 0;
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct row {
    size_t size;
    /* NULL: its bytes are all there is to it. */
    bool (*equal)(const void *a, const void *b);
    bool (*copy)(void *to, const void *from);
    void (*drop)(void *value);
    void (*put)(struct state_out *o, const void *value);
    bool (*get)(struct state_in *r, void *to);
} rows[KINDS] = {
    [KIND_BOOL] = {.size = sizeof(bool)},
    [KIND_INT] = {.size = sizeof(int)},
    [KIND_SIZE] = {.size = sizeof(int)},
    [KIND_COUNT] = {.size = sizeof(uint32_t)},
    [KIND_TIME] = {.size = sizeof(uint64_t)},
    [KIND_SIGNAL] = {.size = sizeof(int)},
    [KIND_MODE] = {.size = sizeof(unsigned)},
    [KIND_RATE] = {.size = sizeof(struct rate), .equal = rate_equal},
    [KIND_PROBES] = {.size = sizeof(struct keepalive)},
    [KIND_GATE] = {.size = sizeof(uint8_t)},
    [KIND_PREFIX] = {.size = sizeof(struct source_prefix)},
    [KIND_CHOICE] = {.size = sizeof(uint8_t)},
    [KIND_PATH] = {sizeof(char *), text_equal, text_copy, text_drop, text_put, text_get},
    [KIND_LOG] = {sizeof(char *), text_equal, text_copy, text_drop, text_put, text_get},
    [KIND_DEVICE] = {sizeof(char *), text_equal, text_copy, text_drop, text_put, text_get},
    [KIND_ENV] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_NAMES] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_ALLOW] = {sizeof(struct access), rules_equal, rules_copy, rules_drop, rules_put,
                    rules_get},
    [KIND_DENY] = {sizeof(struct access), rules_equal, rules_copy, rules_drop, rules_put,
                   rules_get},
    [KIND_BALANCERS] = {sizeof(struct access), rules_equal, rules_copy, rules_drop, rules_put,
                        rules_get},
    [KIND_RLIMIT] = {sizeof(struct rlimits), rlimits_equal, rlimits_copy, rlimits_drop, rlimits_put,
                     rlimits_get},
    [KIND_CAPS] = {.size = sizeof(uint64_t)},
    [KIND_PATHS] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_REACH] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_PORTS] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_CALLS] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_COMPILED] = {sizeof(struct filter *), filter_same, filter_share, filter_drop, filter_put,
                       filter_get},
    [KIND_MOUNTS] = {sizeof(char **), list_equal, list_copy, list_drop, list_put, list_get},
    [KIND_LABEL] = {sizeof(char *), text_equal, text_copy, text_drop, text_put, text_get},
    [KIND_WHO] = {sizeof(struct priv *), who_equal, who_copy, who_drop, who_put, who_get},
    [KIND_UID] = {.size = sizeof(uid_t)},
    [KIND_GID] = {.size = sizeof(gid_t)},
};

size_t kind_size(unsigned kind)
{
    return rows[kind].size;
}

bool kind_equal(unsigned kind, const void *a, const void *b)
{
    const struct row *r = &rows[kind];
    return r->equal ? r->equal(a, b) : memcmp(a, b, r->size) == 0;
}

bool kind_copy(unsigned kind, void *to, const void *from)
{
    const struct row *r = &rows[kind];
    if (r->copy)
        return r->copy(to, from);
    memcpy(to, from, r->size);
    return true;
}

void kind_drop(unsigned kind, void *value)
{
    if (rows[kind].drop)
        rows[kind].drop(value);
}

/* Are its bytes all there is to it, also elsewhere? */
static bool is_plain(const struct row *r)
{
    return !r->copy && !r->drop;
}

void kind_put(unsigned kind, struct state_out *o, const void *value)
{
    const struct row *r = &rows[kind];
    if (r->put)
        r->put(o, value);
    else if (is_plain(r))
        state_put_bytes(o, value, r->size);
    else
        o->failed = true;
}

static bool get_plain(size_t size, struct state_in *r, void *to)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    if (len == size)
        memcpy(to, bytes, size);
    return len == size;
}

void kind_get(unsigned kind, struct state_in *r, void *to)
{
    const struct row *row = &rows[kind];
    if (!(row->get ? row->get(r, to) : is_plain(row) && get_plain(row->size, r, to)))
        *r->bad = true;
}
