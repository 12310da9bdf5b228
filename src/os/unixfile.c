/* os/unixfile.c -- unix sockets: the file made safely, changed and removed only if ours; who is the
 * peer */
#include "config.h"

#include "os/unixfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#ifndef O_PATH
#define O_PATH O_RDONLY /* the BSDs: a socket cannot be opened so, and its owner stays as it is */
#endif

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

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder of `path`: whoever replaces it afterwards leads nobody astray. -1 with errno. */
static int open_folder(const char *path)
{
    char folder[sizeof(struct sockaddr_un)];
    size_t len = (size_t)(base_name(path) - path);
    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return open(len ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The file itself, never through a symbolic link: what is done to the descriptor is done to it. -1
 * with errno. */
static int open_file(const char *path, struct stat *st)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, st) == 0)
        return fd;
    int error = errno;
    (void)close(fd); /* a name, no more */
    errno = error;
    return -1;
}

static bool same(const struct stat *st, const struct unixfile *made)
{
    return made->ino && st->st_dev == made->dev && st->st_ino == made->ino;
}

/* --- making way ----------------------------------------------------------------------------- */

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

/* Only a dead socket is removed. 0, or errno. */
static int clear_name(int folder, const char *name, const struct sockaddr_un *un, int socktype)
{
    struct stat st, now;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(st.st_mode))
        return EEXIST;
    if (alive(un, socktype))
        return EADDRINUSE;
    /* Of the folder that was looked into: the path may lead elsewhere by now. */
    if (fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != st.st_ino)
        return EADDRINUSE;
    return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? errno : 0;
}

static int clear_path(const struct sockaddr_un *un, int socktype)
{
    int folder = open_folder(un->sun_path);
    if (folder < 0)
        return errno;
    int error = clear_name(folder, base_name(un->sun_path), un, socktype);
    (void)close(folder); /* a name, no more */
    return error;
}

/* --- the file that we made ------------------------------------------------------------------ */

/* Is it what bind(2) has just made, with no more than the permissions `mode`? Another's file, moved
 * or linked here by who owns the folder, has other permissions or a second name. */
static bool newborn(const struct stat *st, mode_t mode)
{
    return S_ISSOCK(st->st_mode) && st->st_nlink == 1 && (st->st_mode & 07777 & ~mode) == 0;
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
    if (lstat(path, &st) < 0 || !newborn(&st, mode))
        return ESTALE;
    *made = (struct unixfile){st.st_dev, st.st_ino};
    return 0;
}

bool unixfile_stands(const char *path, const struct unixfile *made)
{
    struct stat st;
    return lstat(path, &st) == 0 && same(&st, made);
}

/* chmod(2) of what was opened with O_PATH. 0, or errno. */
static int change_mode(int fd, mode_t mode)
{
    char path[32];
#ifdef SYS_fchmodat2
    if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0)
        return 0; /* Linux 6.6 */
#endif
    (void)text_fits(path, sizeof path, "/proc/self/fd/%d", fd); /* it does */
    return chmod(path, mode) < 0 ? errno : 0;
}

/* The group that a file gets which we make in the folder of `path`. */
static gid_t usual_group(const char *path)
{
    struct stat st;
    int folder = open_folder(path);
    bool given = folder >= 0 && fstat(folder, &st) == 0 && (st.st_mode & S_ISGID) != 0;
    if (folder >= 0)
        (void)close(folder); /* a name, no more */
    return given ? st.st_gid : getegid();
}

/* 0, or errno. */
static int change_owner(int fd, const char *path, const struct stat *st, uid_t uid, gid_t gid)
{
    if (uid == (uid_t)-1)
        uid = geteuid();
    if (gid == (gid_t)-1)
        gid = usual_group(path);
    if (uid == st->st_uid && gid == st->st_gid)
        return 0;
    return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? errno : 0;
}

int unixfile_own(const char *path, const struct unixfile *made, uid_t uid, gid_t gid, mode_t mode)
{
    struct stat st;
    int fd = open_file(path, &st), error = ESTALE;
    if (fd < 0)
        return errno;
    if (same(&st, made)) { /* the bound socket keeps its file's number from being given again */
        error = change_owner(fd, path, &st, uid, gid);
        if (!error)
            error = change_mode(fd, mode);
    }
    (void)close(fd); /* a name, no more */
    return error;
}

void unixfile_remove(const char *path, struct unixfile *made)
{
    struct stat st;
    int folder = made->ino ? open_folder(path) : -1;
    if (folder >= 0) {
        if (fstatat(folder, base_name(path), &st, AT_SYMLINK_NOFOLLOW) == 0 && same(&st, made))
            (void)unlinkat(folder, base_name(path), 0); /* else it is replaced next time */
        (void)close(folder);                            /* a name, no more */
    }
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
