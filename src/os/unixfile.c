/* os/unixfile.c -- unix sockets: the file made safely and removed only if ours; who is the peer */
#include "config.h"

#include "os/unixfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool make_address(struct sockaddr_un *un, const char *path)
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

int unixfile_bind(int fd, int socktype, const char *path, mode_t mode, struct unixfile *made)
{
    struct sockaddr_un un;
    made->ino = 0;
    if (!make_address(&un, path))
        return ENAMETOOLONG;
    int error = clear_path(&un, socktype);
    if (error)
        return error;

    mode_t before = umask(0777 & ~mode);
    int bound = bind(fd, (const struct sockaddr *)&un, sizeof un);
    error = bound < 0 ? errno : 0;
    (void)umask(before); /* cannot fail */
    if (error)
        return error;

    struct stat st;
    if (lstat(path, &st) == 0)
        *made = (struct unixfile){st.st_dev, st.st_ino};
    return 0;
}

void unixfile_remove(const char *path, struct unixfile *made)
{
    struct stat st;
    if (made->ino == 0 || lstat(path, &st) < 0)
        return;
    if (st.st_dev == made->dev && st.st_ino == made->ino)
        (void)unlink(path); /* a file that cannot be removed is replaced next time */
    made->ino = 0;
}

struct addr unixfile_peer(int fd)
{
#ifdef SO_PEERCRED
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
        return addr_unix(cred.uid, cred.gid, cred.pid);
#else
    uid_t uid;
    gid_t gid;
    if (getpeereid(fd, &uid, &gid) == 0)
        return addr_unix(uid, gid, 0);
#endif
    return (struct addr){.u.sa.sa_family = AF_UNSPEC};
}
