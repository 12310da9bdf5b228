/* ctl/import/systemd_unit.c -- unit files of systemd, read: systemd.syntax(7) */
#include "config.h"

#include "ctl/import/systemd_unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/ctl.h"

static const char blanks[] = " \t\r\n";

static void trim(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]))
        text[--len] = '\0';
}

static void forget(struct unit *u, const char *section, const char *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < u->count; i++) {
        struct unit_line *l = &u->lines[i];
        if (strcmp(l->section, section) == 0 && strcmp(l->key, key) == 0) {
            free(l->section);
            free(l->key);
            free(l->value);
        } else {
            u->lines[kept++] = *l;
        }
    }
    u->count = kept;
}

static void assign(struct unit *u, const char *section, char *line)
{
    char *value = strchr(line, '=');
    if (!value)
        return; /* systemd passes over it with a warning */
    *value++ = '\0';
    value += strspn(value, blanks);
    trim(line);
    trim(value);
    if (*value == '\0') {
        forget(u, section, line);
        return;
    }
    u->lines = ctl_grow(u->lines, (u->count + 1) * sizeof *u->lines);
    u->lines[u->count++] = (struct unit_line){.section = ctl_copy(section, strlen(section)),
                                              .key = ctl_copy(line, strlen(line)),
                                              .value = ctl_copy(value, strlen(value))};
}

/* One whole line, continuations joined. */
static void read_line(struct unit *u, char *section, size_t size, char *line)
{
    trim(line);
    line += strspn(line, blanks);
    if (*line == '[') {
        line[strcspn(line, "]")] = '\0';
        if (!text_fits(section, size, "%s", line + 1))
            *section = '\0';
    } else if (*line) {
        assign(u, section, line);
    }
}

/* "\" at a line's end goes on with the next, as a blank; comments between them are skipped. */
static bool read_file(struct unit *u, const char *path)
{
    FILE *in = fopen(path, "re");
    char section[64] = "", *line = NULL, *whole = ctl_copy("", 0);
    size_t size = 0, len = 0;
    if (!in) {
        free(whole);
        return false;
    }
    while (getline(&line, &size, in) >= 0) {
        const char *start = line + strspn(line, blanks);
        if (*start == '#' || *start == ';')
            continue;
        line[strcspn(line, "\r\n")] = '\0';
        size_t more = strlen(line);
        bool goes_on = more > 0 && line[more - 1] == '\\';
        if (goes_on)
            line[more - 1] = ' ';
        whole = ctl_grow(whole, len + more + 1);
        memcpy(whole + len, line, more + 1);
        len += more;
        if (goes_on)
            continue;
        read_line(u, section, sizeof section, whole);
        len = 0;
        whole[0] = '\0';
    }
    read_line(u, section, sizeof section, whole);
    bool good = !ferror(in);
    (void)fclose(in); /* only read */
    free(line);
    free(whole);
    return good;
}

static int is_drop_in(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static void read_drop_ins(struct unit *u)
{
    char folder[4200], path[4500];
    struct dirent **names;
    int n = text_fits(folder, sizeof folder, "%s.d", u->path)
                ? scandir(folder, &names, is_drop_in, alphasort)
                : -1;
    if (n < 0)
        return; /* most units have none */
    for (int i = 0; i < n; i++) {
        if (text_fits(path, sizeof path, "%s/%s", folder, names[i]->d_name) && !read_file(u, path))
            ctl_complain("%s: %s", path, strerror(errno));
        free(names[i]);
    }
    free(names);
}

/* Where the unit stands. */
static bool find(struct unit *u, const char *name, const char *beside)
{
    static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system",
                                          "/usr/local/lib/systemd/system",
                                          "/usr/lib/systemd/system", "/lib/systemd/system"};
    const char *slash = beside ? strrchr(beside, '/') : NULL;
    if (!beside && text_fits(u->path, sizeof u->path, "%s", name) && access(name, R_OK) == 0)
        return true;
    if (strchr(name, '/'))
        return false;
    if (slash &&
        text_fits(u->path, sizeof u->path, "%.*s/%s", (int)(slash - beside), beside, name) &&
        access(u->path, R_OK) == 0)
        return true;
    if (beside && !slash && access(name, R_OK) == 0)
        return text_fits(u->path, sizeof u->path, "%s", name);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (text_fits(u->path, sizeof u->path, "%s/%s", folders[i], name) &&
            access(u->path, R_OK) == 0)
            return true;
    return false;
}

bool unit_read(struct unit *u, const char *name, const char *beside)
{
    u->lines = NULL;
    u->count = 0;
    if (find(u, name, beside) && read_file(u, u->path)) {
        read_drop_ins(u);
        return true;
    }
    ctl_complain("%s: %s", name, strerror(errno));
    return false;
}

void unit_free(struct unit *u)
{
    for (size_t i = 0; i < u->count; i++) {
        free(u->lines[i].section);
        free(u->lines[i].key);
        free(u->lines[i].value);
    }
    free(u->lines);
    u->lines = NULL;
    u->count = 0;
}

/* --- values ----------------------------------------------------------------------------------- */

const char *unit_get(const struct unit *u, const char *section, const char *key)
{
    const char *value = NULL;
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->lines[i].section, section) == 0 && strcmp(u->lines[i].key, key) == 0)
            value = u->lines[i].value;
    return value;
}

bool unit_yes(const struct unit *u, const char *section, const char *key)
{
    static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
    const char *value = unit_get(u, section, key);
    for (size_t i = 0; value && i < sizeof yes / sizeof yes[0]; i++)
        if (strcasecmp(yes[i], value) == 0)
            return true;
    return false;
}

/* The character behind a backslash at `*at`, which moves past it. */
static char unescape(const char **at)
{
    static const char names[] = "abfnrtvs", bytes[] = "\a\b\f\n\r\t\v ";
    unsigned code = 0;
    int used = 0;
    char c = *(*at)++;
    const char *known = strchr(names, c);
    if (known)
        return bytes[known - names];
    if (c == 'x' && sscanf(*at, "%2x%n", &code, &used) == 1 && used == 2) {
        *at += used;
        return (char)code;
    }
    return c;
}

bool unit_split(const char *text, struct ctl_words *out)
{
    char *word = ctl_copy(text, strlen(text)); /* no word is longer */
    bool good = true;
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        size_t len = 0;
        char quote = '\0';
        for (; *text && (quote || !strchr(blanks, *text));) {
            char c = *text++;
            if (c == '\\' && *text)
                word[len++] = unescape(&text);
            else if (c == quote)
                quote = '\0';
            else if (!quote && (c == '"' || c == '\''))
                quote = c;
            else
                word[len++] = c;
        }
        good &= quote == '\0';
        ctl_words_add(out, word, len);
    }
    free(word);
    return good;
}

void unit_words(const struct unit *u, const char *section, const char *key, struct ctl_words *out)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->lines[i].section, section) == 0 && strcmp(u->lines[i].key, key) == 0)
            (void)unit_split(u->lines[i].value, out); /* half a quote is what it is */
}

bool unit_is_name(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return len > 0 && strspn(text, letters) >= len && (*text < '0' || *text > '9');
}

/* One line of such a file, quotes around the value or parts of it. */
static void read_assignment(char *line, struct ctl_words *out)
{
    struct ctl_words parts = {.at = NULL};
    trim(line);
    line += strspn(line, blanks);
    char *value = strchr(line, '=');
    if (*line == '#' || *line == ';' || !value)
        return;
    value++;
    if (*value == '"' || *value == '\'') { /* what follows the quotes is not looked at */
        (void)unit_split(value, &parts);
        if (parts.count > 0) {
            size_t name = (size_t)(value - line), len = strlen(parts.at[0]);
            char *whole = ctl_copy(line, name + len); /* as long as it will be */
            memcpy(whole + name, parts.at[0], len);
            ctl_words_add(out, whole, name + len);
            free(whole);
        }
        ctl_words_free(&parts);
    } else {
        ctl_words_add(out, line, strlen(line));
    }
}

bool unit_read_environment(const char *path, struct ctl_words *out)
{
    FILE *in = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    if (!in)
        return false;
    while (getline(&line, &size, in) >= 0)
        read_assignment(line, out);
    bool good = !ferror(in);
    free(line);
    (void)fclose(in); /* only read */
    return good;
}
