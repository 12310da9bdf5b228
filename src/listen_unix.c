/* listen_unix.c -- the file of a unix socket: made safely, owned, removed only if ours */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen_options.h"

static bool unix_address(struct sockaddr_un *un, const char *path)
{
    size_t len = strlen(path);
    if (len >= sizeof un->sun_path)
        return false;
    memset(un, 0, sizeof *un);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len);
    return true;
}

/* Does anybody listen there? Refused means that nobody does; all else counts as alive. */
static bool alive(const struct sockaddr_un *un, int socktype)
{
    int fd = socket(AF_UNIX, socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true;
    bool refused =
        connect(fd, (const struct sockaddr *)un, sizeof *un) < 0 && errno == ECONNREFUSED;
    (void)close(fd); /* nothing was written */
    return !refused;
}

/* Make way for our socket: only a dead socket is removed. 0, or errno. */
static int clear_path(const struct sockaddr_un *un, int socktype)
{
    struct stat st;
    if (lstat(un->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(st.st_mode))
        return EEXIST;
    if (alive(un, socktype))
        return EADDRINUSE;
    return unlink(un->sun_path) < 0 && errno != ENOENT ? errno : 0;
}

/* Never through a symbolic link: in a folder like /tmp the new owner may have put one there. */
static int change_mode(const char *path, mode_t mode)
{
    if (fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    struct stat st;
    /* Without /proc or fchmodat2(2): a look before has to do. */
    if (errno != EOPNOTSUPP || lstat(path, &st) < 0)
        return errno;
    if (!S_ISSOCK(st.st_mode))
        return ENOTSOCK;
    return chmod(path, mode) < 0 ? errno : 0;
}

int unix_own(const struct listener *l)
{
    const struct settings *set = l->service->settings;
    const char *path = l->service->path;
    if (set->unix_uid != (uid_t)-1 || set->unix_gid != (gid_t)-1)
        if (lchown(path, set->unix_uid, set->unix_gid) < 0)
            return errno;
    return change_mode(path, (mode_t)set->unix_mode);
}

int unix_bind(struct listener *l, int fd)
{
    struct sockaddr_un un;
    if (!unix_address(&un, l->service->path))
        return ENAMETOOLONG;
    int error = clear_path(&un, l->service->socktype);
    if (error)
        return error;

    /* Born without any permission: nobody connects before owner and mode are what they should be.
     */
    mode_t before = umask(0777);
    int bound = bind(fd, (const struct sockaddr *)&un, sizeof un);
    error = bound < 0 ? errno : 0;
    (void)umask(before); /* cannot fail */
    if (error)
        return error;

    struct stat st;
    if (lstat(un.sun_path, &st) == 0) {
        l->made.dev = st.st_dev;
        l->made.ino = st.st_ino;
    }
    return unix_own(l);
}

void unix_remove(struct listener *l)
{
    struct stat st;
    if (l->made.ino == 0 || lstat(l->service->path, &st) < 0)
        return;
    if (st.st_dev == l->made.dev && st.st_ino == l->made.ino)
        (void)unlink(l->service->path); /* a file that cannot be removed is replaced next time */
    l->made.ino = 0;
}
