/* ctl/edit/target.c -- a file that is changed as a whole or not at all, whatever ends us */
#include "config.h"

#include "ctl/edit/target.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"

/*
 * Beside FILE, while it is being changed, stand .FILE.doorwardctl-old and then
 * .FILE.doorwardctl-new. The new one is renamed to FILE; the old one goes when the daemon has been
 * told. So at any moment FILE is whole, and who comes next knows by these names how far the last
 * one came. */
enum { PATIENCE_S = 60, NAME_ROOM = 300 };

static bool failed(const struct target *t, const char *what)
{
    ctl_complain("%s: %s: %s", t->path, what, strerror(errno));
    return false;
}

static const char *beside(const struct target *t, const char *which, char *out)
{
    return text_fits(out, NAME_ROOM, ".%s.doorwardctl-%s", t->base, which) ? out : NULL;
}

/* --- which file ------------------------------------------------------------------------------ */

static bool is_ours(const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Behind a link could be any file; nobody else may have a say in which. */
static bool is_safe(const char *link, const char *path)
{
    struct stat here, there, folder;
    char copy[PATH_MAX];
    const char *wrong = NULL;
    if (lstat(link, &here) < 0 || !S_ISLNK(here.st_mode))
        return true;
    if (lstat(path, &there) < 0 || !text_fits(copy, sizeof copy, "%s", path) ||
        stat(dirname(copy), &folder) < 0)
        wrong = strerror(errno);
    else if (!is_ours(&here) || !is_ours(&there))
        wrong = "they are not both root's or yours";
    else if (!is_ours(&folder) || (folder.st_mode & S_IWOTH))
        wrong = "others may write to its folder";
    if (wrong)
        ctl_complain("%s is a link to %s, which is not followed: %s", link, path, wrong);
    return !wrong;
}

/* realpath(3) for a file that may not exist yet, in a folder that does. */
static char *real_path(const char *path)
{
    char *found = realpath(path, NULL), folder[PATH_MAX], name[PATH_MAX];
    struct stat st;
    if (found || errno != ENOENT || lstat(path, &st) == 0)
        return found; /* a link to nowhere, too */
    if (!text_fits(folder, sizeof folder, "%s", path) ||
        !text_fits(name, sizeof name, "%s", path)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    char *above = realpath(dirname(folder), NULL);
    if (!above)
        return NULL;
    size_t size = strlen(above) + strlen(name) + 2;
    found = ctl_grow(NULL, size);
    if (!text_fits(found, size, "%s/%s", strcmp(above, "/") == 0 ? "" : above, basename(name)))
        found[0] = '\0'; /* it fits */
    free(above);
    return found;
}

static bool look(struct target *t)
{
    t->exists = fstatat(t->folder, t->base, &t->was, AT_SYMLINK_NOFOLLOW) == 0;
    if (!t->exists && errno != ENOENT)
        return failed(t, "it cannot be looked at");
    if (t->exists && !S_ISREG(t->was.st_mode)) {
        ctl_complain("%s: this is no regular file", t->path);
        return false;
    }
    if (t->exists && t->was.st_nlink > 1) {
        ctl_complain("%s: it has %lu names, and a change would part them", t->path,
                     (unsigned long)t->was.st_nlink);
        return false;
    }
    if (!t->exists && (!t->model || stat(t->model, &t->was) < 0))
        t->was = (struct stat){.st_uid = geteuid(), .st_gid = getegid(), .st_mode = 0644};
    return true;
}

bool target_open(struct target *t, const char *path, const char *model)
{
    *t = (struct target){.folder = -1, .lock = -1, .path = real_path(path)};
    t->model = model ? ctl_copy(model, strlen(model)) : NULL;
    if (!t->path) {
        ctl_complain("%s: %s", path, strerror(errno));
        return false;
    }
    char *copy = ctl_copy(t->path, strlen(t->path));
    t->base = ctl_copy(strrchr(t->path, '/') + 1, strlen(strrchr(t->path, '/') + 1));
    t->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (t->folder < 0)
        return failed(t, "its folder");
    return is_safe(path, t->path) && look(t);
}

void target_close(struct target *t)
{
    if (t->lock >= 0) {
        /* Who waits for it sees that it has gone, and makes another one. */
        (void)unlinkat(t->folder, ".doorwardctl.lock", 0);
        (void)close(t->lock); /* nothing was written */
    }
    if (t->folder >= 0)
        (void)close(t->folder); /* only looked at */
    free(t->path);
    free(t->base);
    free(t->model);
    *t = (struct target){.folder = -1, .lock = -1};
}

/* --- one at a time --------------------------------------------------------------------------- */

static void wake(int signo)
{
    (void)signo; /* fcntl(2) returns */
}

/* 0, or -1 with errno: EINTR after a minute. */
static int wait_for_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct sigaction sa = {.sa_handler = wake};
    (void)sigemptyset(&sa.sa_mask);      /* cannot fail */
    (void)sigaction(SIGALRM, &sa, NULL); /* nor this */
    (void)alarm(PATIENCE_S);
    int status = fcntl(fd, F_SETLKW, &whole);
    int error = errno;
    (void)alarm(0);
    errno = error;
    return status;
}

/* Does the name still lead to it? Whoever had it before has removed it. */
static bool still_there(const struct target *t, int fd)
{
    struct stat mine, named;
    return fstat(fd, &mine) == 0 &&
           fstatat(t->folder, ".doorwardctl.lock", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* What a command that was killed left behind. */
static void recover(struct target *t)
{
    char older[NAME_ROOM], newer[NAME_ROOM];
    struct stat st;
    if (!beside(t, "old", older) || !beside(t, "new", newer))
        return;
    bool was_old = fstatat(t->folder, older, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (unlinkat(t->folder, newer, 0) == 0)
        (void)unlinkat(t->folder, older, 0); /* never renamed; the next one needs the name */
    else
        t->untold = was_old;
}

bool target_left(const char *path)
{
    struct stat st;
    char *real = real_path(path), *name = real ? strrchr(real, '/') : NULL, left[PATH_MAX];
    bool fits = name && text_fits(left, sizeof left, "%.*s/.%s.doorwardctl-old", (int)(name - real),
                                  real, name + 1);
    free(real);
    return fits && lstat(left, &st) == 0;
}

bool target_lock(struct target *t)
{
    for (;;) {
        int fd = openat(t->folder, ".doorwardctl.lock",
                        O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
        if (fd < 0)
            return failed(t, "the lock of its folder");
        if (wait_for_lock(fd) < 0) {
            bool late = errno == EINTR;
            (void)close(fd); /* nothing was written */
            if (!late)
                return failed(t, "the lock of its folder");
            ctl_complain("%s: another doorwardctl has been at work beside it for a minute",
                         t->path);
            return false;
        }
        if (still_there(t, fd)) {
            t->lock = fd;
            recover(t);
            return look(t);
        }
        (void)close(fd); /* the same */
    }
}

/* --- bytes ----------------------------------------------------------------------------------- */

bool target_read(struct target *t, struct bytes *text)
{
    bytes_add(text, "", 0);
    if (!t->exists && !t->model)
        return true;
    int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    int fd = t->exists ? openat(t->folder, t->base, flags | O_NOFOLLOW) : open(t->model, flags);
    if (fd < 0)
        return failed(t, "it cannot be read");
    bool good = fstat(fd, &t->was) == 0 && bytes_read(text, fd);
    if (!good)
        (void)failed(t, "it cannot be read"); /* false, as we return */
    (void)close(fd);                          /* only read from */
    return good;
}

static bool write_all(const struct target *t, int fd, const struct bytes *text)
{
    struct stat mine;
    if (!bytes_write(text, fd))
        return false;
    bool other =
        fstat(fd, &mine) < 0 || mine.st_uid != t->was.st_uid || mine.st_gid != t->was.st_gid;
    return (!other || fchown(fd, t->was.st_uid, t->was.st_gid) == 0) &&
           fchmod(fd, t->was.st_mode & 07777) == 0 && fsync(fd) == 0;
}

/* A file of that name beside it, whole and on the disk. */
static bool put_beside(const struct target *t, const char *which, const struct bytes *text)
{
    char name[NAME_ROOM];
    if (!beside(t, which, name)) {
        errno = ENAMETOOLONG;
        return failed(t, "its name");
    }
    (void)unlinkat(t->folder, name, 0); /* a rest; if it is none, O_EXCL says so */
    int fd = openat(t->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(t, "nothing can be written beside it");
    bool good = write_all(t, fd, text);
    if (!good)
        (void)failed(t, "a copy of it, with its owner and mode"); /* false, as we return */
    if (close(fd) < 0 && good)
        good = failed(t, "a copy of it");
    if (!good)
        (void)unlinkat(t->folder, name, 0); /* of no use */
    return good;
}

static bool is_unchanged(const struct target *t)
{
    struct stat now;
    bool there = fstatat(t->folder, t->base, &now, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || !t->exists)
        return there == t->exists;
    return now.st_ino == t->was.st_ino && now.st_dev == t->was.st_dev &&
           now.st_size == t->was.st_size && now.st_mtim.tv_sec == t->was.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == t->was.st_mtim.tv_nsec;
}

bool target_write(struct target *t, const struct bytes *text, const struct bytes *old)
{
    char older[NAME_ROOM], newer[NAME_ROOM];
    if (!beside(t, "old", older) || !beside(t, "new", newer)) {
        errno = ENAMETOOLONG;
        return failed(t, "its name");
    }
    if (!put_beside(t, "old", old))
        return false;
    bool good = put_beside(t, "new", text);
    if (good && !is_unchanged(t)) {
        ctl_complain("%s: somebody else has changed it meanwhile", t->path);
        good = false;
    }
    if (good && renameat(t->folder, newer, t->folder, t->base) < 0)
        good = failed(t, "the new one cannot take its place");
    if (good) {
        (void)fsync(t->folder); /* where folders have none, the file system sees to it */
        return true;
    }
    (void)unlinkat(t->folder, newer, 0); /* perhaps it is not there */
    (void)unlinkat(t->folder, older, 0); /* the same */
    return false;
}

void target_keep(struct target *t)
{
    char name[NAME_ROOM];
    if (beside(t, "old", name))
        (void)unlinkat(t->folder, name, 0); /* what is left is the next one's to remove */
}

bool target_put_back(struct target *t)
{
    char name[NAME_ROOM];
    if (!beside(t, "old", name))
        return false; /* it was made, so it fits */
    int status =
        t->exists ? renameat(t->folder, name, t->folder, t->base) : unlinkat(t->folder, t->base, 0);
    if (status < 0)
        return failed(t, "the old one cannot be put back");
    if (!t->exists)
        (void)unlinkat(t->folder, name, 0); /* as in target_keep() */
    (void)fsync(t->folder);                 /* as above */
    return true;
}
