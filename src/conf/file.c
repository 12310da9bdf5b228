/* conf/file.c -- configuration files, folders and globs as bytes and names */
#include "config.h"

#include "conf/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (64U << 20) /* a file beyond this is no configuration */

/* --- one file -------------------------------------------------------------------------------- */

static const char no_memory[] = "out of memory"; /* told by its address */

/* All that `fd` gives. NULL when it is done, else what is wrong. */
static const char *slurp(int fd, struct conf_text *text)
{
    size_t room = 0;

    for (;;) {
        if (text->len == room) {
            room = room == 0 ? 1U << 14 : room * 2;
            char *grown = room > MOST_BYTES * 2 ? NULL : realloc(text->bytes, room);
            if (grown == NULL)
                return room > MOST_BYTES * 2 ? "too large for a configuration" : no_memory;
            text->bytes = grown;
        }
        ssize_t n = read(fd, text->bytes + text->len, room - text->len);
        if (n == 0)
            return NULL;
        if (n > 0)
            text->len += (size_t)n;
        else if (errno != EINTR)
            return strerror(errno);
    }
}

const char *conf_read(struct conf *c, const char *path, bool only_regular, struct conf_text *text)
{
    const char *wrong;
    struct stat st;
    int fd;

    *text = (struct conf_text){.file = table_file(c->table, path)};
    if (text->file == NULL) {
        (void)conf_no_memory(c);
        return "";
    }
    /* A FIFO that was found, not named, must not stop us. */
    if (only_regular && stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return "";
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return strerror(errno);
    wrong = fstat(fd, &st) != 0 ? strerror(errno) : slurp(fd, text);
    (void)close(fd); /* nothing was written */
    if (wrong != NULL)
        conf_text_free(text);
    text->dev = st.st_dev;
    text->ino = st.st_ino;
    if (wrong != no_memory)
        return wrong;
    (void)conf_no_memory(c);
    return "";
}

void conf_text_free(struct conf_text *text)
{
    free(text->bytes);
    text->bytes = NULL;
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

    if (path == NULL)
        return false;
    grown = text_fits(path, size, "%s%s%s", folder, *folder != '\0' ? "/" : "", name)
                ? realloc(paths->at, (paths->count + 1) * sizeof *grown)
                : NULL;
    if (grown == NULL) {
        free(path);
        return false;
    }
    paths->at = grown;
    paths->at[paths->count++] = path;
    return true;
}

bool conf_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool left_behind(const char *name)
{
    static const char *const patterns[] = {".*", "*~", "*.bak", "*.dpkg-*", "*.rpm*"};

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *conf_folder(const char *path, struct conf_paths *paths)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    const char *wrong = NULL;

    *paths = (struct conf_paths){.at = NULL};
    if (dir == NULL)
        return strerror(errno);
    errno = 0;
    while (wrong == NULL && (entry = readdir(dir)) != NULL) {
        if (!left_behind(entry->d_name) && !add_path(paths, path, entry->d_name))
            wrong = "out of memory";
        errno = 0;
    }
    if (wrong == NULL && errno != 0)
        wrong = strerror(errno);
    (void)closedir(dir); /* it was only read */
    if (wrong != NULL)
        conf_paths_free(paths);
    else if (paths->count > 1)
        qsort(paths->at, paths->count, sizeof *paths->at, by_name);
    return wrong;
}

/* `glob` as it is when absolute, else behind the folder of `from`, whose own name is no pattern.
 * NULL: out of memory. */
static char *absolute(const char *from, const char *pattern)
{
    const char *slash = strrchr(from, '/');
    size_t folder = *pattern == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - from), n = 0;
    char *out = malloc(2 * folder + strlen(pattern) + 1);

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < folder; i++) {
        if (strchr("*?[]\\", from[i]) != NULL)
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
    bool good = true;
    glob_t found;
    int failed;

    *paths = (struct conf_paths){.at = NULL};
    *wild = strpbrk(w->text, "*?[") != NULL;
    if (*w->text == '\0')
        return conf_error(c, &w->place, "\".include\" needs a file name");
    if (c->opt->offline && strchr(w->text, '/') != NULL)
        return conf_error(c, &w->place, "%s is not beside the file", conf_quote(c, w->text));
    pattern = absolute(from, w->text);
    if (pattern == NULL)
        return conf_no_memory(c);
    failed = glob(pattern, 0, NULL, &found);
    free(pattern);
    if (failed == GLOB_NOMATCH)
        return true;
    if (failed != 0)
        return failed == GLOB_NOSPACE
                   ? conf_no_memory(c)
                   : conf_error(c, &w->place, "%s cannot be read", conf_quote(c, w->text));
    for (size_t i = 0; good && i < found.gl_pathc; i++)
        good = add_path(paths, "", found.gl_pathv[i]) || conf_no_memory(c);
    globfree(&found);
    if (!good)
        conf_paths_free(paths);
    return good;
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
        if (end == NULL)
            end = text->bytes + text->len;
        policy->lines++;
        if (end - start >= 2 && start[0] == '#' && start[1] == '@')
            policy->line = says_something(start + 2, end) ? policy->lines : 0;
        policy->at = (size_t)(end - text->bytes) + 1;
    }
    return policy->line != 0;
}
