/* daemon/learn/sockets.c -- what a handler does with sockets of its own, as facts */
#include "config.h"

#include "daemon/learn/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/strings.h"
#include "base/text.h"
#include "daemon/learn/look.h"

static const struct {
    int family;
    const char *name;
} families[] = {
#ifdef AF_NETLINK
    {AF_NETLINK, "netlink"},
#endif
#ifdef AF_PACKET
    {AF_PACKET, "packet"},
#endif
#ifdef AF_VSOCK
    {AF_VSOCK, "vsock"},
#endif
    {AF_INET, "internet (raw, or of another protocol)"},
    {AF_INET6, "internet (raw, or of another protocol)"},
};

static char **tcp; /* "socket:[123]" of those that were made, however they are numbered now */

static void note_family(struct facts *f, int family)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].family == family) {
            facts_note(f, "it made a socket of family %s: no key allows that", families[i].name);
            return;
        }
    facts_note(f, "it made a socket of family %d: no key allows that", family);
}

void sockets_made(struct facts *f, const struct watch_call *c, int fd)
{
    char name[LOOK_PATH];
    enum { FLAGS = 0xf }; /* the type is below them */
    int family = (int)c->args[0], type = (int)c->args[1] & FLAGS, protocol = (int)c->args[2];
    if (family == AF_UNIX)
        return; /* told where it is connected */
    bool internet = family == AF_INET || family == AF_INET6;
    if (internet && type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
        facts_add(f, FACT_CONNECT, "udp");
    else if (!internet || type != SOCK_STREAM || (protocol != 0 && protocol != IPPROTO_TCP))
        note_family(f, family);
    else if (look_fd(c->pid, fd, name) && !strings_add(&tcp, name))
        f->no_memory = true;
}

static bool is_tcp(const struct watch_call *c)
{
    char name[LOOK_PATH];
    bool known = look_fd(c->pid, (int)c->args[0], name);
    for (size_t i = 0; known && tcp && tcp[i]; i++)
        if (strcmp(tcp[i], name) == 0)
            return true;
    return false;
}

union any {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

/* The address that the call has; its length, 0 none. */
static size_t address(const struct watch_call *c, union any *a)
{
    size_t len = c->args[2] < sizeof *a ? (size_t)c->args[2] : sizeof *a;
    memset(a, 0, sizeof *a);
    ssize_t n = look_bytes(c->pid, c->args[1], a, len);
    return n > 0 ? (size_t)n : 0;
}

static void add_port(struct facts *f, enum fact what, const union any *a)
{
    char word[8];
    unsigned port = ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port : a->in6.sin6_port);
    if (port == 0 && what == FACT_BIND)
        facts_note(f, "it bound a tcp socket to any free port: bind_ports cannot say that");
    else if (text_fits(word, sizeof word, "%u", port) && port > 0)
        facts_add(f, what, word);
}

/* The path of a unix socket as it is from everywhere; false: it has none, which is told. */
static bool unix_place(struct facts *f, const struct watch_call *c, const union any *a, size_t len,
                       char place[static LOOK_PATH])
{
    bool there;
    char path[sizeof a->un.sun_path + 1] = "";
    size_t head = offsetof(struct sockaddr_un, sun_path);
    if (len > head)
        memcpy(path, a->un.sun_path, len - head < sizeof path ? len - head : sizeof path - 1);
    if (*path)
        return look_place(c->pid, AT_FDCWD, path, true, place, &there);
    if (len > head + 1)
        facts_note(f, "it used the abstract unix socket @%s: strict keeps those inside", path + 1);
    return false;
}

void sockets_connect(struct facts *f, const struct watch_call *c, bool reached)
{
    union any a;
    char place[LOOK_PATH];
    size_t len = address(c, &a);
    if (len == 0)
        return;
    if (a.sa.sa_family == AF_UNIX && reached && unix_place(f, c, &a, len, place))
        facts_note(f,
                   "it connected to the unix socket %s: strict cannot keep to paths of those; "
                   "jail can, by connect = unix:%s",
                   place, place);
    else if ((a.sa.sa_family == AF_INET || a.sa.sa_family == AF_INET6) && is_tcp(c))
        add_port(f, FACT_CONNECT, &a);
}

void sockets_bind(struct facts *f, const struct watch_call *c,
                  void (*made)(struct facts *f, const char *place))
{
    union any a;
    char place[LOOK_PATH];
    size_t len = address(c, &a);
    if (len > 0 && a.sa.sa_family == AF_UNIX && unix_place(f, c, &a, len, place)) {
        facts_note(f, "it made the unix socket %s: strict allows no such sockets", place);
        made(f, place);
    } else if (len > 0 && (a.sa.sa_family == AF_INET || a.sa.sa_family == AF_INET6) && is_tcp(c)) {
        add_port(f, FACT_BIND, &a);
    }
}
