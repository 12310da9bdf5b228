/* daemon/try_socket.c -- a socket as a handler gets it, and the client's end of it */
#include "config.h"

#include "daemon/try_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"
#include "os/unixfile.h"

static const struct addr nobody; /* AF_UNSPEC */

/* --- internet -------------------------------------------------------------------------------- */

static struct addr loopback(bool six)
{
    struct addr a = addr_any(AF_INET, 0);
    if (!addr_parse(&a, six ? "::1" : "127.0.0.1"))
        a = addr_any(AF_INET, 0); /* it can be read */
    return a;
}

/* A socket bound to loopback, with its address in `*at`. */
static int bound_to(bool six, int type, struct addr *at)
{
    *at = loopback(six);
    int fd = socket(addr_family(at), type | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, &at->u.sa, addr_len(at)) == 0 && fd_local(fd, at))
        return fd;
    return -1; /* the process ends */
}

static int bound(const struct service *s, struct addr *at)
{
    bool six = s->nlisteners > 0 && service_listeners(s)[0]->mode == MODE_V6ONLY;
    return bound_to(six, s->entry->socktype, at);
}

static bool connected(int fd, const struct addr *to)
{
    return connect(fd, &to->u.sa, addr_len(to)) == 0;
}

static bool open_tcp(struct try_socket *t, const struct service *s)
{
    int listener = bound(s, &t->local);
    t->client = bound(s, &t->peer);
    if (listener < 0 || t->client < 0 || listen(listener, 1) < 0 ||
        !connected(t->client, &t->local))
        return false;
    t->handler = listener;
    if (s->entry->wait) {
        t->peer = nobody;
        return true;
    }
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    t->handler = fd_accept(listener, &ss, &len);
    (void)close(listener); /* it has done its work */
    return t->handler >= 0;
}

static bool open_udp(struct try_socket *t, const struct service *s)
{
    t->handler = bound(s, &t->local);
    t->client = bound(s, &t->peer);
    if (t->handler < 0 || t->client < 0 || !connected(t->client, &t->local))
        return false;
    if (!s->entry->wait)
        return connected(t->handler, &t->peer);
    t->peer = nobody;
    return true;
}

/* --- unix ------------------------------------------------------------------------------------ */

static bool bind_unix(int fd, struct sockaddr_un *un, const char *folder, const char *name)
{
    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    return text_fits(un->sun_path, sizeof un->sun_path, "%s/%s", folder, name) &&
           bind(fd, (const struct sockaddr *)un, sizeof *un) == 0;
}

/* What shall be served, with a client: their paths are of no more use then. */
static bool open_waiting(struct try_socket *t, const struct service *s, const char *folder)
{
    int type = s->entry->socktype;
    struct sockaddr_un mine, theirs;
    t->handler = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    t->client = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (t->handler < 0 || t->client < 0)
        return false;
    bool good = bind_unix(t->handler, &theirs, folder, "handler") &&
                (type == SOCK_DGRAM || listen(t->handler, 1) == 0) &&
                bind_unix(t->client, &mine, folder, "client") &&
                chmod(mine.sun_path, 0666) == 0 && /* whoever the handler is, it may answer */
                connect(t->client, (const struct sockaddr *)&theirs, sizeof theirs) == 0;
    if (type == SOCK_DGRAM && good)
        return true;               /* an answer goes to the client's path */
    (void)unlink(theirs.sun_path); /* perhaps it was not made */
    (void)unlink(mine.sun_path);   /* the same */
    return good;
}

static char folder[] = "/tmp/doorward-try.XXXXXX";

static void remove_folder(void)
{
    static const char *const names[] = {"/handler", "/client"};
    char path[sizeof folder + 16];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_fits(path, sizeof path, "%s%s", folder, names[i]))
            (void)remove(path); /* most are gone already */
    for (size_t i = 0; i < ENTRY_SOCKETS; i++)
        if (text_fits(path, sizeof path, "%s/%zu", folder, i))
            (void)remove(path); /* most were never there */
    (void)remove(folder);       /* as empty as it can be */
}

/* A folder of our own, gone at the end. */
static bool make_folder(void)
{
    static bool made;
    if (!made)
        made = mkdtemp(folder) && chmod(folder, 0755) == 0 && atexit(remove_folder) == 0;
    return made;
}

static bool open_unix(struct try_socket *t, const struct service *s)
{
    int pair[2];
    if (s->entry->wait)
        return make_folder() && open_waiting(t, s, folder);
    if (socketpair(AF_UNIX, s->entry->socktype | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    t->client = pair[0];
    t->handler = pair[1];
    t->peer = addr_unix(geteuid(), getegid(), getpid());
    return true;
}

/* --- several --------------------------------------------------------------------------------- */

/* One that no client of ours has; -1 with errno. */
static int open_other(const struct listener *l, size_t i)
{
    char name[24];
    struct addr at;
    struct sockaddr_un un;
    int fd;
    if (l->mode != MODE_UNIX) {
        fd = bound_to(l->mode == MODE_V6ONLY, l->socktype, &at);
    } else {
        fd = socket(AF_UNIX, l->socktype | SOCK_CLOEXEC, 0);
        if (fd < 0 || !make_folder() || !text_fits(name, sizeof name, "%zu", i) ||
            !bind_unix(fd, &un, folder, name) || chmod(un.sun_path, 0666) < 0)
            return -1;
    }
    return fd >= 0 && l->socktype != SOCK_DGRAM && listen(fd, 1) < 0 ? -1 : fd;
}

static bool open_others(struct try_socket *t, const struct service *s)
{
    t->all[0] = t->handler;
    t->count = 1;
    if (!s->entry->names)
        return true;
    for (; t->count < s->nlisteners; t->count++) {
        t->all[t->count] = open_other(service_listeners(s)[t->count], t->count);
        if (t->all[t->count] < 0)
            return false;
    }
    return true;
}

void try_socket_name(const struct try_socket *t, size_t i, struct text *out)
{
    struct addr at;
    int type = 0;
    socklen_t len = sizeof type;
    char words[ADDR_TEXT];
    if (!fd_local(t->all[i], &at) ||
        (addr_family(&at) != AF_INET && addr_family(&at) != AF_INET6)) {
        text_add(out, "%s/%zu", folder, i);
        return;
    }
    (void)getsockopt(t->all[i], SOL_SOCKET, SO_TYPE, &type, &len); /* a socket of ours */
    text_add(out, "%s %s", type == SOCK_STREAM ? "tcp" : "udp", addr_format_port(&at, words));
}

bool try_socket_open(struct try_socket *t, const struct service *s)
{
    static bool (*const opens[PROTOS])(struct try_socket * t,
                                       const struct service *s) = {[PROTO_TCP] = open_tcp,
                                                                   [PROTO_UDP] = open_udp,
                                                                   [PROTO_UNIX] = open_unix,
                                                                   [PROTO_TCPMUX] = open_tcp};
    *t = (struct try_socket){.client = -1, .handler = -1};
    t->peer = t->local = nobody;
    t->stream = s->entry->socktype != SOCK_DGRAM;
    return opens[s->entry->proto](t, s) && open_others(t, s);
}
