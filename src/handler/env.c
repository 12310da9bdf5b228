/* handler/env.c -- the environment of a handler: built, never passed on */
#include "config.h"

#include "handler/env.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"

enum { LINES = 14, LINE = 288, MOST = LINES + 1 + VIA_LINES };
/* LISTEN_FDNAMES with all names as long as they may be. */
enum { NAMES = ENTRY_SOCKETS * (LISTEN_NAME + 1) + 32 };

static char **daemon_env;
static char lines[LINES][LINE];
static char fdnames[NAMES]; /* a line that may be longer */
static char *pid_line;      /* LISTEN_PID's, among lines */
static size_t nlines;
static char **vector; /* grows to the largest environment there was */
static size_t room;

void environment_init(char **daemon)
{
    daemon_env = daemon;
}

static size_t name_length(const char *line)
{
    const char *equals = strchr(line, '=');
    return equals ? (size_t)(equals - line) : strlen(line);
}

static bool same_name(const char *a, const char *b)
{
    size_t n = name_length(a);
    return n == name_length(b) && memcmp(a, b, n) == 0;
}

/* Set or replace NAME=value. */
static bool put(char ***v, const char *line)
{
    for (size_t i = 0; *v && (*v)[i]; i++) {
        if (!same_name((*v)[i], line))
            continue;
        char *copy = strdup(line);
        if (!copy)
            return false;
        free((*v)[i]);
        (*v)[i] = copy;
        return true;
    }
    return strings_add(v, line);
}

static bool always_passed(const char *line)
{
    static const char *const names[] = {"PATH", "TZ", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (same_name(line, names[i]))
            return true;
    return strncmp(line, "LC_", 3) == 0;
}

/* What tells of a peer is the connection's or nobody's: whoever started us may have had one. */
static bool tells_of_peer(const char *line)
{
    static const char *const heads[] = {
        "PROTO=",   "REMOTE_",     "TCPREMOTE",   "TCPLOCAL",       "PROXY_",     "UDPREMOTE",
        "UDPLOCAL", "UNIXREMOTE",  "SSL_CL",      "UNIXLOCAL",      "SSL_CIPHER", "SSL_PROTOCOL",
        "SSL_TLS_", "LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES="};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (strncmp(line, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

static bool among(char *const *list, const char *line)
{
    for (size_t i = 0; list && list[i]; i++)
        if (same_name(line, list[i]))
            return true;
    return false;
}

static bool passed(const struct handler_settings *set, const char *line)
{
    if (always_passed(line))
        return true;
    return (set->pass_all || among(set->pass_env, line)) && !tells_of_peer(line);
}

static bool put_pair(char ***v, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 2;
    char *line = malloc(size);
    bool good = line && text_fits(line, size, "%s=%s", name, value) && put(v, line);
    free(line);
    return good;
}

/* The part that is the same for every start of an entry. */
static bool make_fixed(struct settings *set)
{
    char **v = NULL;
    bool good = true;
    for (size_t i = 0; daemon_env && daemon_env[i]; i++)
        if (passed(&set->handler, daemon_env[i]))
            good &= put(&v, daemon_env[i]);
    const struct priv *who = set->who;
    good &= put_pair(&v, "USER", who->user) && put_pair(&v, "LOGNAME", who->user) &&
            put_pair(&v, "HOME", who->home) && put_pair(&v, "SHELL", who->shell);
    for (size_t i = 0; set->handler.env && set->handler.env[i]; i++)
        good &= put(&v, set->handler.env[i]);
    if (!good) {
        strings_free(v);
        return false;
    }
    set->environment = v;
    return true;
}

static void add(const char *name, const char *value)
{
    struct text t;
    if (nlines == LINES)
        return;
    text_init(&t, lines[nlines], LINE);
    text_string(&t, name);
    text_string(&t, "=");
    text_string(&t, value);
    if (!t.cut)
        nlines++;
}

static void add_number(const char *name, uint64_t n)
{
    char text[24];
    struct text t;
    text_init(&t, text, sizeof text);
    text_number(&t, n);
    add(name, text);
}

static const char listen_pid[] = "LISTEN_PID";

/* sd_listen_fds(3). */
static void add_sockets(const struct spawn_plan *plan)
{
    struct text t;
    size_t n = 0;
    text_init(&t, fdnames, sizeof fdnames);
    for (size_t i = 0; plan->entry->names[i]; i++)
        if (plan->places & UINT64_C(1) << i) {
            text_string(&t, n++ ? ":" : "LISTEN_FDNAMES=");
            text_string(&t, plan->entry->names[i]);
        }
    add_number("LISTEN_FDS", n);
    pid_line = lines[nlines];
    add(listen_pid, ""); /* environment_own()'s to fill in */
}

void environment_own(char **env, pid_t pid)
{
    char digits[24], *to = pid_line;
    size_t n = 0;
    while (*env && *env != pid_line)
        env++;
    if (!*env)
        return; /* there is one: add_sockets() */
    for (to += sizeof listen_pid; pid > 0; pid /= 10)
        digits[n++] = (char)('0' + pid % 10);
    while (n > 0)
        *to++ = digits[--n];
    *to = '\0';
}

static void add_inet(const struct spawn_plan *plan, bool udp)
{
    static const char *const names[2][4] = {
        {"TCPREMOTEIP", "TCPREMOTEPORT", "TCPLOCALIP", "TCPLOCALPORT"},
        {"UDPREMOTEIP", "UDPREMOTEPORT", "UDPLOCALIP", "UDPLOCALPORT"},
    };
    char text[ADDR_TEXT];
    add("PROTO", udp ? "UDP" : "TCP");
    if (plan->peer && addr_family(plan->peer) != AF_UNSPEC) {
        add(names[udp][0], addr_format(plan->peer, text));
        add("REMOTE_ADDR", text);
        add("REMOTE_HOST", text);
        add_number(names[udp][1], addr_port(plan->peer));
        add_number("REMOTE_PORT", addr_port(plan->peer));
    }
    if (plan->local && addr_port(plan->local)) { /* a wait service of RPC has whichever came */
        add(names[udp][2], addr_format(plan->local, text));
        add_number(names[udp][3], addr_port(plan->local));
    }
}

static void add_unix(const struct spawn_plan *plan)
{
    add("PROTO", "UNIX");
    add("UNIXLOCALPATH", entry_path(plan->entry));
    if (!plan->peer || addr_family(plan->peer) != AF_UNIX)
        return;
    add_number("UNIXREMOTEPID", (uint64_t)plan->peer->u.un.pid);
    add_number("UNIXREMOTEEUID", plan->peer->u.un.uid);
    add_number("UNIXREMOTEEGID", plan->peer->u.un.gid);
}

/* In place of one of the first `n`, or as the last. How many there are. */
static size_t set(size_t n, size_t count, const char *line)
{
    size_t at = 0;
    while (at < n && !same_name(vector[at], line))
        at++;
    vector[at < n ? at : count] = (char *)(uintptr_t)line; /* execve(2) does not write there */
    return at < n ? count : count + 1;
}

/* The fixed part without what the addresses replace, then the addresses, then the balancer's: a
 * handler can rely on them, whatever the entry's `env` says. */
static char **join(char *const *fixed, const struct spawn_plan *plan)
{
    size_t n = 0;
    while (fixed[n])
        n++;
    if (n + MOST + 1 > room) {
        char **grown = realloc(vector, (n + MOST + 1) * sizeof(char *));
        if (!grown)
            return NULL;
        vector = grown;
        room = n + MOST + 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        vector[count++] = fixed[i];
    for (size_t i = 0; i < nlines; i++)
        count = set(n, count, lines[i]);
    if (*fdnames)
        count = set(n, count, fdnames);
    for (const char *line = NULL; (line = via_next(plan->via, plan->via_len, line));)
        count = set(n, count, line);
    vector[count] = NULL;
    return vector;
}

char **environment_make(const struct spawn_plan *plan)
{
    struct settings *fixed = plan->entry->settings;
    /* Behind a balancer on a unix socket there are clients of the network. */
    bool has_unix_peer = !plan->peer || addr_len(plan->peer) == 0;
    if (!fixed->environment && !make_fixed(fixed))
        return NULL;
    nlines = 0;
    *fdnames = '\0';
    if (plan->entry->names)
        add_sockets(plan);
    if (entry_lends_all(plan->entry))
        ; /* there may be several sockets: their handler asks them */
    else if (plan->entry->proto == PROTO_UNIX && has_unix_peer)
        add_unix(plan);
    else
        add_inet(plan, plan->entry->proto == PROTO_UDP);
    return join(fixed->environment, plan);
}

/* What a name server says is a stranger's text: only what a host name may hold gets in. */
static bool host_name(const struct addr *a, char *out, socklen_t size)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    if (!a || addr_len(a) == 0)
        return false;
    return getnameinfo(&a->u.sa, addr_len(a), out, size, NULL, 0, NI_NAMEREQD) == 0 &&
           strspn(out, good) == strlen(out);
}

/* Without memory it is not set. */
static void set_name(const char *variable, const char *name)
{
    (void)setenv(variable, name, 1);
}

void environment_resolve(const struct spawn_plan *plan)
{
    char name[256];
    bool udp = plan->entry->proto == PROTO_UDP;
    if (host_name(plan->peer, name, sizeof name)) {
        set_name("REMOTE_HOST", name);
        set_name(udp ? "UDPREMOTEHOST" : "TCPREMOTEHOST", name);
    }
    if (host_name(plan->local, name, sizeof name))
        set_name(udp ? "UDPLOCALHOST" : "TCPLOCALHOST", name);
}
