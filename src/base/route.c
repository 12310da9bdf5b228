/* base/route.c -- services whose lines of the log have a place of their own */
#include "config.h"

#include "base/route.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/text.h"

/* --- facility.level ------------------------------------------------------------------------- */

struct word {
    const char *name;
    int number;
};

static const struct word facilities[] = {{"kern", LOG_KERN},     {"user", LOG_USER},
                                         {"mail", LOG_MAIL},     {"daemon", LOG_DAEMON},
                                         {"auth", LOG_AUTH},     {"security", LOG_AUTH},
                                         {"syslog", LOG_SYSLOG}, {"lpr", LOG_LPR},
                                         {"news", LOG_NEWS},     {"uucp", LOG_UUCP},
                                         {"cron", LOG_CRON},     {"authpriv", 10 << 3},
                                         {"ftp", 11 << 3},       {"local0", LOG_LOCAL0},
                                         {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
                                         {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
                                         {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6},
                                         {"local7", LOG_LOCAL7}, {NULL, 0}};

static const struct word levels[] = {
    {"emerg", LOG_EMERG},   {"panic", LOG_EMERG}, {"alert", LOG_ALERT},     {"crit", LOG_CRIT},
    {"err", LOG_ERR},       {"error", LOG_ERR},   {"warning", LOG_WARNING}, {"warn", LOG_WARNING},
    {"notice", LOG_NOTICE}, {"info", LOG_INFO},   {"debug", LOG_DEBUG},     {NULL, 0}};

static const struct word *find(const struct word *words, const char *at, size_t len)
{
    for (; words->name; words++)
        if (strlen(words->name) == len && strncmp(words->name, at, len) == 0)
            return words;
    return NULL;
}

static const char *read_words(const char *word, int *facility, int *level)
{
    size_t len = strcspn(word, ".");
    const struct word *f = find(facilities, word, len), *l = NULL;
    if (!f)
        return "no facility.level of syslog, nor an absolute path";
    if (word[len] == '.' && !(l = find(levels, word + len + 1, strlen(word + len + 1))))
        return "of no level (emerg, alert, crit, err, warning, notice, info, debug)";
    *facility = f->number;
    *level = l ? l->number : LOG_DEBUG;
    return NULL;
}

const char *route_wrong(const char *word)
{
    int facility, level;
    return word[0] == '/' ? NULL : read_words(word, &facility, &level);
}

/* --- all of them ---------------------------------------------------------------------------- */

static struct {
    struct route *at;
    size_t count, room;
    pid_t owner; /* whose descriptors they are */
} all;

void route_clear(void)
{
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].fd >= 0 && !all.at[i].shared)
            (void)close(all.at[i].fd); /* written is written */
        free(all.at[i].service);
        free(all.at[i].path);
    }
    all.count = 0;
    all.owner = getpid();
}

static const char *foreign(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "it is not a regular file";
    if (st->st_uid != geteuid())
        return "it belongs to another user";
    return st->st_nlink > 1 ? "it has another name too" : NULL;
}

/* Others may write to the folder: they shall not lead us to another file, nor hold us up. */
static const char *open_file(struct route *r)
{
    struct stat st;
    r->fd =
        open(r->path,
             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
    if (r->fd < 0)
        return errno == ELOOP ? "it is a symbolic link" : strerror(errno);
    const char *why = fstat(r->fd, &st) < 0 ? strerror(errno) : foreign(&st);
    if (why) {
        (void)close(r->fd); /* nothing was written */
        r->fd = -1;
    }
    return why;
}

static struct route *add(const char *service)
{
    if (all.count == all.room) {
        size_t room = all.room ? 2 * all.room : 8;
        struct route *more = realloc(all.at, room * sizeof *more);
        if (!more)
            return NULL;
        all.at = more;
        all.room = room;
    }
    struct route *r = &all.at[all.count];
    char field[2048];
    struct text t;
    text_init(&t, field, sizeof field);
    text_field(&t, "", service);
    *r = (struct route){.service = strdup(field + sizeof " =" - 1),
                        .fd = -1,
                        .facility = LOG_DAEMON,
                        .level = LOG_DEBUG};
    if (!r->service)
        return NULL;
    all.count++;
    return r;
}

const char *route_add(const char *service, const char *word)
{
    struct route *r = add(service);
    if (!r)
        return strerror(ENOMEM);
    if (word[0] != '/')
        return read_words(word, &r->facility, &r->level);
    r->path = strdup(word);
    if (!r->path)
        return strerror(ENOMEM);
    const struct route *last = all.count > 1 ? r - 1 : NULL;
    r->shared = last && last->fd >= 0 && strcmp(last->path, word) == 0;
    if (!r->shared)
        return open_file(r);
    r->fd = last->fd;
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct route *)a)->service, ((const struct route *)b)->service);
}

void route_sort(void)
{
    if (all.count > 0)
        qsort(all.at, all.count, sizeof *all.at, by_name);
}

struct token {
    const char *at;
    size_t len;
};

static int compare(const void *key, const void *route)
{
    const struct token *wanted = key;
    const char *name = ((const struct route *)route)->service;
    int order = strncmp(wanted->at, name, wanted->len);
    return order != 0 ? order : name[wanted->len] == '\0' ? 0 : -1;
}

/* The end of a value, which may be in quotes. */
static size_t value_len(const char *at)
{
    if (*at != '"')
        return strcspn(at, " ");
    size_t n = 1;
    while (at[n] && at[n] != '"')
        n += at[n] == '\\' && at[n + 1] ? 2 : 1;
    return at[n] ? n + 1 : n;
}

struct route *route_of(const char *line)
{
    static const char key[] = " service=";
    const char *at = line + strcspn(line, " ");
    if (all.count == 0 || strncmp(at, key, sizeof key - 1) != 0)
        return NULL;
    at += sizeof key - 1;
    struct token wanted = {at, value_len(at)};
    struct route *r = bsearch(&wanted, all.at, all.count, sizeof *all.at, compare);
    return r && r->path && (r->fd < 0 || all.owner != getpid()) ? NULL : r;
}

static bool put(const struct route *r, const char *at, size_t len)
{
    ssize_t n;
    while ((n = write(r->fd, at, len)) < 0 && errno == EINTR)
        ;
    return n == (ssize_t)len;
}

/* Of all that share the file. */
static void set_torn(const struct route *r, bool torn)
{
    for (size_t i = 0; r->torn != torn && i < all.count; i++)
        if (all.at[i].fd == r->fd && &all.at[i] != r)
            all.at[i].torn = torn;
}

bool route_write(struct route *r, const char *line, size_t len)
{
    if (r->torn && !put(r, "\n", 1))
        return false;
    bool torn = !put(r, line, len);
    set_torn(r, torn);
    r->torn = torn;
    return !torn;
}
