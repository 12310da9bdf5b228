/* daemon/entries.c -- --entries: where each entry stands, for doorwardctl, which changes them */
#include "config.h"

#include "daemon/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "conf/ask.h"
#include "daemon/report.h"

static const char mark[] = "#<off>#"; /* as Debian's update-inetd writes it */

/* Where a service stands. */
struct spot {
    const char *state, *file;
    size_t line, at, end, onoff;
};

/* What all of it needs. */
struct listing {
    const struct server_options *o;
    const char *name;
    struct ask *ask;
    bool memory; /* there was enough */
};

/* --- records --------------------------------------------------------------------------------- */

static void put(const char *field)
{
    (void)fputs(field, stdout); /* looked at in the end; so for all here */
    (void)putchar('\0');
}

static void put_number(size_t n)
{
    (void)printf("%zu", n);
    (void)putchar('\0');
}

static void put_line(void *arg, const char *line)
{
    (void)arg;
    put(line);
}

/* Is it that name, or that place? */
static bool is_named(const struct service *s, const struct spot *spot, const char *name)
{
    char place[4200];

    if (!name)
        return false;
    return service_is_named(s, name) ||
           (text_fits(place, sizeof place, "%s:%zu", spot->file, spot->line) &&
            strcmp(place, name) == 0);
}

static void put_addresses(const struct service *s)
{
    char at[ADDR_TEXT];

    for (size_t i = 0; i < s->nlisteners; i++)
        (void)printf("%s%s", i ? " " : "", listener_address(service_listeners(s)[i], at));
    (void)putchar('\0');
}

static void put_service(struct listing *l, struct service *s, const struct spot *spot)
{
    struct table one = {.services = &s, .count = 1};

    put(spot->state);
    put(is_named(s, spot, l->name) ? "named" : "");
    put(spot->file);
    put_number(spot->line);
    put_number(spot->at);
    put_number(spot->end);
    put_number(spot->onoff);
    put(s->entry->name);
    put(service_proto_name(s));
    put_addresses(s);
    l->memory &= conf_print(&one, put_line, NULL);
}

/* Does `name` mean `word`, with a protocol behind it or not? */
static bool is_word(const char *name, const char *word, const char *protocol)
{
    size_t len = word ? strlen(word) : 0;
    return len > 0 && strncmp(name, word, len) == 0 &&
           (!name[len] || (name[len] == '/' && protocol && strcmp(name + len + 1, protocol) == 0));
}

static void put_broken(void *arg, const struct conf_broken *b)
{
    const struct listing *l = arg;
    char place[4200];
    bool placed = text_fits(place, sizeof place, "%s:%u", b->place->file, b->place->line);
    bool named = l->name && (is_word(l->name, b->service, b->protocol) ||
                             is_word(l->name, b->name, b->protocol) ||
                             (placed && strcmp(l->name, place) == 0));
    put("broken");
    put(named ? "named" : "");
    put(b->place->file);
    put_number(b->place->line);
    put_number(b->at);
    put_number(b->end);
    put_number(b->onoff);
    put(b->name ? b->name : b->service ? b->service : "");
    put(b->protocol ? b->protocol : "");
    put("");
    put("");
}

static void put_file(const char *file)
{
    for (int i = 0; i < ENTRIES_FIELDS; i++)
        put(i == 0 ? "file" : i == 2 ? file : "");
}

/* --- commented out --------------------------------------------------------------------------- */

/* The services that `text` would be; what is none is a comment that only looks like one. */
static void put_commented(struct listing *l, const char *text, size_t len, const struct spot *spot)
{
    struct conf_options conf = l->o->conf;
    size_t errors;

    conf.all = true;
    conf.instead = NULL;
    conf.folder = NULL;
    conf.ask = l->ask;
    struct table *t = conf_load_text(spot->file, text, len, &conf, &report_nobody, &errors);
    l->memory = l->memory && t;
    for (size_t i = 0; t && i < t->count; i++)
        put_service(l, t->services[i], spot);
    table_free(t);
}

static size_t line_end(const char *bytes, size_t len, size_t at)
{
    const char *end = at < len ? memchr(bytes + at, '\n', len - at) : NULL;
    return end ? (size_t)(end - bytes) + 1 : len;
}

static bool is_marked(const char *bytes, size_t len, size_t at)
{
    size_t n = strlen(mark);
    return len - at > n && memcmp(bytes + at, mark, n) == 0;
}

/* What stands behind the mark at `at`, without the one blank that is the mark's. */
static size_t behind_mark(const char *bytes, size_t len, size_t at)
{
    at += strlen(mark);
    return at < len && (bytes[at] == ' ' || bytes[at] == '\t') ? at + 1 : at;
}

static bool goes_on(const char *bytes, size_t len, size_t at)
{
    size_t first = is_marked(bytes, len, at) ? behind_mark(bytes, len, at) : len;
    return first < len && (bytes[first] == ' ' || bytes[first] == '\t');
}

/* The entry whose marked lines start at `spot->at`: to its end. */
static void read_commented(struct listing *l, const char *bytes, size_t len, struct spot *spot)
{
    char *text = malloc(len - spot->at);
    size_t used = 0, at = spot->at, lines = 0;

    l->memory = l->memory && text;
    do {
        size_t from = behind_mark(bytes, len, at), end = line_end(bytes, len, at);
        while (lines == 0 && from < end && (bytes[from] == ' ' || bytes[from] == '\t'))
            from++;
        if (text)
            memcpy(text + used, bytes + from, end - from);
        used += end - from;
        at = end;
        lines++;
    } while (at < len && goes_on(bytes, len, at));
    spot->end = at;
    if (text)
        put_commented(l, text, used, spot);
    free(text);
    spot->line += lines;
    spot->at = at;
}

static void put_commented_of(struct listing *l, const char *file)
{
    const char *instead = l->o->conf.instead;
    bool replaced = instead && strcmp(instead, file) == 0;
    /* As it was read: from there, and at once. */
    struct answer a =
        ask(l->ask, replaced ? ASK_ARGUMENT : ASK_FILE, replaced ? "/dev/stdin" : file, NULL);
    struct spot spot = {.state = "commented", .file = file, .line = 1};

    if (a.failed || a.len < sizeof(struct ask_file))
        return;
    const char *bytes = a.bytes + sizeof(struct ask_file);
    size_t len = a.len - sizeof(struct ask_file);
    while (spot.at < len) {
        if (is_marked(bytes, len, spot.at)) {
            read_commented(l, bytes, len, &spot);
        } else {
            spot.at = line_end(bytes, len, spot.at);
            spot.line++;
        }
    }
}

/* --- all of it ------------------------------------------------------------------------------- */

static void put_table(struct listing *l, const struct table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct entry *e = t->services[i]->entry;
        const struct span *at = &t->spans[e->span - 1];
        const struct spot spot = {
            e->off ? "off" : "on", e->file, e->line, at->at, at->end, at->onoff};
        put_service(l, t->services[i], &spot);
    }
    for (size_t i = 0; i < t->nfiles; i++) {
        put_file(t->files[i]);
        put_commented_of(l, t->files[i]);
    }
}

int entries_print(const struct server_options *o, const char *name)
{
    struct listing l = {o, name, ask_system(), true};
    struct conf_options conf = o->conf;
    size_t errors = 0;

    conf.all = true;
    conf.broken = put_broken;
    conf.broken_arg = &l;
    conf.ask = l.ask;
    struct table *t = l.ask ? conf_load(o->paths, o->npaths, &conf, &report_stderr, &errors) : NULL;
    l.memory = t;
    if (t)
        put_table(&l, t);
    bool good = l.memory && !ask_lost(l.ask) && fflush(stdout) == 0 && !ferror(stdout);
    if (!good)
        (void)fputs("doorward: the entries cannot be told\n", stderr); /* as above */
    table_free(t);
    ask_free(l.ask);
    return !good ? EX_OSERR : errors > 0 ? EX_CONFIG : 0;
}
