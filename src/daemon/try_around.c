/* daemon/try_around.c -- what a handler has from the daemon that runs */
#include "config.h"

#include "daemon/try_around.h"

#include <fcntl.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "os/unixfile.h"

extern char **environ;

/* Who answers there; 0: nobody whom we would believe. */
static pid_t daemon_at(const char *control)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct addr peer = {.u.sa.sa_family = AF_UNSPEC};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (text_fits(un.sun_path, sizeof un.sun_path, "%s", control) &&
        connect(fd, (const struct sockaddr *)&un, sizeof un) == 0)
        peer = unixfile_peer(fd);
    (void)close(fd); /* nothing was said */
    bool known =
        addr_family(&peer) == AF_UNIX && (peer.u.un.uid == 0 || peer.u.un.uid == geteuid());
    return known && peer.u.un.pid > 0 ? peer.u.un.pid : 0;
}

/* The strings of its environment, as Linux shows them; how many bytes, or -1. */
static ssize_t read_environment(pid_t pid, char *out, size_t size)
{
    char path[64];
    ssize_t n, len = 0;
    int fd = text_fits(path, sizeof path, "/proc/%ld/environ", (long)pid)
                 ? open(path, O_RDONLY | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        return -1;
    while ((n = read(fd, out + len, size - 1 - (size_t)len)) > 0)
        len += n;
    (void)close(fd); /* only read from */
    out[len] = '\0';
    return n < 0 ? -1 : len;
}

pid_t try_around(const char *control)
{
    enum { VARIABLES = 1024 };
    static char bytes[1 << 16], *list[VARIABLES + 1];
    size_t n = 0;
    pid_t pid = control ? daemon_at(control) : 0;
    ssize_t len = pid > 0 ? read_environment(pid, bytes, sizeof bytes) : -1;
    if (len < 0)
        return 0;
    for (char *at = bytes; at < bytes + len && n < VARIABLES; at += strlen(at) + 1)
        list[n++] = at;
    list[n] = NULL;
    environ = list;
    return pid;
}
