/* fuzz/conf.c -- a configuration to a table and its text, for libFuzzer and fuzz/replay.c
 *
 * The input is a configuration. What stands behind a line "%%" is a second one, which the first can
 * reach with ".include inc". No name service is asked and nothing else is opened. */
#include "config.h"

#include "conf/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz_conf.XXXXXX";
static char main_name[sizeof folder + 8], include_name[sizeof folder + 8];

static void clean_up(void)
{
    (void)unlink(include_name); /* it may not be there */
    (void)rmdir(folder);        /* what stays is small, and in /tmp */
}

/* Once, in the first call. */
static void set_up(void)
{
    if (main_name[0] != '\0')
        return;
    if (!mkdtemp(folder))
        abort();
    (void)snprintf(main_name, sizeof main_name, "%s/main", folder);
    (void)snprintf(include_name, sizeof include_name, "%s/inc", folder);
    (void)atexit(clean_up);
}

static void write_include(const char *text, size_t len)
{
    FILE *f = fopen(include_name, "w");

    if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
        abort();
}

/* A problem has a place in a file and one line of printable text. */
static void say(void *arg, const struct place *at, enum conf_severity severity, const char *text)
{
    size_t *told = arg;

    if (!at->file || (at->line == 0) != (at->column == 0) || *text == '\0')
        abort();
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            abort();
    *told += severity == CONF_ERROR;
}

static void put(void *arg, const char *line)
{
    size_t *lines = arg;

    (*lines)++;
    if (*line == '\0' || strchr(line, '\n'))
        abort();
}

static void check_table(const struct table *t)
{
    size_t lines = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        if ((s->nlisteners == 0) != (s->entry->proto == PROTO_TCPMUX) || !s->entry->settings->who ||
            !s->entry->program->argv[0] || !s->entry->program->builtin == !s->entry->program->path)
            abort();
    }
    if (!conf_print(t, put, &lines) || lines != t->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n%%\n";
    const char *text = (const char *)data;
    const char *split = memmem(text, size, mark, sizeof mark - 1);
    size_t len = split ? (size_t)(split - text) + 1 : size, errors = 0, told = 0;
    struct ask *nobody = ask_offline();
    const struct conf_options opt = {.ask = nobody, .check_only = true};
    const struct conf_report report = {say, &told};
    struct table *t;

    if (!nobody)
        abort();
    set_up();
    if (split)
        write_include(split + sizeof mark - 1, size - len - (sizeof mark - 2));
    t = conf_load_text(main_name, text, len, &opt, &report, &errors);
    if (!t || told != errors)
        abort();
    check_table(t);
    table_free(t);
    ask_free(nobody);
    if (split)
        (void)unlink(include_name); /* the next input has its own */
    return 0;
}
