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
    bool defaults;
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
        (void)conf_key_set(st->c, st->d, &key, &st->values, st->defaults); /* counted */
        if (end.kind == LEX_SEMICOLON)
            return true;
    }
}

bool conf_define(struct conf *c, struct lex *lx, struct draft *d, const struct word *start,
                 bool defaults)
{
    struct statement st = {.c = c, .lx = lx, .d = d, .start = start, .defaults = defaults};
    if (defaults) {
        /* It adds to what is there, whose values it may give anew. */
        draft_inherit(d, d);
        memset(d->given, 0, sizeof d->given);
        d->inherited_address = true;
    }
    bool good = read_keys(&st);
    if (!good)
        lex_skip_definition(lx);
    free(st.values.at);
    return good;
}
