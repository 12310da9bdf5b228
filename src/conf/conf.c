/* conf/conf.c -- a load: its files one after the other, to a table */
#include "config.h"

#include "conf/address.h"
#include "conf/ask.h"
#include "conf/name.h"
#include "conf/source.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct conf_load {
    struct conf c;
    const char *const *paths; /* still to be read */
    size_t count;
    struct conf_paths folder; /* the files of the folder that is being read */
    size_t next;              /* of them */
    bool layered;             /* opt->folder had its turn */
    struct ask *own;          /* to be freed; NULL: the caller's */
};

/* --- from file to file ----------------------------------------------------------------------- */

static void read_path(struct conf *c, const char *path, enum conf_role role)
{
    const struct place whole = {.file = path};
    struct conf_text text;

    if (conf_read(c, &whole, path, role, &text))
        source_begin(c, &text);
}

static void read_argument(struct conf_load *l, const char *path)
{
    bool is_folder;

    if (conf_folder(&l->c, path, &is_folder, &l->folder) && !is_folder)
        read_path(&l->c, path, CONF_ARGUMENT);
}

/* What has not been read yet. False: it was, or there is none. */
static bool read_instead(struct conf *c)
{
    const char *path = c->opt->instead;

    if (!path || c->replaced)
        return false;
    read_path(c, path, CONF_ARGUMENT);
    return true;
}

/* Begin what comes next. False: there is nothing. */
static bool read_next(struct conf_load *l)
{
    if (l->next < l->folder.count) {
        read_path(&l->c, l->folder.at[l->next++], CONF_FOUND);
        return true;
    }
    conf_paths_free(&l->folder);
    l->next = 0;
    if (l->count == 0 && l->c.opt->folder && !l->layered) {
        l->layered = true;
        if (conf_layers(&l->c, &l->folder))
            return true;
    }
    if (l->count == 0)
        return read_instead(&l->c);
    l->count--;
    read_argument(l, *l->paths++);
    return true;
}

/* For the load itself, or for an answer. */
static bool out_of_memory(struct conf *c)
{
    if (ask_lost(c->ask))
        (void)conf_no_memory(c); /* which is what we return */
    return c->no_memory;
}

bool conf_load_step(struct conf_load *l, size_t statements)
{
    for (; statements > 0 && !out_of_memory(&l->c); statements--) {
        if (l->c.reading)
            source_step(&l->c);
        else if (!read_next(l))
            return false;
    }
    return !out_of_memory(&l->c);
}

/* --- its beginning and its end --------------------------------------------------------------- */

static bool comes_later(const struct table *t, const struct service *s, const struct service *than)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i] == s || t->services[i] == than)
            return t->services[i] == than;
    return false;
}

static void lost(void *arg, const struct service *loser, const struct service *winner,
                 const char *at)
{
    struct conf *c = arg;
    const struct place place = {loser->entry->file, loser->entry->line, loser->entry->column};
    char escaped[4 * 256];
    struct text t;

    /* One line for both families of a port: they come in a row. */
    const char *colon = strrchr(at, ':'), *port = colon && *at != '/' ? colon + 1 : "";
    if (c->loser == loser && c->winner == winner && *port && strcmp(c->lost_port, port) == 0)
        return;
    (void)text_fits(c->lost_port, sizeof c->lost_port, "%s", port); /* a number */
    c->loser = loser;
    c->winner = winner;
    text_init(&t, escaped, sizeof escaped);
    text_escape(&t, at, strlen(at));
    conf_warn(c, &place, "%s (%s, %s) is served by the %sentry at %s:%u",
              conf_quote(c, loser->entry->word), service_proto_name(loser), escaped,
              comes_later(c->table, winner, loser) ? "later " : "", winner->entry->file,
              winner->entry->line);
}

struct conf_load *conf_load_begin(const char *const *paths, size_t count,
                                  const struct conf_options *opt, const struct conf_report *report)
{
    struct conf_load *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->paths = paths;
    l->count = count;
    l->own = opt->ask ? NULL : ask_system();
    l->c.opt = opt;
    l->c.report = report;
    l->c.ask = opt->ask ? opt->ask : l->own;
    l->c.table = table_new();
    if (l->c.table)
        l->c.table->handlers_max = opt->handlers_max;
    if (l->c.table && l->c.ask)
        return l;
    conf_load_drop(l);
    return NULL;
}

struct conf_load *conf_load_begin_text(const char *file, const char *text, size_t len,
                                       const struct conf_options *opt,
                                       const struct conf_report *report)
{
    struct conf_load *l = conf_load_begin(NULL, 0, opt, report);
    struct conf_text whole = {.bytes = text, .len = len};

    if (!l)
        return NULL;
    whole.file = table_file(l->c.table, file);
    if (whole.file)
        source_begin(&l->c, &whole);
    else
        (void)conf_no_memory(&l->c); /* the next step sees it */
    return l;
}

void conf_load_drop(struct conf_load *l)
{
    if (!l)
        return;
    while (l->c.reading)
        source_end(&l->c);
    conf_paths_free(&l->folder);
    conf_forget_host(&l->c);
    conf_forget_users(&l->c);
    ask_free(l->own);
    for (size_t i = 0; i < CONF_RECENT; i++)
        settings_unref(l->c.recent[i]);
    table_free(l->c.table);
    free(l);
}

struct table *conf_load_end(struct conf_load *l, size_t *errors)
{
    struct table *t = NULL;

    if (!out_of_memory(&l->c) && !l->c.opt->all && !table_settle(l->c.table, lost, &l->c))
        (void)conf_no_memory(&l->c); /* counted */
    if (!l->c.no_memory) {
        t = l->c.table;
        l->c.table = NULL;
    }
    *errors = l->c.errors;
    conf_load_drop(l);
    return t;
}

/* All of it at once. */
static struct table *load(struct conf_load *l, const struct conf_report *report, size_t *errors)
{
    const struct place nowhere = {.file = "configuration"};

    if (l) {
        while (conf_load_step(l, SIZE_MAX))
            ;
        return conf_load_end(l, errors);
    }
    *errors = 1;
    report->say(report->arg, &nowhere, CONF_ERROR, "out of memory");
    return NULL;
}

struct table *conf_load(const char *const *paths, size_t count, const struct conf_options *opt,
                        const struct conf_report *report, size_t *errors)
{
    return load(conf_load_begin(paths, count, opt, report), report, errors);
}

struct table *conf_load_text(const char *file, const char *text, size_t len,
                             const struct conf_options *opt, const struct conf_report *report,
                             size_t *errors)
{
    return load(conf_load_begin_text(file, text, len, opt, report), report, errors);
}
