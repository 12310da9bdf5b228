/* os/unixfile.h -- unix sockets: the file made safely, changed and removed only if ours; who is the
 * peer */
#ifndef DOORWARD_OS_UNIXFILE_H
#define DOORWARD_OS_UNIXFILE_H

#include "base/addr.h"

/* The file of a socket that we made: others may move it, or put theirs in its place. */
struct unixfile {
    dev_t dev;
    ino_t ino; /* 0: none */
};

/*
 * Bind `fd`, of type `socktype`, to `path`, with no more than the permissions `mode` from the first
 * moment. A socket that nobody listens on is replaced; a live one (EADDRINUSE) and any other file
 * (EEXIST) stay. 0, or errno; ESTALE: another file took its place at once. */
int unixfile_bind(int fd, int socktype, const char *path, mode_t mode, struct unixfile *made);
/* Does `path` still lead to the file that we made? */
bool unixfile_stands(const char *path, const struct unixfile *made);
/* Give that file, and no other, this owner, group (-1: as one that we make there has them) and
 * mode. 0, or errno; ESTALE: the path leads elsewhere. */
int unixfile_own(const char *path, const struct unixfile *made, uid_t uid, gid_t gid, mode_t mode);
/* Remove the file if it still is the one we made. */
void unixfile_remove(const char *path, struct unixfile *made);

/* The credentials of the peer of a connected socket; AF_UNSPEC when the system does not know. */
struct addr unixfile_peer(int fd);

#endif
