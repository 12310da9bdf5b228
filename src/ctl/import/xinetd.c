/* ctl/import/xinetd.c -- read the configuration of xinetd: sections, attributes, included files */
#include "config.h"

#include "ctl/import/xinetd.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "ctl/import/xinetd_access.h"
#include "ctl/import/xinetd_attr.h"
#include "ctl/import/xinetd_map.h"

enum { DEEPEST = 16 }; /* file in file */

enum where {
    OUTSIDE, /* of the sections */
    BEFORE,  /* behind the first line of one; its brace comes next */
    INSIDE,
    SKIPPED /* in one that xinetd passes over */
};

struct reading {
    struct xin_entry *entries;
    size_t count;
    struct xin_entry defaults;
    struct xin_entry *open; /* the one that `where` is about; NULL: SKIPPED */
    enum where where;
    bool has_defaults;
    bool stumbles; /* over a single word xinetd loses the line behind it, even if it is a } */
    char *off;     /* why no service can be on */
    unsigned depth;
    size_t errors;
};

struct source {
    const char *file;
    unsigned line;
};

static const char blanks[] = " \t\r\n";

static void complain(struct reading *r, const struct source *at, const char *what, const char *word)
{
    ctl_complain("%s:%u: %s%s%s", at->file, at->line, what, *word ? " " : "", word);
    r->errors++;
}

/* --- attributes ------------------------------------------------------------------------------- */

enum op { SET, ADD, TAKE };

struct statement {
    char *name;
    enum op op;
    struct ctl_words values;
};

/* NAME = | += | -= VALUE ..., with blanks between them. False: xinetd would drop the entry. */
static bool parse(const char *text, struct statement *s)
{
    static const struct {
        const char *text;
        enum op op;
    } ops[] = {{"=", SET}, {"+=", ADD}, {"-=", TAKE}};
    struct ctl_words words = {.at = NULL};
    bool good = false;
    ctl_words_split(&words, text);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (words.count > 1 && strcmp(words.at[1], ops[i].text) == 0) {
            good = true;
            s->op = ops[i].op;
        }
    if (good) {
        s->name = ctl_copy(words.at[0], strlen(words.at[0]));
        for (size_t i = 2; i < words.count; i++)
            ctl_words_add(&s->values, words.at[i], strlen(words.at[i]));
    }
    ctl_words_free(&words);
    return good;
}

/* What xinetd passes over with a warning may have been meant to protect. False: it does so. */
static bool is_taken(struct xin_entry *e, const struct xin_row *row, const struct statement *s)
{
    static const char *const ops[] = {"=", "+=", "-="};
    bool bind = row && (strcmp(row->name, "bind") == 0 || strcmp(row->name, "interface") == 0);
    bool twice = xin_find(e, bind ? "bind" : s->name) || (bind && xin_find(e, "interface"));
    size_t wanted = row && row->takes == XIN_ONE ? 1 : row && row->takes == XIN_TWO ? 2 : 0;
    if (!row)
        xin_remark(&e->doubts, "%s is not in xinetd.conf(5).", s->name);
    else if (row->takes != XIN_SET && twice && strcasecmp(s->name, "disable") != 0)
        xin_remark(&e->notes, "%s is given twice: the first one counts.", s->name);
    else if (row->takes != XIN_SET && s->op != SET)
        xin_remark(&e->doubts, "%s %s: xinetd passes over it, this attribute has = only.", s->name,
                   ops[s->op]);
    else if (wanted && s->values.count != wanted)
        xin_remark(&e->doubts, "%s = %s ...: xinetd passes over it, for it wants %zu value%s.",
                   s->name, s->values.count ? s->values.at[0] : "", wanted, wanted > 1 ? "s" : "");
    else
        return true;
    return false;
}

static bool is_good(const struct xin_row *row, const struct statement *s)
{
    static const char *const may_be_empty[] = {"only_from", "no_access",      "passenv",
                                               "env",       "log_on_success", "log_on_failure",
                                               "enabled",   "disabled"};
    if (row->takes == XIN_SET && s->op == TAKE && strcmp(row->name, "env") == 0)
        return false;
    if (s->values.count > 0)
        return !row->good || row->good(&s->values);
    for (size_t i = 0; i < sizeof may_be_empty / sizeof may_be_empty[0]; i++)
        if (strcmp(row->name, may_be_empty[i]) == 0)
            return true;
    return false;
}

static void assign(struct xin_entry *e, const struct xin_row *row, const struct statement *s)
{
    struct xin_attr *a = xin_make(e, row->name);
    bool peers = strcmp(row->name, "only_from") == 0 || strcmp(row->name, "no_access") == 0;
    bool adds = !e->name || strcmp(row->name, "disable") == 0; /* in defaults = means += */
    if (s->op == SET && !adds)
        ctl_words_free(&a->values);
    for (size_t i = 0; i < s->values.count; i++) {
        const char *word = s->values.at[i];
        if (s->op != TAKE)
            ctl_words_add(&a->values, word, strlen(word));
        else if (!peers)
            ctl_words_remove(&a->values, word);
        else if (!xin_take_peer(&a->values, word))
            xin_remark(&e->doubts, "%s -= %s: that is a part of what is there.", row->name, word);
    }
}

static void read_attr(struct reading *r, const struct source *at, const char *text)
{
    struct statement s = {.name = NULL};
    struct xin_entry *e = r->open;
    if (!parse(text, &s)) {
        complain(r, at, "no attribute:", text);
        e->broken = ctl_copy(text, strlen(text));
        r->where = SKIPPED;
        r->stumbles = !text[strcspn(text, " \t+-=")];
        return;
    }
    const struct xin_row *row = xin_row(s.name);
    if (!e->name && row && !row->in_defaults)
        row = NULL;
    if (is_taken(e, row, &s)) {
        if (is_good(row, &s)) {
            assign(e, row, &s);
        } else {
            xin_remark(&e->doubts, "%s = %s: xinetd switches the service off for such a value.",
                       s.name, s.values.count ? s.values.at[0] : "");
            if (!e->name && !r->off)
                r->off = ctl_copy(text, strlen(text));
        }
    }
    free(s.name);
    ctl_words_free(&s.values);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void begin_entry(struct reading *r, const struct source *at, const char *name, size_t len)
{
    r->entries = ctl_grow(r->entries, (r->count + 1) * sizeof *r->entries);
    r->open = &r->entries[r->count++];
    *r->open = (struct xin_entry){.name = ctl_copy(name, len),
                                  .file = ctl_copy(at->file, strlen(at->file)),
                                  .line = at->line};
    for (size_t i = 0; xin_given_first[i]; i++)
        xin_inherit(r->open, &r->defaults, xin_given_first[i]);
}

/* The first one counts. */
static void begin_defaults(struct reading *r, const struct source *at)
{
    r->open = r->has_defaults ? NULL : &r->defaults;
    if (r->has_defaults)
        complain(r, at, "these defaults are the second ones: xinetd passes over them", "");
    r->has_defaults = true;
}

static void read_file(struct reading *r, const char *path);
static void read_folder(struct reading *r, const char *path);

/* Outside of the sections. */
static void read_directive(struct reading *r, const struct source *at, const char *text)
{
    size_t len = strcspn(text, " \t");
    const char *arg = text + len + strspn(text + len, " \t");
    size_t arg_len = strcspn(arg, " \t");
    char word[16];
    if (!text_fits(word, sizeof word, "%.*s", (int)len, text))
        word[0] = '\0';
    if (strcasecmp(word, "service") == 0 && arg_len > 0) {
        begin_entry(r, at, arg, arg_len);
        r->where = BEFORE;
    } else if (strcasecmp(word, "defaults") == 0) {
        begin_defaults(r, at);
        r->where = BEFORE;
    } else if (strncasecmp(word, "include", 7) == 0 && arg_len > 0 &&
               (!word[7] || strcasecmp(word + 7, "dir") == 0)) {
        char *path = ctl_copy(arg, arg_len);
        if (!word[7])
            read_file(r, path);
        else
            read_folder(r, path);
        free(path);
    } else {
        complain(r, at, "neither service, defaults, include nor includedir:", text);
        r->where = SKIPPED;
    }
}

static void read_brace(struct reading *r, const struct source *at, const char *text)
{
    bool good = strcmp(text, "{") == 0;
    r->where = good ? INSIDE : SKIPPED;
    if (good || !r->open)
        return;
    complain(r, at, "a line with nothing but { has to stand here, not", text);
    r->open->broken = ctl_copy(text, strlen(text));
}

static void read_line(struct reading *r, const struct source *at, char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]))
        text[--len] = '\0';
    text += strspn(text, blanks);
    if (*text == '\0' || *text == '#')
        return;
    if (r->stumbles)
        r->stumbles = false;
    else if (r->where == OUTSIDE)
        read_directive(r, at, text);
    else if (r->where == BEFORE)
        read_brace(r, at, text);
    else if (strcmp(text, "}") == 0)
        r->where = OUTSIDE;
    else if (r->where == INSIDE && r->open)
        read_attr(r, at, text);
}

static void read_file(struct reading *r, const char *path)
{
    struct source at = {.file = path};
    char *line = NULL;
    size_t size = 0;
    FILE *in = r->depth < DEEPEST ? fopen(path, "re") : NULL;
    if (!in) {
        ctl_complain("%s: %s", path,
                     r->depth < DEEPEST ? strerror(errno) : "files include each other too deeply");
        r->errors++;
        return;
    }
    r->depth++;
    while (getline(&line, &size, in) >= 0) {
        at.line++;
        read_line(r, &at, line);
    }
    if (ferror(in))
        complain(r, &at, strerror(errno), "");
    if (r->where != OUTSIDE) {
        complain(r, &at, "a closing brace is missing", "");
        if (r->open && !r->open->broken)
            r->open->broken = ctl_copy("no }", 4);
    }
    r->open = NULL;
    r->where = OUTSIDE;
    r->stumbles = false;
    r->depth--;
    free(line);
    (void)fclose(in); /* only read */
}

/* xinetd's rule: no name with a dot, or with a tilde at its end. */
static int is_config(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return !strchr(entry->d_name, '.') && entry->d_name[len - 1] != '~';
}

/* As in the C locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct reading *r, const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, is_config, by_name);
    if (n < 0) {
        ctl_complain("%s: %s", path, strerror(errno));
        r->errors++;
        return;
    }
    for (int i = 0; i < n; i++) {
        char whole[4096];
        struct stat st;
        if (text_fits(whole, sizeof whole, "%s/%s", path, names[i]->d_name) &&
            stat(whole, &st) == 0 && S_ISREG(st.st_mode))
            read_file(r, whole);
        free(names[i]);
    }
    free(names);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* What holds for all entries, once. */
static void print_head(const char *path, const struct reading *r)
{
    ctl_comment("Made by doorwardctl import xinetd from %s", path);
    ctl_comment("Look at what each comment says, then try it with doorward -t.");
    ctl_comment("What is different everywhere:");
    ctl_comment(
        "- Without \"instances\" xinetd starts any number of servers, doorward 256 a service;"
        " further clients wait.");
    ctl_comment("- At cps and instances xinetd refuses clients or switches the service off,"
                " doorward lets them wait in the backlog.");
    ctl_comment("- xinetd hands its whole environment on, doorward what doorward.conf(5) says;"
                " pass_env adds to it.");
    ctl_comment(
        "- hosts.allow and hosts.deny are not asked for wait services and builtins over udp:"
        " only the program knows the peers.");
    for (size_t i = 0; i < r->defaults.count; i++)
        if (strncmp(r->defaults.attrs[i].name, "log_", 4) == 0)
            ctl_comment("- %s: doorward has one log for all, see doorward(8); option -l adds"
                        " accepts and exits.",
                        r->defaults.attrs[i].name);
    for (size_t i = 0; i < r->defaults.doubts.count; i++)
        ctl_comment("- defaults: %s", r->defaults.doubts.at[i]);
    if (r->off)
        ctl_comment("No service is on: %s", r->off);
    (void)putchar('\n'); /* main looks at stdout in the end */
}

/* Whoever touches a sensor is refused by every service from then on. */
static void look_for_sensors(struct reading *r)
{
    static const char why[] = "a service has flag SENSOR, which is to protect all of them.";
    for (size_t i = 0; i < r->count && !r->off; i++) {
        struct ctl_words flags = xin_words(&r->entries[i], "flags");
        if (ctl_words_have(&flags, "SENSOR") && !xin_is(&r->entries[i], "disable", "yes"))
            r->off = ctl_copy(why, sizeof why - 1);
    }
}

int ctl_import_xinetd(const char *path)
{
    struct reading r = {.count = 0};
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        read_folder(&r, path);
    else
        read_file(&r, path);
    if (r.defaults.broken && !r.off)
        r.off = ctl_copy(r.defaults.broken, strlen(r.defaults.broken));
    look_for_sensors(&r);
    print_head(path, &r);
    struct xin_world world = {.defaults = &r.defaults, .off = r.off};
    struct ctl_words served = {.at = NULL};
    for (size_t i = 0; i < r.count; i++) {
        struct xin_entry *e = &r.entries[i];
        for (size_t k = 0; xin_given_last[k]; k++)
            xin_inherit(e, &r.defaults, xin_given_last[k]);
        if (!xin_find(e, "interface"))
            xin_inherit(e, &r.defaults, "bind");
        if (!xin_find(e, "bind"))
            xin_inherit(e, &r.defaults, "interface");
        xin_map(e, &world, &served);
        xin_free(e);
    }
    ctl_words_free(&served);
    free(r.entries);
    free(r.off);
    xin_free(&r.defaults);
    return r.errors ? EX_CONFIG : 0;
}
