/* conf/source.c -- a file being read: statements, directives, includes */
#include "config.h"

#include "conf/address.h"
#include "conf/check.h"
#include "conf/classic.h"
#include "conf/define.h"
#include "conf/file.h"
#include "conf/source.h"

#include <stdlib.h>
#include <string.h>

#define MOST_NESTED 16

/* A file being read. */
struct source {
    struct source *parent; /* that includes it */
    unsigned depth;
    struct conf_text text;
    struct lex *lx;
    struct draft scope; /* the defaults for what follows */
    struct draft entry;
    struct conf_policy policy;
    /* What an include found: read before the next statement. */
    struct conf_paths found;
    size_t next;          /* of them */
    struct place include; /* where it stands */
    enum conf_role role;
};

/* --- directives ------------------------------------------------------------------------------ */

static bool read_before(const struct source *s, const struct conf_text *text)
{
    for (; s; s = s->parent)
        if (conf_same_file(&s->text, text))
            return true;
    return false;
}

static void include_next(struct conf *c, struct source *s)
{
    const char *path = s->found.at[s->next++];
    struct conf_text text;

    if (!conf_read(c, &s->include, path, s->role, &text))
        return;
    if (read_before(s, &text))
        (void)conf_error(c, &s->include, "%s includes itself", conf_quote(c, path));
    else if (s->depth == MOST_NESTED)
        (void)conf_error(c, &s->include, "%s is included more than %d deep", conf_quote(c, path),
                         MOST_NESTED);
    else
        source_begin(c, &text);
}

static void include(struct conf *c, struct source *s, const struct word *w)
{
    bool wild = false;

    if (!conf_glob(c, s->text.file, w, &wild, &s->found))
        return;
    if (s->found.count == 0 && !wild)
        (void)conf_error(c, &w->place, "%s is not there", conf_quote(c, w->text)); /* counted */
    s->next = 0;
    s->include = w->place;
    s->role = wild ? CONF_FOUND : CONF_INCLUDE;
}

/* The rest of `.include GLOB`, with or without a semicolon. */
static void read_include(struct conf *c, struct source *s, const struct word *directive)
{
    struct word glob = lex_word(s->lx), end = glob;
    size_t len;

    if (glob.kind == LEX_WORD)
        end = lex_word(s->lx);
    if (end.kind == LEX_WORD && !end.quoted && strcmp(end.text, ";") == 0)
        end = lex_word(s->lx);
    if (glob.kind == LEX_BAD || end.kind == LEX_BAD) {
        const struct word *bad = glob.kind == LEX_BAD ? &glob : &end;
        (void)conf_error(c, &bad->place, "%s", bad->text);
    } else if (glob.kind != LEX_WORD) {
        (void)conf_error(c, &directive->place, "\".include\" needs a file name");
    } else if (end.kind == LEX_WORD) {
        (void)conf_error(c, &end.place, "%s is a value too many: \".include\" takes one",
                         conf_quote(c, end.text));
    } else {
        len = strlen(glob.text);
        if (!glob.quoted && len > 1 && glob.text[len - 1] == ';')
            glob = draft_cut(c, &s->entry, &glob, 0, len - 1);
        if (glob.text)
            include(c, s, &glob);
        return;
    }
    lex_skip_line(s->lx);
}

static void read_defaults(struct conf *c, struct source *s, const struct word *directive)
{
    (void)conf_define(c, s->lx, &s->scope, directive, true); /* errors are counted */
}

static void read_limits(struct conf *c, struct source *s, const struct word *directive)
{
    (void)conf_limits(c, s->lx, &s->entry, directive); /* errors are counted */
}

static void read_directive(struct conf *c, struct source *s, const struct word *w)
{
    static const struct {
        const char *name;
        void (*read)(struct conf *c, struct source *s, const struct word *w);
    } directives[] = {
        {".include", read_include}, {".defaults", read_defaults}, {".limits", read_limits}};
    struct conf_near near = {.word = w->text};

    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (strcmp(directives[i].name, w->text) == 0) {
            directives[i].read(c, s, w);
            return;
        }
        conf_near_try(&near, directives[i].name);
    }
    (void)conf_error(c, &w->place, "unknown directive %s%s", conf_quote(c, w->text),
                     conf_hint(c, &near));
    lex_skip_line(s->lx);
}

/* --- statements ------------------------------------------------------------------------------ */

/* "on" and "off", with the semicolon at once where nothing follows. */
static bool is_switch(const struct word *w, bool *off, bool *ended)
{
    size_t len = w->kind == LEX_WORD && !w->quoted ? strlen(w->text) : 0;

    *ended = len > 0 && w->text[len - 1] == ';';
    len -= *ended;
    *off = len == 3 && strncmp(w->text, "off", 3) == 0;
    return *off || (len == 2 && strncmp(w->text, "on", 2) == 0);
}

static bool is_default_address(const struct word *first, const struct word *second)
{
    return second->kind != LEX_WORD && second->kind != LEX_BAD &&
           first->text[strlen(first->text) - 1] == ':';
}

/* After "on;" or "off;", which the classic way of reading takes for a word of a line. */
static bool line_ends(struct conf *c, struct lex *lx)
{
    struct word w = lex_word(lx);

    if (w.kind != LEX_WORD && w.kind != LEX_BAD)
        return true;
    lex_skip_line(lx);
    return conf_error(c, &w.place, "what follows here needs a line of its own");
}

static void tell_broken(const struct conf *c, const struct draft *d)
{
    const struct conf_broken b = {.place = &d->place,
                                  .service = d->service.text,
                                  .name = d->name.text,
                                  .protocol = d->protocol.text,
                                  .at = d->at,
                                  .end = d->end,
                                  .onoff = d->onoff};
    c->opt->broken(c->opt->broken_arg, &b);
}

/* An entry of either form, from its first two words on. */
static void read_entry(struct conf *c, struct source *s, const struct word *first,
                       const struct word *second)
{
    struct draft *d = &s->entry;
    bool off = false, ended = false, whole = true;

    if (!draft_begin(c, d, &s->scope, first)) {
        conf_tell(c);
        lex_skip_line(s->lx);
        return;
    }
    d->at = first->at;
    if (is_switch(second, &off, &ended)) {
        d->off = off;
        d->onoff = second->at;
        whole = conf_split_service(c, d, first);
        whole &= (ended ? line_ends(c, s->lx) : conf_define(c, s->lx, d, first, false)) &&
                 draft_good(c, d);
    } else {
        whole = conf_classic(c, s->lx, d, first, second);
    }
    if (conf_policy_at(&s->policy, &s->text, first->place.line))
        (void)conf_error(c, &first->place,
                         "%s is not served: the IPsec policy of line %u is not supported on "
                         "this system",
                         conf_quote(c, d->service.text), s->policy.line);
    d->end = lex_at(s->lx);
    if (whole)
        conf_check(c, d);
    if (c->opt->broken && !draft_good(c, d))
        tell_broken(c, d);
    conf_tell(c);
}

static void read_statement(struct conf *c, struct source *s, const struct word *first)
{
    struct word second;

    if (first->kind == LEX_BAD) {
        (void)conf_error(c, &first->place, "%s", first->text);
        return;
    }
    if (first->kind != LEX_WORD)
        return;
    if (first->text[0] == '.' && !first->quoted) {
        if (draft_begin(c, &s->entry, NULL, first))
            read_directive(c, s, first);
        else
            lex_skip_line(s->lx);
        return;
    }
    second = lex_word(s->lx);
    if (*first->text == '\0') {
        (void)conf_error(c, &first->place, "the service is empty");
        if (second.kind == LEX_WORD)
            lex_skip_line(s->lx);
    } else if (is_default_address(first, &second)) {
        s->scope.errors_before = c->errors;
        (void)conf_default_address(c, &s->scope, first, strlen(first->text) - 1); /* counted */
    } else {
        read_entry(c, s, first, &second);
    }
}

/* --- the file -------------------------------------------------------------------------------- */

void source_begin(struct conf *c, const struct conf_text *text)
{
    struct source *s = calloc(1, sizeof *s), *parent = c->reading;

    if (!s) {
        (void)conf_no_memory(c);
        return;
    }
    s->parent = parent;
    s->depth = parent ? parent->depth + 1 : 0;
    s->text = *text;
    s->lx = lex_new(text->file, text->bytes, text->len);
    c->reading = s;
    if (!s->lx)
        (void)conf_no_memory(c); /* the next step sees it */
    else
        (void)draft_begin(c, &s->scope, parent ? &parent->scope : NULL, NULL); /* the same */
}

void source_end(struct conf *c)
{
    struct source *s = c->reading;

    c->reading = s->parent;
    conf_paths_free(&s->found);
    draft_free(&s->entry);
    draft_free(&s->scope);
    lex_free(s->lx);
    free(s);
}

void source_step(struct conf *c)
{
    struct source *s = c->reading;

    if (s->next < s->found.count) {
        include_next(c, s);
        return;
    }
    conf_paths_free(&s->found);
    s->next = 0;
    struct word first = lex_word(s->lx);
    read_statement(c, s, &first);
    if (first.kind == LEX_FILE_END)
        source_end(c);
}
