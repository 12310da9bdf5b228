/* listen/unix.c -- the file of a unix service's socket: its owner, group and mode */
#include "config.h"

#include "listen/options.h"

int unix_own(const struct listener *l)
{
    const struct owner_settings *own = &l->service->entry->settings->owner;
    return unixfile_own(l->path, &l->made, own->uid, own->gid, (mode_t)own->mode);
}

int unix_bind(struct listener *l, int fd)
{
    /* Born without any permission: nobody connects before owner and mode are what they should
     * be. */
    int error = unixfile_bind(fd, l->socktype, l->path, 0, &l->made);
    return error ? error : unix_own(l);
}

void unix_remove(struct listener *l)
{
    unixfile_remove(l->path, &l->made);
}
