/* os/fd.c -- one descriptor: does it block, where is it bound, of what family is it */
#include "config.h"

#include "os/fd.h"

#include <fcntl.h>
#include <unistd.h>

int fd_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return wanted == flags ? 0 : fcntl(fd, F_SETFL, wanted);
}

bool fd_local(int fd, struct addr *at)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
        return false;
    *at = addr_from((const struct sockaddr *)&ss, len);
    return true;
}

int fd_family(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    return getsockname(fd, (struct sockaddr *)&ss, &len) < 0 ? AF_UNSPEC : ss.ss_family;
}
