/* ctl/import/systemd_rows.c -- keys of a section, each by its row of a table; sizes and times */
#include "config.h"

#include "ctl/import/systemd_rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/value.h"

/* --- numbers ---------------------------------------------------------------------------------- */

bool sysd_size(const char *value, char *out, size_t size)
{
    uint64_t n = 0;
    size_t len = strlen(value);
    if (strcmp(value, "infinity") == 0)
        return text_fits(out, size, "unlimited");
    if (len > 1 && value[len - 1] == 'T') {
        char head[32];
        return text_fits(head, sizeof head, "%.*s", (int)len - 1, value) &&
               !value_number(head, 0, 8000000, &n) &&
               text_fits(out, size, "%llug", (unsigned long long)n * 1024);
    }
    return !value_size(value, INT64_MAX, &n) && text_fits(out, size, "%s", value);
}

bool sysd_time(const char *value, unsigned long *ms)
{
    static const struct {
        const char *name;
        unsigned long ms;
    } units[] = {{"", 1000},        {"ms", 1},      {"s", 1000},        {"sec", 1000},
                 {"m", 60000},      {"min", 60000}, {"h", 3600000},     {"hr", 3600000},
                 {"d", 86400000UL}, {"us", 0},      {"minutes", 60000}, {"seconds", 1000}};
    *ms = 0;
    while (*value) {
        char *end;
        unsigned long n = strtoul(value, &end, 10);
        size_t i = 0, count = sizeof units / sizeof units[0];
        char name[16];
        if (end == value || n > 1000000000UL)
            return false;
        value = end + strspn(end, " ");
        size_t len = strcspn(value, " 0123456789");
        if (!text_fits(name, sizeof name, "%.*s", (int)len, value))
            return false;
        while (i < count && strcmp(units[i].name, name) != 0)
            i++;
        if (i == count)
            return false;
        *ms += n * units[i].ms;
        value += len + strspn(value + len, " ");
    }
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

void sysd_say(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    ctl_def_note(&s->def, "%s=%s: %s", row->name, value, row->why);
}

void sysd_say_weak(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    ctl_def_weak(&s->def, "%s=%s: %s", row->name, value, row->why);
}

bool sysd_is_no(const char *value)
{
    bool yes = true;
    return (!value_bool(value, &yes) && !yes) || strcmp(value, "0") == 0 ||
           strcasecmp(value, "n") == 0 || strcasecmp(value, "f") == 0;
}

void sysd_say_guard(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (!sysd_is_no(value))
        ctl_def_weak(&s->def, "%s=%s: %s", row->name, value,
                     row->why ? row->why : "doorward has no such protection.");
}

void sysd_mode_key(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    unsigned mode = 0;
    if (!value_mode(value, &mode) && mode <= 0777)
        ctl_def_raw(&s->def, row->key, "%04o", mode);
    else
        ctl_def_weak(&s->def, "%s=%s: no mode.", row->name, value);
}

void sysd_word(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    ctl_def_key(&s->def, row->key, value);
}

void sysd_size_key(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    char size[64];
    if (sysd_size(value, size, sizeof size) && strcmp(size, "unlimited") != 0)
        ctl_def_key(&s->def, row->key, size);
    else
        ctl_def_note(&s->def, "%s=%s: no size.", row->name, value);
}

/* Is there no later line of the same name? */
static bool is_last(const struct unit *u, size_t i)
{
    for (size_t j = i + 1; j < u->count; j++)
        if (strcmp(u->lines[j].section, u->lines[i].section) == 0 &&
            strcmp(u->lines[j].key, u->lines[i].key) == 0)
            return false;
    return true;
}

void sysd_map_rows(struct sysd_import *s, const struct unit *u, const char *section,
                   const struct sysd_row *rows, size_t count)
{
    for (size_t i = 0; i < u->count; i++) {
        const struct unit_line *l = &u->lines[i];
        size_t j = 0;
        if (strcmp(l->section, section) != 0 || !is_last(u, i))
            continue;
        while (j < count && strcmp(rows[j].name, l->key) != 0)
            j++;
        if (j == count)
            sysd_say_guard(s, &(const struct sysd_row){.name = l->key}, l->value);
        else if (rows[j].map)
            rows[j].map(s, &rows[j], l->value);
    }
}
