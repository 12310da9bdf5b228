/* os/hosts.c -- hosts.allow and hosts.deny through libwrap, only in a forked child */
#include "config.h"

#include "os/hosts.h"

#include <unistd.h>

#include "base/log.h"

#if HAVE_LIBWRAP

#include <dlfcn.h>
#include <signal.h>
#include <syslog.h>
#include <tcpd.h>

const bool hosts_built_in = true;

enum { PATIENCE_S = 30 };

/* libwrap wants its program to have these. */
int allow_severity = LOG_INFO;
int deny_severity = LOG_WARNING;

/* The library's functions, looked up by name: the master never loads it. */
struct library {
    struct request_info *(*init)(struct request_info *, ...);
    void (*host)(struct request_info *);
    void (*name)(struct host_info *);
    void (*addr)(struct host_info *);
    int (*access)(struct request_info *);
};

static bool load(struct library *lib)
{
    static const char *const names[] = {"request_init", "sock_host", "sock_hostname",
                                        "sock_hostaddr", "hosts_access"};
    void *at[5], *handle = dlopen(LIBWRAP_SONAME, RTLD_NOW);
    for (size_t i = 0; i < 5; i++) {
        at[i] = handle ? dlsym(handle, names[i]) : NULL;
        if (!at[i]) {
            log_warnx("hosts_access: %s", dlerror());
            return false;
        }
    }
    /* POSIX dlsym(3): a pointer to a function fits a void *. */
    *(void **)&lib->init = at[0];
    *(void **)&lib->host = at[1];
    *(void **)&lib->name = at[2];
    *(void **)&lib->addr = at[3];
    *(void **)&lib->access = at[4];
    return true;
}

/* What sock_host() finds out of a socket, told. */
static void set_ends(const struct library *lib, struct request_info *request,
                     const struct addr *client, const struct addr *server)
{
    request->client->sin = (void *)(uintptr_t)&client->u.sa; /* it is only read */
    if (server)
        request->server->sin = (void *)(uintptr_t)&server->u.sa; /* likewise */
    request->hostname = lib->name;
    request->hostaddr = lib->addr;
}

enum hosts_verdict hosts_allow(const char *daemon, int fd, const struct addr *client,
                               const struct addr *server, void (*late)(int signo))
{
    struct library lib;
    struct request_info request;
    struct sigaction sa = {.sa_handler = late}, before;
    if (!load(&lib))
        return HOSTS_BROKEN;
    (void)sigemptyset(&sa.sa_mask); /* cannot fail */
    if (sigaction(SIGALRM, &sa, &before) < 0)
        return HOSTS_BROKEN;
    (void)alarm(PATIENCE_S);
    (void)lib.init(&request, RQ_DAEMON, daemon, RQ_FILE, fd, 0);
    if (client)
        set_ends(&lib, &request, client, server);
    else
        lib.host(&request);
    bool yes = lib.access(&request) != 0;
    (void)alarm(0);
    (void)sigaction(SIGALRM, &before, NULL); /* it was good */
    return yes ? HOSTS_ALLOW : HOSTS_DENY;
}

#else

const bool hosts_built_in = false;

enum hosts_verdict hosts_allow(const char *daemon, int fd, const struct addr *client,
                               const struct addr *server, void (*late)(int signo))
{
    (void)daemon;
    (void)fd;
    (void)client;
    (void)server;
    (void)late;
    log_warnx("hosts_access: not in this build");
    return HOSTS_BROKEN;
}

#endif
