/* conf/file.c -- configuration files, folders and globs as bytes and names */
#include "config.h"

#include "conf/ask.h"
#include "conf/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- one file -------------------------------------------------------------------------------- */

/* `path: why`, or `why` alone where the place is the file itself. */
static bool refuse(struct conf *c, const struct place *at, const char *path, const char *why)
{
    if (at->line == 0)
        return conf_error(c, at, "%s", why);
    return conf_error(c, at, "%s: %s", conf_quote(c, path), why);
}

/* A tree of includes grows fast: there are bounds for all of it, told once. */
static bool within_bounds(struct conf *c, const struct place *at, const char *path, size_t len)
{
    char why[64];
    bool good;

    c->files++;
    c->bytes += len;
    if (c->files > ASK_MOST_FILES)
        good = text_fits(why, sizeof why, "more than %d files in one load", ASK_MOST_FILES);
    else if (c->bytes > ASK_MOST_BYTES)
        good = text_fits(why, sizeof why, "more than %d MiB in one load", ASK_MOST_BYTES >> 20);
    else
        return true;
    c->too_much = true;
    return good && refuse(c, at, path, why);
}

bool conf_read(struct conf *c, const struct place *at, const char *path, enum conf_role role,
               struct conf_text *text)
{
    struct answer a;
    struct ask_file about;

    *text = (struct conf_text){.file = table_file(c->table, path)};
    if (!text->file)
        return conf_no_memory(c);
    if (c->too_much)
        return false;
    if (c->opt->instead && strcmp(c->opt->instead, path) == 0) {
        c->replaced = true;
        role = CONF_ARGUMENT;
        path = "/dev/stdin";
    }
    a = ask(c->ask, role == CONF_ARGUMENT ? ASK_ARGUMENT : ASK_FILE, path, NULL);
    if (a.failed || a.len < sizeof about)
        return refuse(c, at, path, a.bytes);
    memcpy(&about, a.bytes, sizeof about);
    if (role != CONF_ARGUMENT && !S_ISREG(about.mode))
        return role == CONF_INCLUDE &&
               refuse(c, at, path,
                      S_ISDIR(about.mode) ? "Is a directory: \"/*\" behind it includes its files"
                                          : "this is no regular file");
    text->bytes = a.bytes + sizeof about;
    text->len = a.len - sizeof about;
    text->dev = about.dev;
    text->ino = about.ino;
    return within_bounds(c, at, path, text->len);
}

bool conf_same_file(const struct conf_text *a, const struct conf_text *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

/* --- many files ------------------------------------------------------------------------------ */

void conf_paths_free(struct conf_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->at[i]);
    free(paths->at);
    *paths = (struct conf_paths){.at = NULL};
}

static bool add_path(struct conf_paths *paths, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size), **grown;

    if (!path)
        return false;
    grown = text_fits(path, size, "%s%s%s", folder, *folder != '\0' ? "/" : "", name)
                ? realloc(paths->at, (paths->count + 1) * sizeof *grown)
                : NULL;
    if (!grown) {
        free(path);
        return false;
    }
    paths->at = grown;
    paths->at[paths->count++] = path;
    return true;
}

/* The names of an answer from `name` on, behind a folder. */
static bool add_paths(struct conf *c, struct conf_paths *paths, const char *folder,
                      const struct answer *a, const char *name)
{
    for (; name; name = answer_next(a, name))
        if (!add_path(paths, folder, name)) {
            conf_paths_free(paths);
            return conf_no_memory(c);
        }
    return true;
}

bool conf_folder(struct conf *c, const char *path, bool *is_one, struct conf_paths *paths)
{
    const struct place whole = {.file = path};
    struct answer a = ask(c->ask, ASK_FOLDER, path, NULL);
    const char *mark = a.failed ? NULL : answer_next(&a, NULL);

    *paths = (struct conf_paths){.at = NULL};
    *is_one = a.failed || mark;
    if (a.failed)
        return refuse(c, &whole, path, a.bytes);
    return !mark || add_paths(c, paths, path, &a, answer_next(&a, mark));
}

/* An answer's name as a package's file has it, or the first one after it that is. */
static const char *package_file(const struct answer *a, const char *name)
{
    for (; name; name = answer_next(a, name)) {
        size_t len = strlen(name);
        if (len > 5 && strcmp(name + len - 5, ".conf") == 0)
            break;
    }
    return name;
}

/* A folder that may be missing; its first file. False: told. */
static bool layer(struct conf *c, const char *path, struct answer *a, const char **first)
{
    const struct place whole = {.file = path};

    *a = ask(c->ask, ASK_FOLDER, path, "may be missing");
    *first = a->failed ? NULL : answer_next(a, NULL);
    *first = *first ? answer_next(a, *first) : NULL;
    return !a->failed || refuse(c, &whole, path, a->bytes);
}

bool conf_layers(struct conf *c, struct conf_paths *paths)
{
    const char *above = c->opt->folder, *below = c->opt->beneath, *mine, *theirs;
    struct answer ours, packages;

    *paths = (struct conf_paths){.at = NULL};
    if (!layer(c, above, &ours, &mine) || !layer(c, below, &packages, &theirs))
        return false;
    theirs = package_file(&packages, theirs);
    while (mine || theirs) {
        int order = !mine ? 1 : !theirs ? -1 : strcmp(mine, theirs);
        if (!add_path(paths, order <= 0 ? above : below, order <= 0 ? mine : theirs)) {
            conf_paths_free(paths);
            return conf_no_memory(c);
        }
        if (order <= 0)
            mine = answer_next(&ours, mine);
        if (order >= 0)
            theirs = package_file(&packages, answer_next(&packages, theirs));
    }
    return paths->count > 0;
}

/* `glob` as it is when absolute, else behind the folder of `from`, whose own name is no pattern.
 * NULL: out of memory. */
static char *absolute(const char *from, const char *pattern)
{
    const char *slash = strrchr(from, '/');
    size_t folder = *pattern == '/' || !slash ? 0 : (size_t)(slash + 1 - from), n = 0;
    char *out = malloc(2 * folder + strlen(pattern) + 1);

    if (!out)
        return NULL;
    for (size_t i = 0; i < folder; i++) {
        if (strchr("*?[]\\", from[i]))
            out[n++] = '\\';
        out[n++] = from[i];
    }
    memcpy(out + n, pattern, strlen(pattern) + 1);
    return out;
}

bool conf_glob(struct conf *c, const char *from, const struct word *w, bool *wild,
               struct conf_paths *paths)
{
    char *pattern;
    struct answer a;

    *paths = (struct conf_paths){.at = NULL};
    *wild = strpbrk(w->text, "*?[");
    if (*w->text == '\0')
        return conf_error(c, &w->place, "\".include\" needs a file name");
    if (ask_is_offline(c->ask) && strchr(w->text, '/'))
        return conf_error(c, &w->place, "%s is not beside the file", conf_quote(c, w->text));
    pattern = absolute(from, w->text);
    if (!pattern)
        return conf_no_memory(c);
    a = ask(c->ask, ASK_GLOB, pattern, NULL);
    free(pattern);
    if (a.failed)
        return conf_error(c, &w->place, "%s: %s", conf_quote(c, w->text), a.bytes);
    return add_paths(c, paths, "", &a, answer_next(&a, NULL));
}

/* --- IPsec ----------------------------------------------------------------------------------- */

/* Does the policy line that starts behind its "#@" say something? */
static bool says_something(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at < end;
}

bool conf_policy_at(struct conf_policy *policy, const struct conf_text *text, unsigned line)
{
    while (policy->lines + 1 < line && policy->at < text->len) {
        const char *start = text->bytes + policy->at;
        const char *end = memchr(start, '\n', text->len - policy->at);
        if (!end)
            end = text->bytes + text->len;
        policy->lines++;
        if (end - start >= 2 && start[0] == '#' && start[1] == '@')
            policy->line = says_something(start + 2, end) ? policy->lines : 0;
        policy->at = (size_t)(end - text->bytes) + 1;
    }
    return policy->line != 0;
}
