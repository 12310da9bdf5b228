/* os/program.c -- could a program be executed, and if not, why */
#include "config.h"

#include "os/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { HEAD = 256 /* bytes that the kernel looks at */, LONGEST = 4096 };

/* What is being looked at. */
struct look {
    const char *root;
    const struct priv *who;
    struct text out;
};

static bool full_path(const struct look *x, const char *path, char full[static LONGEST])
{
    return text_fits(full, LONGEST, "%s%s", x->root ? x->root : "", path);
}

static void add_quoted(struct look *x, const char *path, size_t len)
{
    text_add(&x->out, "\"");
    text_escape(&x->out, path, len);
    text_add(&x->out, "\"");
}

/* --- permissions ----------------------------------------------------------------------------- */

static bool is_member(const struct priv *who, gid_t gid)
{
    for (size_t i = 0; i < who->ngroups; i++)
        if (who->groups[i] == gid)
            return true;
    return who->gid == gid;
}

/* The bit for execution or search that counts for him; access control lists are not looked at. */
static bool may_execute(const struct priv *who, const struct stat *st)
{
    if (!who || who->uid == 0)
        return S_ISDIR(st->st_mode) || (st->st_mode & 0111);
    mode_t bit = who->uid == st->st_uid ? S_IXUSR : is_member(who, st->st_gid) ? S_IXGRP : S_IXOTH;
    return st->st_mode & bit;
}

/* The first folder above the file that he may not pass. */
static bool is_closed(struct look *x, const char *path)
{
    char full[LONGEST];
    struct stat st;

    if (!x->who || !full_path(x, path, full))
        return false;
    for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool closed = stat(full, &st) == 0 && !may_execute(x->who, &st);
        if (closed) {
            text_add(&x->out, "is not reachable for user \"%s\": the folder ", x->who->user);
            add_quoted(x, full, strlen(full));
            text_add(&x->out, " is closed to him");
            return true;
        }
        *slash = '/';
    }
    return false;
}

/* Is something wrong with the file as such? */
static bool is_unfit(struct look *x, const char *path, struct stat *st)
{
    char full[LONGEST];

    if (!full_path(x, path, full))
        text_add(&x->out, "has too long a path");
    else if (stat(full, st) != 0)
        text_add(&x->out, "%s: %s",
                 errno == ENOENT || errno == ENOTDIR ? "is missing" : "cannot be looked at",
                 strerror(errno));
    else if (S_ISDIR(st->st_mode))
        text_add(&x->out, "is a folder");
    else if (!S_ISREG(st->st_mode))
        text_add(&x->out, "is not a file");
    else if ((st->st_mode & 0111) == 0)
        text_add(&x->out, "is not executable");
    else if (!may_execute(x->who, st))
        text_add(&x->out, "is not executable for user \"%s\"", x->who->user);
    return x->out.len > 0;
}

const char *folder_look(const char *root, const char *path, const struct priv *who,
                        char out[static PROGRAM_TEXT])
{
    struct look x = {.root = root, .who = who};
    char full[LONGEST];
    struct stat st;

    text_init(&x.out, out, PROGRAM_TEXT);
    if (!full_path(&x, path, full))
        text_add(&x.out, "has too long a path");
    else if (stat(full, &st) != 0)
        text_add(&x.out, "%s: %s",
                 errno == ENOENT || errno == ENOTDIR ? "is missing" : "cannot be looked at",
                 strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        text_add(&x.out, "is no folder");
    else if (!is_closed(&x, path) && who && !may_execute(who, &st))
        text_add(&x.out, "is closed to user \"%s\"", who->user);
    text_mark_cut(&x.out);
    return x.out.len > 0 ? out : NULL;
}

/* --- contents -------------------------------------------------------------------------------- */

/* The first bytes; -1 where we may not read, which the kernel need not either. */
static ssize_t read_head(const struct look *x, const char *path, char *head)
{
    char full[LONGEST];
    int fd =
        full_path(x, path, full) ? open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (fd < 0)
        return -1;
    ssize_t n;
    do
        n = read(fd, head, HEAD);
    while (n < 0 && errno == EINTR);
    (void)close(fd); /* nothing was written */
    return n;
}

static size_t span(const char *at, const char *end, const char *set, bool in)
{
    size_t n = 0;
    while (at + n < end && (at[n] != '\0' && strchr(set, at[n])) == in)
        n++;
    return n;
}

/* `#! interpreter [argument]` */
static void look_at_script(struct look *x, const char *head, size_t len)
{
    const char *at = head + 2, *end = at + span(at, head + len, "\n", false);
    char name[HEAD];
    struct stat st;

    if (end > at && end < head + len && end[-1] == '\r') {
        text_add(&x->out, "has lines that end in CR LF, so that its interpreter is not found");
        return;
    }
    at += span(at, end, " \t", true);
    size_t n = span(at, end, " \t", false);
    if (n == 0) {
        text_add(&x->out, "names no interpreter behind \"#!\"");
        return;
    }
    if (n >= sizeof name || *at != '/')
        return; /* cut, or relative to the handler's folder */
    memcpy(name, at, n);
    name[n] = '\0';
    struct look inner = *x;
    char why[PROGRAM_TEXT];
    text_init(&inner.out, why, sizeof why);
    if (!is_unfit(&inner, name, &st) && !is_closed(&inner, name))
        return;
    text_add(&x->out, "has an interpreter, ");
    add_quoted(x, name, n);
    text_add(&x->out, ", that %s", why);
}

/* Formats that Linux may have been taught (binfmt_misc): Windows' and Java's. */
static bool may_be_known(const char *head, size_t len)
{
    return len >= 2 && (memcmp(head, "MZ", 2) == 0 || memcmp(head, "PK", 2) == 0 ||
                        memcmp(head, "\xca\xfe", 2) == 0);
}

static void look_at_contents(struct look *x, const char *path)
{
    char head[HEAD];
    ssize_t got = read_head(x, path, head);
    size_t len = got > 0 ? (size_t)got : 0;

    if (got < 0)
        return;
    if (len == 0)
        text_add(&x->out, "is empty");
    else if (len >= 2 && memcmp(head, "#!", 2) == 0)
        look_at_script(x, head, len);
    else if (!memchr(head, '\0', len))
        text_add(&x->out, "has no \"#!\" line and is no executable format");
#ifdef __linux__
    else if ((len < 4 || memcmp(head, "\177ELF", 4) != 0) && !may_be_known(head, len))
        text_add(&x->out, "is no executable format");
#else
    else
        (void)may_be_known(head, len); /* other systems have other formats */
#endif
}

const char *program_look(const char *root, const char *path, const struct priv *who,
                         char out[static PROGRAM_TEXT])
{
    struct look x = {.root = root, .who = who};
    struct stat st;

    text_init(&x.out, out, PROGRAM_TEXT);
    if (!is_unfit(&x, path, &st) && !is_closed(&x, path))
        look_at_contents(&x, path);
    text_mark_cut(&x.out);
    return x.out.len > 0 ? out : NULL;
}

/* Is the string in the block, with a NUL on both sides? */
static bool has_string(const char *block, size_t len, const char *word)
{
    size_t size = strlen(word) + 1;

    for (const char *at = block, *end = block + len; (size_t)(end - at) > size;) {
        if (at[0] == '\0' && memcmp(at + 1, word, size) == 0)
            return true;
        at = memchr(at + 1, '\0', (size_t)(end - at) - 1);
        if (!at)
            return false;
    }
    return false;
}

bool program_has_word(const char *path, const char *word)
{
    char block[16384];
    size_t kept = 0, size = strlen(word) + 2;
    bool found = false;
    int fd = size < HEAD && program_is_file(path)
                 ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
                 : -1;
    ssize_t n;

    while (fd >= 0 && !found && (n = read(fd, block + kept, sizeof block - kept)) > 0) {
        size_t len = kept + (size_t)n;
        found = has_string(block, len, word);
        kept = len < size ? len : size; /* it may stand across the border */
        memmove(block, block + len - kept, kept);
    }
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    return found;
}

bool program_is_file(const char *path)
{
    struct stat st;

    return path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}
