/* ctl/import/xinetd.c -- read the configuration of xinetd: sections, attributes, included files */
#include "config.h"

#include "ctl/import/xinetd.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "ctl/import/xinetd_map.h"

enum { DEEPEST = 16 }; /* file in file */

struct reading {
    struct xin_entry *entries;
    size_t count;
    struct xin_entry defaults;
    struct xin_entry *open; /* between its braces */
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

/* --- lines ------------------------------------------------------------------------------------ */

/* NAME =|+=|-= VALUE ... */
static void read_attr(struct reading *r, const struct source *at, const char *text)
{
    size_t len = strcspn(text, " \t=+-");
    const char *op = text + len + strspn(text + len, " \t");
    bool add = strncmp(op, "+=", 2) == 0, take = strncmp(op, "-=", 2) == 0;
    if (len == 0 || (!add && !take && *op != '=')) {
        complain(r, at, "no attribute:", text);
        return;
    }
    struct xin_attr *a = xin_make(r->open, text, len);
    struct ctl_words values = {.at = NULL};
    ctl_words_split(&values, op + (add || take ? 2 : 1));
    a->replaces |= !add && !take;
    for (size_t i = 0; i < values.count; i++) {
        char minus[1024];
        if (!take)
            ctl_words_add(&a->values, values.at[i], strlen(values.at[i]));
        else if (a->replaces || ctl_words_have(&a->values, values.at[i]))
            ctl_words_remove(&a->values, values.at[i]);
        else if (text_fits(minus, sizeof minus, "-%s", values.at[i]))
            ctl_words_add(&a->values, minus, strlen(minus));
    }
    ctl_words_free(&values);
}

static void begin_entry(struct reading *r, const struct source *at, const char *name, size_t len)
{
    if (!name) {
        r->open = &r->defaults;
    } else {
        r->entries = ctl_grow(r->entries, (r->count + 1) * sizeof *r->entries);
        r->open = &r->entries[r->count++];
        *r->open = (struct xin_entry){.name = ctl_copy(name, len),
                                      .file = ctl_copy(at->file, strlen(at->file)),
                                      .line = at->line};
    }
}

static void read_file(struct reading *r, const char *path);
static void read_folder(struct reading *r, const char *path);

/* Outside of the sections. */
static void read_directive(struct reading *r, const struct source *at, const char *text)
{
    size_t len = strcspn(text, " \t\r\n{");
    const char *arg = text + len + strspn(text + len, blanks);
    size_t arg_len = strcspn(arg, " \t\r\n{");
    if (strncmp(text, "service", len) == 0 && len == 7 && arg_len > 0) {
        begin_entry(r, at, arg, arg_len);
    } else if (strncmp(text, "defaults", len) == 0 && len == 8) {
        begin_entry(r, at, NULL, 0);
    } else if (strncmp(text, "include", 7) == 0 && arg_len > 0 && (len == 7 || len == 10)) {
        char *path = ctl_copy(arg, arg_len);
        if (len == 7)
            read_file(r, path);
        else
            read_folder(r, path);
        free(path);
    } else {
        complain(r, at, "neither service, defaults, include nor includedir:", text);
    }
}

static void read_line(struct reading *r, const struct source *at, char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]))
        text[--len] = '\0';
    text += strspn(text, blanks);
    if (*text == '\0' || *text == '#')
        return;
    if (strcmp(text, "{") == 0) {
        if (!r->open)
            complain(r, at, "a brace without a service", "");
    } else if (strcmp(text, "}") == 0) {
        r->open = NULL;
    } else if (r->open) {
        read_attr(r, at, text);
    } else {
        read_directive(r, at, text);
    }
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
    if (ferror(in) || r->open)
        complain(r, &at, r->open ? "a closing brace is missing" : strerror(errno), "");
    r->open = NULL;
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
    (void)putchar('\n'); /* main looks at stdout in the end */
}

int ctl_import_xinetd(const char *path)
{
    struct reading r = {.count = 0};
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        read_folder(&r, path);
    else
        read_file(&r, path);
    print_head(path, &r);
    for (size_t i = 0; i < r.count; i++) {
        xin_merge(&r.entries[i], &r.defaults);
        xin_map(&r.entries[i], &r.defaults);
        xin_free(&r.entries[i]);
    }
    free(r.entries);
    xin_free(&r.defaults);
    return r.errors ? EX_CONFIG : 0;
}
