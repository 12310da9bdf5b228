/* daemon/server.c -- the daemon put together: start, signals, orderly stop */
#include "config.h"

#include "daemon/server.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/event.h"
#include "base/log.h"
#include "base/place.h"
#include "control/status.h"
#include "control/web.h"
#include "daemon/private.h"
#include "daemon/signals.h"
#include "handler/account.h"
#include "handler/child.h"
#include "handler/errlog.h"
#include "handler/spawn.h"
#include "listen/rpc.h"
#include "listen/rpc_told.h"
#include "listen/store.h"
#include "os/caps.h"
#include "os/heirs.h"
#include "os/helper.h"
#include "os/pidfile.h"
#include "os/sd.h"
#include "serve/conn.h"
#include "serve/lend.h"
#include "serve/start.h"
#include "service/ident.h"

/* --- signals -------------------------------------------------------------------------------- */

static void on_hup(void *arg)
{
    server_route(arg); /* whatever the load finds: who has moved the files waits for that */
    server_ask_load(arg, NULL);
}

static void on_child(void *arg)
{
    struct server *sv = arg;
    reader_child(&sv->load.reader);
    probe_child(&sv->upgrade.probe);
    children_reap(sv->master.children, loop_signal_from(SIGCHLD));
}

static void end(struct server *sv, const char *reason)
{
    const struct server_options *o = sv->options;
    if (!sv->ends)
        sv->ends = reason;
    if (sv->serving && o->drains && !sv->draining.all)
        server_drain(sv, o->drain);
    else
        loop_stop(sv->master.loop);
}

static void on_term(void *arg)
{
    end(arg, "SIGTERM");
}

static void on_int(void *arg)
{
    end(arg, "SIGINT");
}

static void on_quit(void *arg)
{
    struct server *sv = arg;
    sv->ends = "SIGQUIT";
    server_quit(sv);
}

static void on_command(void *arg)
{
    end(arg, "doorwardctl");
}

static void on_usr1(void *arg)
{
    struct server *sv = arg;
    const struct table *t = sv->master.table;
    for (size_t i = 0; i < t->count; i++) {
        char line[1024];
        struct text text;
        struct status st;
        text_init(&text, line, sizeof line);
        status_get(t->services[i], &st);
        status_line(&st, &text);
        log_line(LEVEL_INFO, line);
    }
}

static void on_usr2(void *arg)
{
    (void)server_upgrade(arg, NULL, UINT64_MAX); /* or one is under way: that is as good */
}

static void (*const acts[SIGNAL_ACTS])(void *arg) = {
    [SIGNAL_RELOAD] = on_hup,   [SIGNAL_STOP] = on_term,  [SIGNAL_INTERRUPT] = on_int,
    [SIGNAL_QUIT] = on_quit,    [SIGNAL_STATE] = on_usr1, [SIGNAL_REAP] = on_child,
    [SIGNAL_UPGRADE] = on_usr2,
};

/* --- start ---------------------------------------------------------------------------------- */

static void opened(void *arg, struct listener *l)
{
    struct server *sv = arg;
    rpc_note(l, true);
    lend_join(&sv->master, l);
    store_note(&sv->listening);
    hold_arm(&sv->master, l->service);
    if (!sv->opening)
        rpc_flush(false);
}

static void looked(void *arg, struct listener *l)
{
    struct server *sv = arg;
    hold_arm(&sv->master, l->service);
}

static void register_again(void *arg)
{
    const struct server *sv = arg;
    const struct table *t = sv->master.table;
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            rpc_note(service_listeners(t->services[i])[j], true);
    rpc_flush(false);
}

static void feed_watchdog(struct timer *t)
{
    struct server *sv = loop_owner(t, struct server, watchdog);
    sd_notify("WATCHDOG=1");
    server_tell_status(sv, false);
    if (loop_timer(sv->master.loop, t, loop_now() + sd_watchdog_ns()) < 0)
        log_warn("watchdog");
}

static void reload_asked(void *arg, uint32_t *number)
{
    server_ask_load(arg, number);
}

static void drain_asked(void *arg, struct service *s, uint64_t time)
{
    struct server *sv = arg;
    if (time == UINT64_MAX && sv->options->drains)
        time = sv->options->drain;
    if (s) {
        server_drain_service(sv, s, time);
        return;
    }
    if (!sv->ends)
        sv->ends = "doorwardctl";
    server_drain(sv, time);
}

static bool tell_config(void *arg, void (*put)(void *to, const char *path), void *to)
{
    const struct server *sv = arg;
    const struct server_options *o = sv->options;
    if (!o->named && !o->text)
        put(to, "usual: " SYSCONFDIR "/inetd.conf " SYSCONFDIR "/inetd.d " PACKAGESDIR);
    for (size_t i = 0; o->named && i < o->npaths; i++)
        put(to, o->paths[i]);
    return !o->text;
}

static bool upgrade_asked(void *arg, const char *program, uint64_t time)
{
    return server_upgrade(arg, program, time);
}

static void set_acts(struct server *sv)
{
    sv->acts = (struct control_acts){.reload = reload_asked,
                                     .stop = on_command,
                                     .config = tell_config,
                                     .upgrade = upgrade_asked,
                                     .drain = drain_asked,
                                     .arg = sv,
                                     .loaded = &sv->loaded};
}

static int prepare(struct server *sv)
{
    struct master *m = &sv->master;
    set_acts(sv);
    sd_start();
    ident_start();
    m->loop = loop_new();
    if (!m->loop || heirs_start() < 0 || caps_start() < 0 || spawn_init() < 0)
        return -1;
    m->children = children_new(m->loop, start_ended, m);
    m->changed = conn_changed;
    m->serve_one = conn_serve_one;
    web_start(m);
    builtin_status(web_look, web_serve);
    m->share.line = (struct ring)RING_EMPTY(m->share.line);
    m->log_connections = sv->options->log_connections;
    m->helpers = helpers_new(m->loop);
    sv->listening = (struct listening){
        .loop = m->loop, .helpers = m->helpers, .opened = opened, .looked = looked, .arg = sv};
    m->listening = &sv->listening;
    rpc_told_start(m->loop, register_again, sv);
    sv->watchdog.fire = feed_watchdog;
    sv->upgrade.answers = -1;
    m->starters = starters_new(m->loop, start_done, m);
    if (!m->children || !m->starters || !m->helpers)
        return -1;
    children_hooks(m->children, start_stranger, start_reports);
    return signals_set(m->loop, acts, sv);
}

/* Nobody asked for a place, and the usual one is not there. */
static void say_unplaced(void)
{
    char usual[4096];
    bool known = place_control(usual, sizeof usual);
    log_warnx("no control socket: %s%s; --control PATH opens one, --pidfile FILE tells the pid",
              known ? usual : "XDG_RUNTIME_DIR is not set",
              known ? " is in no folder that can be written" : "");
}

/* False: it was asked for by name, and could not be opened. */
static bool open_control(struct server *sv)
{
    const struct server_options *o = sv->options;
    if (!o->control)
        return true;
    sv->control = control_open(&sv->master, o->control, &sv->acts);
    if (!sv->control)
        log_warn("control socket %s", o->control);
    return sv->control || !o->control_asked;
}

/* Sockets that are open, and those that will be tried again. */
static size_t count_open(const struct table *t, size_t *failed)
{
    size_t open = 0;
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++) {
            const struct listener *l = service_listeners(t->services[i])[j];
            open += l->watch.fd >= 0;
            *failed += listen_error(l) != 0;
        }
    return open;
}

static void say_start(struct server *sv, size_t open, size_t failed)
{
    const struct server_options *o = sv->options;
    char config[512];
    struct text t;
    text_init(&t, config, sizeof config);
    for (size_t i = 0; i < o->npaths; i++)
        text_add(&t, "%s%s", i ? " " : "", o->paths[i]);
    text_mark_cut(&t);
    event_start(PACKAGE_VERSION, sv->master.table->count, open, failed,
                o->text ? o->text_name : config);
    sv->since = sv->master.since = loop_now();
}

static void tell_manager(struct server *sv)
{
    if (sd_watchdog_ns())
        feed_watchdog(&sv->watchdog);
    server_tell_status(sv, true);
}

static int serve(struct server *sv, size_t errors)
{
    if (sv->options->single && errors > 0)
        return EX_USAGE;
    if (sv->options->named && sv->load.unreadable)
        return EX_CONFIG;
    loaded_end(&sv->loaded, LOADED_START, errors, NULL);
    loaded_say_nothing(&sv->loaded, sv->master.table);
    if (!open_control(sv))
        return EX_OSERR;
    server_open(sv);
    if (!server_hire(sv)) {
        log_warn("cannot start");
        return EX_OSERR;
    }
    size_t failed = 0, open = count_open(sv->master.table, &failed);
    if (sv->options->single && open == 0)
        return EX_OSERR; /* --run has one service: without it there is nothing to stay for */
    pidfile_write();
    say_start(sv, open, failed);
    if (!sv->options->control && !sv->options->control_asked && !sv->options->single)
        say_unplaced();
    tell_manager(sv);
    if (sv->options->ready)
        sv->options->ready();
    if (getpid() == 1)
        log_info("as pid 1 of this container doorward takes its handlers along when it ends: %s",
                 sv->options->drains ? "--drain gives them time"
                                     : "--drain TIME would give them time");
    return 0;
}

/* All that another doorward had is ours. */
static int resume(struct server *sv)
{
    int status = server_resume(sv);
    if (status != 0)
        return status;
    tell_manager(sv);
    children_reap(sv->master.children, 0); /* who ended in between has told nobody */
    return 0;
}

/* Goes on in the loop, when the configuration has been read. */
static int start(struct server *sv)
{
    if (prepare(sv) < 0) {
        log_warn("cannot start");
        return EX_OSERR;
    }
    if (sv->options->state >= 0)
        return resume(sv);
    if (sv->options->pidfile && !pidfile_lock(sv->options->pidfile))
        return EX_OSERR;
    sv->load.serve = serve;
    server_ask_load(sv, NULL);
    return sv->status;
}

enum { HEIRS_MS = 1000 }; /* it takes a child less than one, but on a busy machine */

/* --- stop ----------------------------------------------------------------------------------- */

static void close_services(struct server *sv, const struct table *t)
{
    sv->listening.ends = true;
    server_close(sv);
    for (size_t i = 0; i < t->count; i++)
        conn_forget(&sv->master, t->services[i]);
    rpc_flush(true);
}

/* Those that are being started are among them. */
static void say_stop(const struct server *sv)
{
    const struct table *t = sv->master.table;
    size_t handlers = 0;
    for (size_t i = 0; i < t->count; i++)
        handlers += t->services[i]->running;
    event_stop(sv->ends, handlers, loop_now() - sv->since);
}

/* Also after a start that went only so far. */
static void stop(struct server *sv)
{
    if (!sv->master.starters)
        return; /* there is nothing but memory, and the process ends */
    if (sv->serving)
        say_stop(sv);
    server_drop_load(sv);
    probe_stop(&sv->upgrade.probe);
    sd_notify("STOPPING=1");
    store_leave();
    control_close(sv->control);
    if (sv->master.table)
        close_services(sv, sv->master.table);
    heirs_await(HEIRS_MS);
    pidfile_remove();
    starters_free(sv->master.starters, start_dropped);
    children_free(sv->master.children);
    accounts_end();
    errlog_end();
    helpers_free(sv->master.helpers);
    table_free(sv->master.table);
    sources_free(sv->master.sources);
    bans_free(&sv->master.bans);
    loop_free(sv->master.loop);
}

int server_run(const struct server_options *options)
{
    struct server sv = {.options = options};
    sv.status = start(&sv);
    if (sv.status == 0 && loop_run(sv.master.loop) < 0) {
        log_warn("pselect");
        sv.ends = "error";
        sv.status = EX_OSERR;
    }
    stop(&sv);
    return sv.status;
}

int server_probe(const struct server_options *options)
{
    static struct server sv; /* as long as the process lives */
    sv.options = options;
    return server_prove(&sv, prepare(&sv) == 0);
}
