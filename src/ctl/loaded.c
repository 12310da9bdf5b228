/* ctl/loaded.c -- how the last load of the configuration went, in words */
#include "config.h"

#include "ctl/loaded.h"

#include <string.h>

#include "base/text.h"

static void add_value(struct text *t, const char *value)
{
    text_escape(t, value, strlen(value));
}

/* "3 kept, 1 added (git), 0 changed, 0 removed" */
static void add_counts(const struct ctl_row *load, struct text *t)
{
    static const struct {
        const char *count, *names;
    } words[] = {{"kept", ""},
                 {"added", "added_services"},
                 {"changed", "changed_services"},
                 {"removed", "removed_services"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *names = ctl_row_get(load, words[i].names);
        text_add(t, "%s", i ? ", " : "");
        add_value(t, ctl_row_get(load, words[i].count));
        text_add(t, " %s%s", words[i].count, *names ? " (" : "");
        add_value(t, names);
        text_add(t, "%s", *names ? ")" : "");
    }
}

/* "2 errors, the first: a.conf:3:4: error: ..." */
static void add_errors(const struct ctl_row *load, struct text *t)
{
    const char *count = ctl_row_get(load, "errors"), *error = ctl_row_get(load, "error");
    bool one = strcmp(count, "1") == 0;
    add_value(t, count);
    text_add(t, " error%s", one ? "" : "s");
    if (*error)
        text_add(t, "%s: ", one ? "" : ", the first");
    add_value(t, error);
}

void ctl_loaded_tell(const struct ctl_rows *rows, bool short_of, struct text *to)
{
    const struct ctl_row *load = &rows->load;
    const char *result = ctl_row_get(load, "result"), *nothing = ctl_row_get(load, "nothing");
    bool good = strcmp(result, "good") == 0, start = strcmp(result, "start") == 0;
    if (*nothing) {
        text_add(to, "nothing is served: ");
        add_value(to, nothing);
        text_add(to, "\n");
    }
    if (!*result || (good && short_of) || (start && strcmp(ctl_row_get(load, "errors"), "0") == 0))
        return;
    text_add(to, "%s", good ? "reloaded" : start ? "started" : "the last reload,");
    ctl_row_ago(load, "age", " ", "", to);
    text_add(to, "%s", good ? ": " : start ? " with " : ", changed nothing: ");
    if (good)
        add_counts(load, to);
    else
        add_errors(load, to);
    text_add(to, "\n");
}
