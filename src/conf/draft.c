/* conf/draft.c -- an entry as it was written; and how problems are told */
#include "config.h"

#include "conf/draft.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cut {
    struct cut *next;
    char text[];
};

struct problem {
    struct problem *next;
    struct place at;
    enum conf_severity severity;
    char text[];
};

/* --- problems ------------------------------------------------------------------------------- */

/* Does `a` stand before `b`? Other files' places, those of defaults, come last. */
static bool is_before(const struct place *a, const struct place *b, const char *file)
{
    if ((a->file == file) != (b->file == file))
        return a->file == file;
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* Keep it for conf_tell(). False: out of memory; then it is told out of turn. */
static bool hold(struct conf *c, const struct place *at, enum conf_severity severity,
                 const char *line)
{
    size_t size = strlen(line) + 1;
    struct problem *p = malloc(sizeof *p + size), **to = &c->held;

    if (!p)
        return false;
    *p = (struct problem){.at = *at, .severity = severity};
    memcpy(p->text, line, size);
    while (*to && !is_before(at, &(*to)->at, c->held_file))
        to = &(*to)->next;
    p->next = *to;
    *to = p;
    return true;
}

static void say(struct conf *c, const struct place *at, enum conf_severity severity,
                const char *fmt, va_list ap) TEXT_PRINTF(4, 0);
static void say(struct conf *c, const struct place *at, enum conf_severity severity,
                const char *fmt, va_list ap)
{
    char line[512];
    struct text t;

    text_init(&t, line, sizeof line);
    text_vadd(&t, fmt, ap);
    if (severity == CONF_ERROR)
        c->errors++;
    if (!c->holding || !hold(c, at, severity, line))
        c->report->say(c->report->arg, at, severity, line);
}

void conf_tell(struct conf *c)
{
    for (struct problem *next, *p = c->held; p; p = next) {
        next = p->next;
        c->report->say(c->report->arg, &p->at, p->severity, p->text);
        free(p);
    }
    c->held = NULL;
    c->holding = false;
}

bool conf_error(struct conf *c, const struct place *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(c, at, CONF_ERROR, fmt, ap);
    va_end(ap);
    return false;
}

void conf_warn(struct conf *c, const struct place *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(c, at, CONF_WARNING, fmt, ap);
    va_end(ap);
}

bool conf_no_memory(struct conf *c)
{
    const struct place nowhere = {.file = "configuration"};

    if (!c->no_memory)
        (void)conf_error(c, &nowhere, "out of memory"); /* false, as we return */
    c->no_memory = true;
    return false;
}

const char *conf_quote(struct conf *c, const char *word)
{
    const size_t most = 60;
    char *out = c->quotes[c->quote_turn++ % (sizeof c->quotes / sizeof *c->quotes)];
    size_t len = strlen(word);
    struct text t;

    text_init(&t, out, CONF_QUOTE - 5); /* room for what follows below */
    text_add(&t, "\"");
    text_escape(&t, word, len > most ? most : len);
    if (len > most || t.cut) {
        memcpy(out + t.len, "...", 3);
        t.len += 3;
    }
    memcpy(out + t.len, "\"", 2);
    return out;
}

bool conf_bad_word(struct conf *c, const struct word *w, const char *what, const char *wrong)
{
    return conf_error(c, &w->place, "%s %s is %s", what, conf_quote(c, w->text), wrong);
}

bool conf_bad_value(struct conf *c, const struct word *w, const char *what, enum value_fault wrong,
                    int64_t low, int64_t high)
{
    if (wrong != VALUE_RANGE || high <= 0)
        return conf_bad_word(c, w, what, value_fault_text(wrong));
    return conf_error(c, &w->place, "%s %s is out of range (%" PRId64 "%s%" PRId64 ")", what,
                      conf_quote(c, w->text), low, low < 0 ? " to " : "-", high);
}

void conf_near_try(struct conf_near *near, const char *candidate)
{
    unsigned distance = value_distance(near->word, candidate);
    unsigned most = strlen(near->word) < 4 ? 1 : 2;

    if (distance <= most && (!near->best || distance < near->distance)) {
        near->best = candidate;
        near->distance = distance;
    }
}

const char *conf_hint(struct conf *c, const struct conf_near *near)
{
    char *out = c->quotes[c->quote_turn++ % (sizeof c->quotes / sizeof *c->quotes)];

    if (!near->best || !text_fits(out, CONF_QUOTE, " (did you mean \"%s\"?)", near->best))
        return "";
    return out;
}

/* --- words ---------------------------------------------------------------------------------- */

bool words_add(struct conf *c, struct words *list, const struct word *w)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 8 : list->room * 2;
        struct word *grown = realloc(list->at, room * sizeof *grown);
        if (!grown)
            return conf_no_memory(c);
        list->at = grown;
        list->room = room;
    }
    list->at[list->count++] = *w;
    return true;
}

bool words_copy(struct conf *c, struct words *to, const struct words *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        if (!words_add(c, to, &from->at[i]))
            return false;
    return true;
}

struct word draft_cut(struct conf *c, struct draft *d, const struct word *from, size_t at,
                      size_t len)
{
    struct word w = *from;
    struct cut *cut = malloc(sizeof *cut + len + 1);

    w.place.column += (unsigned)at + (from->quoted ? 1 : 0);
    w.text = NULL;
    if (!cut) {
        (void)conf_no_memory(c); /* told; the caller sees the NULL */
        return w;
    }
    memcpy(cut->text, from->text + at, len);
    cut->text[len] = '\0';
    cut->next = d->cuts;
    d->cuts = cut;
    w.text = cut->text;
    return w;
}

/* --- drafts --------------------------------------------------------------------------------- */

static void drop_entry(struct draft *d)
{
    struct cut *next;

    settings_unref(d->set);
    for (struct cut *cut = d->cuts; cut; cut = next) {
        next = cut->next;
        free(cut);
    }
}

void draft_inherit(struct draft *d, const struct draft *scope)
{
    for (size_t i = 0; i < CONF_KEYS; i++)
        d->inherited[i] = scope->given[i] || scope->inherited[i];
}

static struct settings *fresh_settings(const struct conf *c, const struct draft *scope)
{
    if (scope)
        return settings_copy(scope->set);
    return c->opt->defaults ? settings_copy(c->opt->defaults) : settings_new();
}

bool draft_begin(struct conf *c, struct draft *d, const struct draft *scope,
                 const struct word *first)
{
    struct words address = d->address, args = d->args, groups = d->groups, listen = d->listen,
                 names = d->names;

    drop_entry(d);
    memset(d, 0, offsetof(struct draft, given_at));
    d->errors_before = c->errors;
    d->address = address;
    d->args = args;
    d->groups = groups;
    d->listen = listen;
    d->names = names;
    d->listen.count = d->names.count = 0;
    d->address.count = d->args.count = d->groups.count = 0;
    if (first)
        d->place = first->place;
    d->set = fresh_settings(c, scope);
    if (!d->set)
        return conf_no_memory(c);
    if (!scope)
        return true;
    c->holding = first;
    c->held_file = d->place.file;
    d->user = scope->user;
    d->group = scope->group;
    d->unix_user = scope->unix_user;
    d->unix_group = scope->unix_group;
    draft_inherit(d, scope);
    d->inherited_address = scope->address.count > 0;
    return words_copy(c, &d->address, &scope->address) && words_copy(c, &d->groups, &scope->groups);
}

void draft_free(struct draft *d)
{
    drop_entry(d);
    free(d->address.at);
    free(d->args.at);
    free(d->groups.at);
    free(d->listen.at);
    free(d->names.at);
    *d = (struct draft){.set = NULL};
}
