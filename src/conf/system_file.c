/* conf/system_file.c -- what the system's files, folders and programs answer to a load */
#include "config.h"

#include "conf/reply.h"
#include "os/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- one file -------------------------------------------------------------------------------- */

/* All that `fd` gives, to a bound. 0 when it is done, else an errno. */
static int slurp(int fd, struct reply *r)
{
    enum { PIECE = 1 << 14 };
    size_t start = r->len;

    for (;;) {
        char *to = reply_room(r, PIECE);
        if (!to)
            return ENOMEM;
        ssize_t n = read(fd, to, PIECE);
        if (n == 0)
            return 0;
        if (n > 0)
            r->len += (size_t)n;
        else if (errno != EINTR)
            return errno;
        if (r->len - start > ASK_MOST_BYTES)
            return EFBIG;
    }
}

static void add_file(int fd, bool any_kind, struct reply *r)
{
    size_t start = r->len;
    struct ask_file about;
    struct stat st;
    int wrong = fstat(fd, &st) != 0 ? errno : 0;

    memset(&about, 0, sizeof about); /* goes to another process: no chance bytes */
    if (!wrong) {
        about.dev = st.st_dev;
        about.ino = st.st_ino;
        about.mode = st.st_mode;
        reply_add(r, &about, sizeof about);
        if (any_kind || S_ISREG(st.st_mode))
            wrong = slurp(fd, r);
    }
    if (wrong == EFBIG)
        reply_fail(r, start, "too large for a configuration");
    else if (wrong)
        reply_error(r, start, wrong);
}

static void read_file(const char *path, int flags, struct reply *r)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);

    if (fd < 0) {
        reply_error(r, r->len, errno);
        return;
    }
    add_file(fd, flags == 0, r);
    (void)close(fd); /* nothing was written */
}

/* Named by whoever started us: it may be a pipe, and has the time that the load has. */
void system_argument(const char *path, const char *none, struct reply *r)
{
    (void)none;
    read_file(path, 0, r);
}

/* Looked at before it is opened, which does something to some devices, and again afterwards. */
void system_file(const char *path, const char *none, struct reply *r)
{
    struct ask_file about;
    struct stat st;

    (void)none;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode)) {
        read_file(path, O_NONBLOCK, r);
        return;
    }
    memset(&about, 0, sizeof about); /* as above */
    about.mode = st.st_mode;
    reply_add(r, &about, sizeof about);
}

/* --- many files ------------------------------------------------------------------------------ */

/* By an editor or a package's new version, beside the file that counts. */
static bool left_behind(const char *name)
{
    static const char *const patterns[] = {".*",    "*~",       "#*#",   "*.swp",
                                           "*.bak", "*.dpkg-*", "*.rpm*"};

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int chosen(const struct dirent *entry)
{
    return !left_behind(entry->d_name);
}

void system_folder(const char *path, const char *optional, struct reply *r)
{
    struct dirent **list = NULL;
    struct stat st;

    if (stat(path, &st) != 0) {
        if (optional && errno != ENOENT)
            reply_error(r, r->len, errno); /* else whoever reads it as a file says so */
        else
            reply_note(r, errno);
        return;
    }
    if (!S_ISDIR(st.st_mode))
        return;
    int n = scandir(path, &list, chosen, by_name);
    if (n < 0) {
        reply_error(r, r->len, errno);
        return;
    }
    reply_add(r, "", 1); /* it is a folder, with whatever there is in it */
    for (int i = 0; i < n; i++) {
        reply_add(r, list[i]->d_name, strlen(list[i]->d_name) + 1);
        free(list[i]);
    }
    free(list);
}

/* A folder that cannot be read has no files for us, but for this reason. */
static int has_no_memory(const char *path, int error)
{
    (void)path;
    return error == ENOMEM;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

void system_glob(const char *pattern, const char *none, struct reply *r)
{
    glob_t found;
    int failed = glob(pattern, 0, has_no_memory, &found);
    /* As in a folder, but for those that are asked for: by their name, or as in "*.bak". */
    bool all = !strpbrk(name_of(pattern), "*?[") || left_behind(name_of(pattern));

    (void)none;
    if (failed == GLOB_NOMATCH)
        return;
    if (failed != 0) {
        reply_note(r, ENOMEM);
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (all || !left_behind(name_of(found.gl_pathv[i])))
            reply_add(r, found.gl_pathv[i], strlen(found.gl_pathv[i]) + 1);
    globfree(&found);
}

/* --- programs -------------------------------------------------------------------------------- */

void system_string(const char *path, const char *word, struct reply *r)
{
    if (word ? program_has_word(path, word) : program_is_file(path))
        reply_add(r, "y", 1);
}

/* The numbers at `at`; `who` has room for all of them. */
static void take_ids(struct priv *who, const char *at)
{
    char *end;

    who->uid = (uid_t)strtoul(at, &end, 10);
    who->gid = (gid_t)strtoul(end, &end, 10);
    while (*end == ' ')
        who->groups[who->ngroups++] = (gid_t)strtoul(end, &end, 10);
}

static void look(const char *path, const char *looks_for, struct reply *r,
                 const char *(*looker)(const char *root, const char *path, const struct priv *who,
                                       char out[static PROGRAM_TEXT]))
{
    char *word = strdup(looks_for), *user = word ? strchr(word, '\n') : NULL;
    char *root = user ? strchr(user + 1, '\n') : NULL;
    size_t most = root ? (size_t)(user - word) : 0; /* numbers, and more than there are */
    struct priv *who = root ? calloc(1, sizeof *who + most * sizeof *who->groups) : NULL;
    char out[PROGRAM_TEXT];

    if (who) {
        *user++ = *root++ = '\0';
        take_ids(who, word);
        who->user = user;
        const char *why = looker(*root ? root : NULL, path, *word ? who : NULL, out);
        if (why)
            reply_add(r, why, strlen(why));
    } else {
        reply_note(r, ENOMEM);
    }
    free(who);
    free(word);
}

void system_program(const char *path, const char *looks_for, struct reply *r)
{
    look(path, looks_for, r, program_look);
}

void system_directory(const char *path, const char *looks_for, struct reply *r)
{
    look(path, looks_for, r, folder_look);
}
