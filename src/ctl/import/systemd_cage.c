/* ctl/import/systemd_cage.c -- what protects a service of systemd's, as keys of the cage */
#include "config.h"

#include "ctl/import/systemd_cage.h"

#include <string.h>

#include "base/value.h"

/* What protects is no protection where it is left out: once for all of its keys. */
static void require(struct sysd_import *s)
{
    if (!s->requires)
        ctl_def_raw(&s->def, "require", "yes");
    s->requires = true;
}

static bool is_yes(const char *value)
{
    bool yes = false;
    return (!value_bool(value, &yes) && yes) || strcmp(value, "1") == 0 ||
           strcmp(value, "y") == 0 || strcmp(value, "t") == 0;
}

void cage_switch(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (is_yes(value)) {
        ctl_def_raw(&s->def, row->key, "yes");
        require(s);
    } else {
        sysd_say_guard(s, row, value);
    }
}

void cage_tmp(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (!is_yes(value)) {
        sysd_say_guard(s, row, value);
        return;
    }
    ctl_def_note(&s->def, "%s: each handler has its own, of 64 MiB.", row->name);
    ctl_def_raw(&s->def, row->key, "64m");
    require(s);
}

/* Of root's service the set is what it has; of another one it is what could be got back. */
void cage_caps(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    const char *user = unit_get(&s->service, "Service", "User");
    struct ctl_words all = {.at = NULL};
    bool is_root = !user || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;
    if (*value == '~' || unit_get(&s->service, "Service", "AmbientCapabilities")) {
        ctl_def_weak(&s->def, "%s=%s: write which are left, as capabilities = NAME.", row->name,
                     value);
        return;
    }
    if (is_root)
        unit_words(&s->service, "Service", row->name, &all);
    if (all.count > 0)
        ctl_def_list(&s->def, row->key, &all);
    else
        ctl_def_raw(&s->def, row->key, "none");
    require(s);
    ctl_words_free(&all);
}

/* All but the kernel's own folders and what ReadWritePaths names is closed. */
void cage_system(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    struct ctl_words all = {.at = NULL}, good = {.at = NULL};
    if (strcmp(value, "strict") != 0) {
        sysd_say_guard(s, row, value);
        return;
    }
    unit_words(&s->service, "Service", "ReadWritePaths", &all);
    ctl_words_add(&good, "/dev", 4);
    ctl_words_add(&good, "/proc", 5);
    ctl_words_add(&good, "/sys", 4);
    for (size_t i = 0; i < all.count; i++) {
        const char *path = all.at[i] + (*all.at[i] == '-');
        if (*path == '/')
            ctl_words_add(&good, path, strlen(path));
        else
            ctl_def_weak(&s->def, "ReadWritePaths=%s: write the path.", all.at[i]);
    }
    ctl_def_list(&s->def, row->key, &good);
    require(s);
    ctl_words_free(&all);
    ctl_words_free(&good);
}

void cage_families(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (strcmp(value, "none") == 0) {
        ctl_def_raw(&s->def, row->key, "none");
        require(s);
    } else {
        ctl_def_weak(&s->def, "%s=%s: connect = names ports, udp, or sockets by path.", row->name,
                     value);
    }
}

/* "~" stands before a list of what is not allowed. False: it says more than names. */
static bool put_calls(struct ctl_words *out, const struct ctl_words *all)
{
    char word[80];
    bool refuses = all->count > 0 && *all->at[0] == '~';
    for (size_t i = 0; i < all->count; i++) {
        const char *name = all->at[i] + (i == 0 && refuses);
        if (*name == '~' || strchr(name, ':') ||
            !text_fits(word, sizeof word, "%s%s", refuses ? "!" : "", name))
            return false;
        if (*name)
            ctl_words_add(out, word, strlen(word));
    }
    return true;
}

/* How often the unit has it: lists of two kinds are not one list here. */
static size_t lines_of(const struct unit *u, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < u->count; i++)
        n += strcmp(u->lines[i].key, key) == 0;
    return n;
}

void cage_calls(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    struct ctl_words all = {.at = NULL}, good = {.at = NULL};
    const char *error = unit_get(&s->service, "Service", "SystemCallErrorNumber");
    bool mixed = lines_of(&s->service, row->name) > 1 && strchr(value, '~');
    unit_words(&s->service, "Service", row->name, &all);
    if (mixed || !put_calls(&good, &all) || (error && strcmp(error, "EPERM") != 0)) {
        ctl_def_weak(&s->def, "%s=%s: write it as system_calls = @set, NAME or !NAME.", row->name,
                     value);
    } else {
        if (!error)
            ctl_words_add(&good, "kill", 4);
        ctl_def_list(&s->def, row->key, &good);
        require(s);
    }
    ctl_words_free(&all);
    ctl_words_free(&good);
}

void cage_label(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    value += *value == '-';
    ctl_def_key(&s->def, row->key, value);
    require(s);
}

void cage_keyring(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (strcmp(value, "private") == 0)
        ctl_def_raw(&s->def, row->key, "yes");
    else if (strcmp(value, "inherit") != 0)
        ctl_def_weak(&s->def, "%s=%s: %s", row->name, value, "doorward has no such protection.");
}
