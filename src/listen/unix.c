/* listen/unix.c -- the file of a unix service's socket: its owner, group and mode */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listen/options.h"

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
    const struct owner_settings *own = &l->service->entry->settings->owner;
    const char *path = l->service->entry->path;
    if (own->uid != (uid_t)-1 || own->gid != (gid_t)-1)
        if (lchown(path, own->uid, own->gid) < 0)
            return errno;
    return change_mode(path, (mode_t)own->mode);
}

int unix_bind(struct listener *l, int fd)
{
    /* Born without any permission: nobody connects before owner and mode are what they should be.
     */
    int error =
        unixfile_bind(fd, l->service->entry->socktype, l->service->entry->path, 0, &l->made);
    return error ? error : unix_own(l);
}

void unix_remove(struct listener *l)
{
    unixfile_remove(l->service->entry->path, &l->made);
}
