/* base/event.c -- the event lines of the log */
#include "config.h"

#include "base/event.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A line being composed. */
struct event {
    struct text text;
    char line[2048];
};

static void begin(struct event *e, const char *name)
{
    text_init(&e->text, e->line, sizeof e->line);
    text_string(&e->text, name);
}

static void send_at(struct event *e, enum log_level level)
{
    text_mark_cut(&e->text);
    log_line(level, e->line);
}

static void add_text(struct event *e, const char *key, const char *value)
{
    if (value)
        text_field(&e->text, key, value);
}

static void add_number(struct event *e, const char *key, uint64_t n)
{
    text_key(&e->text, key);
    text_number(&e->text, n);
}

static void add_error(struct event *e, int error)
{
    if (error != 0)
        add_text(e, "error", strerror(error));
}

static void add_count(struct event *e, uint64_t count)
{
    if (count >= 2)
        add_number(e, "count", count);
}

static void add_seconds(struct event *e, const char *key, uint64_t ns)
{
    text_seconds(&e->text, key, ns);
}

/* What the master does itself has none. */
static void add_pid(struct event *e, pid_t pid)
{
    if (pid > 0)
        add_number(e, "pid", (uint64_t)pid);
}

static void add_signal(struct event *e, int number)
{
    const char *name = signal_name(number);
    if (name)
        add_text(e, "signal", name);
    else
        add_number(e, "signal", (uint64_t)number);
}

void event_listen(const char *service, const char *address, const char *protocol, int error)
{
    struct event e;
    begin(&e, "listen");
    add_text(&e, "service", service);
    add_text(&e, "address", address);
    add_text(&e, "protocol", protocol);
    add_error(&e, error);
    send_at(&e, error != 0 ? LEVEL_WARNING : LEVEL_INFO);
}

void event_again(const char *service, const char *address, const char *protocol, const char *reason)
{
    struct event e;
    begin(&e, "again");
    add_text(&e, "service", service);
    add_text(&e, "address", address);
    add_text(&e, "protocol", protocol);
    add_text(&e, "reason", reason);
    send_at(&e, LEVEL_WARNING);
}

void event_accept(const char *service, const char *from, pid_t pid, uint32_t running, uint32_t max)
{
    struct event e;
    begin(&e, "accept");
    add_text(&e, "service", service);
    add_text(&e, "from", from);
    add_pid(&e, pid);
    add_number(&e, "running", running);
    text_string(&e.text, "/");
    if (max > 0)
        text_number(&e.text, max);
    else
        text_string(&e.text, "-");
    send_at(&e, LEVEL_INFO);
}

void event_exit(const struct exit_told *x)
{
    struct event e;
    begin(&e, "exit");
    add_text(&e, "service", x->service);
    add_pid(&e, x->pid);
    if (WIFSIGNALED(x->status))
        add_signal(&e, WTERMSIG(x->status));
    else
        add_number(&e, "status", (uint64_t)WEXITSTATUS(x->status));
    add_seconds(&e, "duration", x->duration_ns);
    add_text(&e, "reason", x->reason);
    add_text(&e, "from", x->from);
    if (x->pid > 0) {
        add_seconds(&e, "cpu", x->cpu_ns);
        add_number(&e, "rss", x->rss);
    }
    if (x->counted) {
        add_number(&e, "in", x->in);
        add_number(&e, "out", x->out);
    }
    if (x->last_len > 0)
        text_field_bytes(&e.text, "stderr", x->last, x->last_len);
    send_at(&e, LEVEL_INFO);
}

/* The form that reject and drop share. */
static void refused(const char *name, const char *service, const char *from, const char *reason,
                    uint64_t count)
{
    struct event e;
    begin(&e, name);
    add_text(&e, "service", service);
    add_text(&e, "from", from);
    add_text(&e, "reason", reason);
    add_count(&e, count);
    send_at(&e, LEVEL_INFO);
}

void event_reject(const char *service, const char *from, const char *reason, uint64_t count)
{
    refused("reject", service, from, reason, count);
}

void event_drop(const char *service, const char *from, const char *reason, uint64_t count)
{
    refused("drop", service, from, reason, count);
}

void event_pause(const char *service, const char *reason, uint64_t retry_ns, const char *error,
                 uint64_t count)
{
    struct event e;
    begin(&e, "pause");
    add_text(&e, "service", service);
    add_text(&e, "reason", reason);
    if (retry_ns > 0)
        add_seconds(&e, "retry", retry_ns);
    add_text(&e, "error", error);
    add_count(&e, count);
    send_at(&e, LEVEL_INFO);
}

void event_resume(const char *service, const char *reason)
{
    struct event e;
    begin(&e, "resume");
    add_text(&e, "service", service);
    add_text(&e, "reason", reason);
    send_at(&e, LEVEL_INFO);
}

void event_exec_failed(const char *service, const char *program, const char *step, int error,
                       const char *reason)
{
    struct event e;
    begin(&e, "exec-failed");
    add_text(&e, "service", service);
    add_text(&e, "program", program);
    add_text(&e, "step", step);
    add_error(&e, error);
    add_text(&e, "reason", reason);
    send_at(&e, LEVEL_WARNING);
}

void event_ban(const char *peer, const char *service, uint64_t ns)
{
    struct event e;
    begin(&e, "ban");
    add_text(&e, "peer", peer);
    add_text(&e, "service", service);
    if (ns > 0)
        add_seconds(&e, "time", ns);
    send_at(&e, LEVEL_INFO);
}

void event_unban(const char *peer, const char *service)
{
    struct event e;
    begin(&e, "unban");
    add_text(&e, "peer", peer);
    add_text(&e, "service", service);
    send_at(&e, LEVEL_INFO);
}

void reload_words(const struct reload_told *r, struct text *t)
{
    const struct {
        const char *key;
        size_t n;
    } counts[] = {
        {"kept", r->kept}, {"added", r->added}, {"changed", r->changed}, {"removed", r->removed}};
    const struct {
        const char *key, *names;
    } named[] = {{"added_services", r->added_services},
                 {"changed_services", r->changed_services},
                 {"removed_services", r->removed_services}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        text_key(t, counts[i].key);
        text_number(t, counts[i].n);
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (named[i].names && *named[i].names)
            text_field(t, named[i].key, named[i].names);
}

void event_reload(const struct reload_told *r)
{
    struct event e;
    begin(&e, "reload");
    reload_words(r, &e.text);
    send_at(&e, LEVEL_INFO);
}

void event_start(const char *version, size_t services, size_t sockets, size_t failed,
                 const char *config)
{
    struct event e;
    begin(&e, "start");
    add_text(&e, "version", version);
    add_pid(&e, getpid());
    add_number(&e, "services", services);
    add_number(&e, "sockets", sockets);
    if (failed > 0)
        add_number(&e, "failed", failed);
    add_text(&e, "config", config);
    send_at(&e, LEVEL_INFO);
}

void event_stop(const char *reason, size_t handlers, uint64_t uptime_ns)
{
    struct event e;
    begin(&e, "stop");
    add_text(&e, "reason", reason);
    add_number(&e, "handlers", handlers);
    add_seconds(&e, "uptime", uptime_ns);
    send_at(&e, LEVEL_INFO);
}

void event_stderr(const char *service, pid_t pid, const char *line, size_t len)
{
    struct event e;
    begin(&e, "stderr");
    add_text(&e, "service", service);
    add_pid(&e, pid);
    text_field_bytes(&e.text, "line", line, len);
    send_at(&e, LEVEL_INFO);
}

void event_upgrade(const char *version, size_t services, size_t handlers, uint64_t pause_ns)
{
    struct event e;
    begin(&e, "upgrade");
    add_text(&e, "version", version);
    add_number(&e, "services", services);
    add_number(&e, "handlers", handlers);
    add_seconds(&e, "pause", pause_ns);
    send_at(&e, LEVEL_INFO);
}

void event_upgrade_failed(const char *program, const char *why)
{
    struct event e;
    begin(&e, "upgrade-failed");
    add_text(&e, "program", program);
    add_text(&e, "error", why);
    send_at(&e, LEVEL_WARNING);
}

void event_drain(const char *service, size_t running, uint64_t time_ns)
{
    struct event e;
    begin(&e, "drain");
    add_text(&e, "service", service);
    add_number(&e, "running", running);
    if (time_ns != UINT64_MAX)
        add_seconds(&e, "time", time_ns);
    send_at(&e, LEVEL_INFO);
}

void event_left_out(const char *service, uint64_t lines)
{
    struct event e;
    begin(&e, "stderr");
    add_text(&e, "service", service);
    add_number(&e, "left_out", lines);
    send_at(&e, LEVEL_INFO);
}
