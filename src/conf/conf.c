/* conf/conf.c -- files, folders, includes and statements to a service table */
#include "config.h"

#include "conf/address.h"
#include "conf/check.h"
#include "conf/classic.h"
#include "conf/define.h"
#include "conf/file.h"
#include "conf/name.h"

#include <stdlib.h>
#include <string.h>

#define MOST_NESTED 16

/* A file being read. */
struct source {
    const struct source *parent; /* that includes it */
    unsigned depth;
    struct conf_text text;
    struct lex *lx;
    struct draft scope; /* the defaults for what follows */
    struct draft entry;
    struct conf_policy policy;
};

static void read_text(struct conf *c, const struct source *parent, struct conf_text *text);

/* --- directives ------------------------------------------------------------------------------ */

static bool read_before(const struct source *s, const struct conf_text *text)
{
    for (; s != NULL; s = s->parent)
        if (conf_same_file(&s->text, text))
            return true;
    return false;
}

static void include_file(struct conf *c, const struct source *s, const struct word *w,
                         const char *path, bool only_regular)
{
    struct conf_text text;
    const char *wrong = conf_read(c, path, only_regular, &text);

    if (wrong != NULL) {
        if (*wrong != '\0')
            (void)conf_error(c, &w->place, "%s: %s", conf_quote(c, path), wrong);
        return;
    }
    if (read_before(s, &text))
        (void)conf_error(c, &w->place, "%s includes itself", conf_quote(c, path));
    else if (s->depth == MOST_NESTED)
        (void)conf_error(c, &w->place, "%s is included more than %d deep", conf_quote(c, path),
                         MOST_NESTED);
    else
        read_text(c, s, &text);
    conf_text_free(&text);
}

static void include(struct conf *c, struct source *s, const struct word *w)
{
    bool wild = false;
    struct conf_paths paths;

    if (!conf_glob(c, s->text.file, w, &wild, &paths))
        return;
    if (paths.count == 0 && !wild)
        conf_warn(c, &w->place, "%s is not there: nothing is included", conf_quote(c, w->text));
    for (size_t i = 0; i < paths.count; i++)
        include_file(c, s, w, paths.at[i], wild);
    conf_paths_free(&paths);
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
        if (glob.text != NULL)
            include(c, s, &glob);
        return;
    }
    lex_skip_line(s->lx);
}

static void read_defaults(struct conf *c, struct source *s, const struct word *directive)
{
    (void)conf_define(c, s->lx, &s->scope, directive, true); /* errors are counted */
}

static void read_directive(struct conf *c, struct source *s, const struct word *w)
{
    static const struct {
        const char *name;
        void (*read)(struct conf *c, struct source *s, const struct word *w);
    } directives[] = {{".include", read_include}, {".defaults", read_defaults}};
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

/* An entry of either form, from its first two words on. */
static void read_entry(struct conf *c, struct source *s, const struct word *first,
                       const struct word *second)
{
    struct draft *d = &s->entry;
    bool off = false, ended = false, whole = true;

    if (!draft_begin(c, d, &s->scope, first)) {
        lex_skip_line(s->lx);
        return;
    }
    if (is_switch(second, &off, &ended)) {
        d->off = off;
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
    if (whole)
        conf_check(c, d);
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

static void read_text(struct conf *c, const struct source *parent, struct conf_text *text)
{
    struct source *s = calloc(1, sizeof *s);
    struct word first;

    if (s == NULL) {
        (void)conf_no_memory(c);
        return;
    }
    s->parent = parent;
    s->depth = parent != NULL ? parent->depth + 1 : 0;
    s->text = *text;
    s->lx = lex_new(text->file, text->bytes, text->len);
    if (s->lx == NULL) {
        (void)conf_no_memory(c);
    } else if (draft_begin(c, &s->scope, parent != NULL ? &parent->scope : NULL, NULL)) {
        do {
            first = lex_word(s->lx);
            read_statement(c, s, &first);
        } while (first.kind != LEX_FILE_END && !c->no_memory);
    }
    draft_free(&s->entry);
    draft_free(&s->scope);
    lex_free(s->lx);
    free(s);
}

/* --- the load -------------------------------------------------------------------------------- */

static void read_path(struct conf *c, const char *path, bool only_regular)
{
    struct conf_text text;
    const char *wrong = conf_read(c, path, only_regular, &text);
    const struct place whole = {.file = path};

    if (wrong == NULL) {
        read_text(c, NULL, &text);
        conf_text_free(&text);
    } else if (*wrong != '\0') {
        (void)conf_error(c, &whole, "%s", wrong);
    }
}

static void read_argument(struct conf *c, const char *path)
{
    const struct place whole = {.file = path};
    struct conf_paths paths;
    const char *wrong;

    if (!conf_is_folder(path)) {
        read_path(c, path, false);
        return;
    }
    wrong = conf_folder(path, &paths);
    if (wrong != NULL) {
        (void)conf_error(c, &whole, "%s", wrong);
        return;
    }
    for (size_t i = 0; i < paths.count; i++)
        read_path(c, paths.at[i], true);
    conf_paths_free(&paths);
}

static void lost(void *arg, const struct service *loser, const struct service *winner,
                 const char *at)
{
    struct conf *c = arg;
    const struct place place = {loser->entry->file, loser->entry->line, loser->entry->column};
    char escaped[4 * 256];
    struct text t;

    /* One line for both families: they come in a row. */
    if (c->loser == loser && c->winner == winner)
        return;
    c->loser = loser;
    c->winner = winner;
    text_init(&t, escaped, sizeof escaped);
    text_escape(&t, at, strlen(at));
    conf_warn(c, &place, "%s (%s, %s) is served by the later entry at %s:%u",
              conf_quote(c, loser->entry->name), service_proto_name(loser), escaped,
              winner->entry->file, winner->entry->line);
}

static bool begin(struct conf *c, const struct conf_options *opt, const struct conf_report *report)
{
    *c = (struct conf){.opt = opt, .report = report, .table = table_new()};
    if (c->table == NULL)
        return conf_no_memory(c);
    conf_names_open(c);
    return true;
}

static struct table *finish(struct conf *c, size_t *errors)
{
    if (c->table != NULL) {
        conf_names_close(c);
        if (!c->no_memory && !table_settle(c->table, lost, c))
            (void)conf_no_memory(c);
    }
    for (size_t i = 0; i < CONF_RECENT; i++)
        settings_unref(c->recent[i]);
    if (c->no_memory) {
        table_free(c->table);
        c->table = NULL;
    }
    *errors = c->errors;
    return c->table;
}

struct table *conf_load(const char *const *paths, size_t count, const struct conf_options *opt,
                        const struct conf_report *report, size_t *errors)
{
    struct conf c;

    if (begin(&c, opt, report))
        for (size_t i = 0; i < count; i++)
            read_argument(&c, paths[i]);
    return finish(&c, errors);
}

struct table *conf_load_text(const char *file, const char *text, size_t len,
                             const struct conf_options *opt, const struct conf_report *report,
                             size_t *errors)
{
    struct conf c;
    struct conf_text whole = {.len = len};

    if (begin(&c, opt, report)) {
        whole.file = table_file(c.table, file);
        whole.bytes = malloc(len + 1);
        if (whole.file == NULL || whole.bytes == NULL) {
            (void)conf_no_memory(&c);
        } else {
            memcpy(whole.bytes, text, len);
            read_text(&c, NULL, &whole);
        }
        conf_text_free(&whole);
    }
    return finish(&c, errors);
}
