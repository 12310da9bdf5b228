/* daemon/try.c -- --try: a handler started once, its client is the terminal */
#include "config.h"

#include "daemon/try.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/signals.h"
#include "base/text.h"
#include "daemon/report.h"
#include "daemon/try_around.h"
#include "daemon/try_relay.h"
#include "daemon/try_socket.h"
#include "handler/env.h"
#include "handler/spawn.h"
#include "os/caps.h"

static void say(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* A line on stderr; no control character of the configuration or the environment gets there. */
static void say(const char *fmt, ...)
{
    char line[4096], harmless[4 * sizeof line];
    struct text t;
    va_list ap;
    text_init(&t, line, sizeof line);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    text_mark_cut(&t);
    struct text out;
    text_init(&out, harmless, sizeof harmless);
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 127)
            text_escape(&out, line + i, 1);
        else
            text_bytes(&out, line + i, 1);
    (void)fprintf(stderr, "doorward: %s\n", harmless); /* nobody else to tell */
}

/* --- which entry ----------------------------------------------------------------------------- */

static void tell_all(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct entry *e = t->services[i]->entry;
        if (service_is_named(t->services[i], name))
            say("  %s/%s (%s:%u)", e->name, service_proto_name(t->services[i]), e->file, e->line);
    }
}

/* The one that is on, if there is one; else the one. NULL: told. */
static struct service *find(const struct table *t, const char *name)
{
    struct service *found[2] = {NULL, NULL}; /* off, on */
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < t->count; i++) {
        struct service *s = t->services[i];
        if (!service_is_named(s, name))
            continue;
        found[!s->entry->off] = s;
        count[!s->entry->off]++;
    }
    bool on = count[1] > 0;
    if (count[on] == 1)
        return found[on];
    if (count[on] == 0) {
        say("no entry is named \"%s\"", name);
    } else {
        say("\"%s\" is more than one entry: say which", name);
        tell_all(t, name);
    }
    return NULL;
}

/* --- what cannot be as it would be ------------------------------------------------------------ */

/* Of glibc and others the type of getrlimit's first argument differs. */
static bool own_limit(int which, struct rlimit *now)
{
#ifdef __GLIBC__
    return getrlimit((__rlimit_resource_t)which, now) == 0;
#else
    return getrlimit(which, now) == 0;
#endif
}

/* Limits that only root can raise go. */
static void lower_limits(struct rlimits *limits)
{
    size_t kept = 0;
    for (size_t i = 0; i < limits->count; i++) {
        struct rlimit now;
        const struct priv_rlimit *l = &limits->at[i];
        if (own_limit(l->which, &now) && l->value.rlim_max > now.rlim_max)
            say("not the same: a resource limit above your own is left as it is");
        else
            limits->at[kept++] = *l;
    }
    limits->count = kept;
}

/* As an ordinary user. False: it would be another program altogether, told. */
static bool take_own(struct settings *set)
{
    enum priv_fault fault;
    if (set->handler.chroot) {
        say("chroot %s: only root can try that", set->handler.chroot);
        return false;
    }
    if (!priv_possible(set->who)) {
        struct priv *own = priv_find(NULL, NULL, &fault);
        if (!own) {
            say("you: %s", priv_fault_text(fault));
            return false;
        }
        say("not the same: only root can run it as %s%s%s, it is you, %s", set->who->user,
            set->who->group ? ":" : "", set->who->group ? set->who->group : "", own->user);
        priv_unref(set->who);
        set->who = own;
    }
    if (set->handler.nice < 0)
        say("not the same: only root can give it nice %d", set->handler.nice);
    if (set->handler.nice < 0)
        set->handler.nice = 0;
    lower_limits(&set->handler.rlimits);
    return true;
}

/* The entry with settings that this process can apply. False: told. */
static bool adjust(struct service *s, bool caged)
{
    struct settings *set = settings_copy(s->entry->settings);
    if (!set) {
        say("out of memory");
        return false;
    }
    settings_unref(s->entry->settings);
    s->entry->settings = set;
    if (!caged)
        set->cage.layers = 0;
    if (set->access.hosts_access)
        say("not the same: hosts.allow and hosts.deny are not asked");
    set->access.hosts_access = false;
    return geteuid() == 0 || take_own(set);
}

/* --- what it is ------------------------------------------------------------------------------ */

static void put_line(void *arg, const char *line)
{
    (void)arg;
    say("%s", line);
}

static void say_user(const struct priv *who)
{
    char line[1024];
    struct text t;
    text_init(&t, line, sizeof line);
    text_add(&t, "user %s: uid %lu, gid %lu, groups", who->user, (unsigned long)who->uid,
             (unsigned long)who->gid);
    for (size_t i = 0; i < who->ngroups; i++)
        text_add(&t, " %lu", (unsigned long)who->groups[i]);
    text_mark_cut(&t);
    say("%s", line);
}

/* Where the handler finds it. */
static void say_socket(const struct service *s, const char *errors)
{
    const struct entry *e = s->entry;
    const char *what = e->wait ? "to serve clients with" : "of one client";
    if (!e->names)
        say("socket %s, on 0 and 1; what it writes to 2 goes %s", what, errors);
    else if (s->nlisteners > 1)
        say("socket %s, the first of %u, on 3; what it writes to 2 goes %s", what,
            (unsigned)s->nlisteners, errors);
    else
        say("socket %s, on 3; what it writes to 2 goes %s", what, errors);
}

/* Who wants to be a client of one of them knows where. */
static void say_others(const struct try_socket *sock)
{
    for (size_t i = 1; i < sock->count; i++) {
        char where[512];
        struct text t;
        text_init(&t, where, sizeof where);
        try_socket_name(sock, i, &t);
        say("socket on %zu: %s", 3 + i, where);
    }
}

static void describe(const struct service *s, const struct spawn_plan *plan)
{
    static const char *const errors[] = {
        [STDERR_SOCKET] = "to the client, among the answers",
        [STDERR_LOG] = "to the log; here on standard error",
        [STDERR_NULL] = "nowhere",
    };
    const struct entry *e = s->entry;
    const struct handler_settings *h = &e->settings->handler;
    struct service *one = (struct service *)s;
    struct table table = {.services = &one, .count = 1};
    say("%s:%u%s:", e->file, e->line, e->off ? ", which is off" : "");
    (void)conf_print(&table, put_line, NULL); /* what is out of memory here is so below */
    say_user(e->settings->who);
    say("directory %s%s%s", h->directory ? h->directory : "/", h->chroot ? " below " : "",
        h->chroot ? h->chroot : "");
    say_socket(s, errors[h->stderr_to]);
    char **env = e->program->builtin ? NULL : environment_make(plan);
    for (size_t i = 0; env && env[i]; i++)
        if (strcmp(env[i], "LISTEN_PID=") != 0) /* it has no number yet */
            say("  %s", env[i]);
}

/* --- one start ------------------------------------------------------------------------------- */

static int failed(const char *step, int error)
{
    say("it could not be started: %s: %s", step, strerror(error));
    return EXIT_NOT_STARTED;
}

/* What -t would have said of the program, too. */
static int explained(const struct spawn_error *e)
{
    if (e->why && *e->why)
        say("the program %s", e->why);
    return failed(e->step, e->error);
}

static int ended(int status)
{
    struct spawn_report report = {.signal = 0};
    if (spawn_reported(&report) && report.step[0])
        return explained(&(struct spawn_error){report.step, report.error, report.why});
    if (report.signal)
        status = report.signal;
    if (WIFSIGNALED(status)) {
        const char *name = signal_name(WTERMSIG(status));
        say("ended: signal=%s", name ? name : "?");
        return 128 + WTERMSIG(status);
    }
    say("ended: status=%d", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

static int start(const struct service *s, const struct spawn_plan *plan, struct try_socket *sock)
{
    const struct handler_settings *h = &s->entry->settings->handler;
    struct outcome o;
    int ends[2], none;
    try_relay_prepare();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return failed("socketpair", errno);
    pid_t pid = fork();
    if (pid == 0)
        spawn_become(plan, &(struct birth){.pid = 0}, ends[1]);
    if (pid < 0)
        return failed("fork", errno);
    (void)close(ends[1]); /* the child's */
    for (size_t i = 0; i < sock->count; i++)
        (void)close(sock->all[i]); /* the same */
    bool said = outcome_receive(ends[0], &o, &none, 0) > 0;
    if (said && o.e.step)
        return explained(&o.e);
    say("it runs%s", isatty(STDIN_FILENO) ? "; you are the client, ^D ends what you say" : "");
    const struct try_relay r = {.pid = pid,
                                .kept = said,
                                .client = sock->client,
                                .stream = sock->stream,
                                .stays = s->entry->wait || !sock->stream,
                                .timeout = h->timeout,
                                .signal = h->timeout_signal};
    return ended(try_relay(&r));
}

static int try_entry(struct service *s, const char *control, bool caged)
{
    struct try_socket sock;
    pid_t daemon = try_around(control);
    const struct builtin *builtin = s->entry->program->builtin;
    if (builtin && builtin->how != BUILTIN_FORK) {
        say("%s is builtin, and no process: ask it by its port", builtin->name);
        return EX_USAGE;
    }
    if (!adjust(s, caged))
        return EX_NOPERM;
    if (caps_start() < 0 || spawn_init() < 0)
        return failed("start", errno);
    if (!try_socket_open(&sock, s))
        return failed("socket", errno);
    const struct spawn_plan plan = {
        .entry = s->entry,
        .fd = sock.handler,
        .fds = sock.all,
        .nfds = sock.count,
        .places = sock.count < 64 ? (UINT64_C(1) << sock.count) - 1 : UINT64_MAX,
        .err = STDERR_FILENO,
        .peer = addr_family(&sock.peer) != AF_UNSPEC ? &sock.peer : NULL,
        .local = addr_family(&sock.local) != AF_UNSPEC ? &sock.local : NULL};
    describe(s, &plan);
    say_others(&sock);
    if (daemon > 0)
        say("the environment is the running daemon's (pid %ld), resource limits are yours",
            (long)daemon);
    else
        say("environment and resource limits begin as yours: a daemon's may be others");
    int status = start(s, &plan, &sock);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    say("standard output: %s", strerror(errno));
    return status ? status : EX_IOERR;
}

int try_service(const struct server_options *o, const char *name, bool caged)
{
    struct conf_options conf = o->conf;
    size_t errors = 0;
    conf.all = true;
    /* What is wrong with others does not matter, unless it is one of them. */
    struct table *t = conf_load(o->paths, o->npaths, &conf, &report_nobody, &errors);
    struct service *s = t ? find(t, name) : NULL;
    int status = s ? try_entry(s, o->control, caged) : EX_CONFIG;
    table_free(t);
    if (!s && errors > 0)
        t = conf_load(o->paths, o->npaths, &conf, &report_stderr, &errors);
    if (!s && errors > 0)
        table_free(t);
    return status;
}
