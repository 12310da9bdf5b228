/* conf/define.c -- the keys and values of a definition to a draft */
#include "config.h"

#include "conf/define.h"
#include "conf/keys.h"

#include <stdlib.h>
#include <string.h>

/* A statement being read. */
struct statement {
    struct conf *c;
    struct lex *lx;
    struct draft *d;
    const struct word *start;
    struct words values; /* of the key being read */
    /* What becomes of a key. */
    bool (*set)(const struct statement *st, const struct word *key);
};

/* Could the statement not go on with this token, because it is unfinished? Told. */
static bool broken(const struct statement *st, const struct word *w)
{
    if (w->kind == LEX_BAD)
        (void)conf_error(st->c, &w->place, "%s", w->text);
    else if (w->kind == LEX_FILE_END)
        (void)conf_error(st->c, &st->start->place, "%s has no \";\" at its end",
                         conf_quote(st->c, st->start->text));
    return w->kind == LEX_BAD || w->kind == LEX_FILE_END;
}

/* A line that starts a statement of its own: the semicolon before it was forgotten. */
static bool forgotten(const struct statement *st)
{
    const struct word end = {.kind = LEX_FILE_END};

    return lex_at_statement(st->lx) && broken(st, &end);
}

/* The token after `key =`: its values, then the comma or semicolon in `*end`. */
static bool read_values(struct statement *st, struct word *end)
{
    st->values.count = 0;
    for (;;) {
        if (forgotten(st))
            return false;
        *end = lex_token(st->lx, false);
        if (broken(st, end))
            return false;
        if (end->kind == LEX_COMMA || end->kind == LEX_SEMICOLON)
            return true;
        if (!words_add(st->c, &st->values, end))
            return false;
    }
}

/* The "=" behind a key. */
static bool read_equals(struct statement *st, const struct word *key)
{
    if (forgotten(st))
        return false;
    struct word w = lex_token(st->lx, true);
    if (w.kind == LEX_EQUALS)
        return true;
    return !broken(st, &w) && conf_error(st->c, &key->place, "\"=\" is missing after %s",
                                         conf_quote(st->c, key->text));
}

static bool read_keys(struct statement *st)
{
    for (;;) {
        if (forgotten(st))
            return false;
        struct word end, key = lex_token(st->lx, true);
        if (key.kind == LEX_SEMICOLON)
            return true;
        if (broken(st, &key))
            return false;
        if (key.kind != LEX_WORD)
            return conf_error(st->c, &key.place, "a key is missing before \"%s\"",
                              key.kind == LEX_COMMA ? "," : "=");
        if (!read_equals(st, &key) || !read_values(st, &end))
            return false;
        (void)st->set(st, &key); /* counted */
        if (end.kind == LEX_SEMICOLON)
            return true;
    }
}

/* --- entries and .defaults -------------------------------------------------------------------- */

static bool set_of_entry(const struct statement *st, const struct word *key)
{
    return conf_key_set(st->c, st->d, key, &st->values, false);
}

static bool set_default(const struct statement *st, const struct word *key)
{
    return conf_key_set(st->c, st->d, key, &st->values, true);
}

static bool read_statement(struct statement *st)
{
    bool good = read_keys(st);
    if (!good)
        lex_skip_definition(st->lx);
    free(st->values.at);
    return good;
}

bool conf_define(struct conf *c, struct lex *lx, struct draft *d, const struct word *start,
                 bool defaults)
{
    struct statement st = {
        .c = c, .lx = lx, .d = d, .start = start, .set = defaults ? set_default : set_of_entry};
    if (defaults) {
        /* It adds to what is there, whose values it may give anew. */
        draft_inherit(d, d);
        memset(d->given, 0, sizeof d->given);
        d->inherited_address = true;
    }
    return read_statement(&st);
}

/* --- .limits ---------------------------------------------------------------------------------- */

static bool set_limit(const struct statement *st, const struct word *key)
{
    struct conf *c = st->c;
    struct conf_near near = {.word = key->text};
    uint64_t n = 0;
    if (strcmp(key->text, "handlers_max") != 0) {
        conf_near_try(&near, "handlers_max");
        return conf_error(c, &key->place, "unknown limit %s%s", conf_quote(c, key->text),
                          conf_hint(c, &near));
    }
    if (st->values.count != 1)
        return conf_error(c, &key->place, "\"handlers_max\" takes one value");
    enum value_fault wrong = value_number(st->values.at[0].text, 0, CONF_HANDLERS_MOST, &n);
    if (wrong)
        return conf_bad_value(c, &st->values.at[0], key->text, wrong, 0, CONF_HANDLERS_MOST);
    if (c->limits.line > 0)
        return conf_error(c, &key->place, "\"handlers_max\" is given twice: it stands at %s:%u too",
                          c->limits.file, c->limits.line);
    c->limits = key->place;
    c->table->handlers_max = (uint32_t)n;
    return true;
}

bool conf_limits(struct conf *c, struct lex *lx, struct draft *d, const struct word *start)
{
    struct statement st = {.c = c, .lx = lx, .d = d, .start = start, .set = set_limit};
    return read_statement(&st);
}
