/* daemon/reload.c -- read the configuration, and change over to it in one step */
#include "config.h"

#if HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "daemon/private.h"
#include "handler/child.h"
#include "listen/rpc.h"
#include "os/sd.h"
#include "serve/answer.h"
#include "serve/conn.h"
#include "serve/start.h"

enum { PROBLEM_ROOM = 2048 };

struct sink {
    const struct server *sv;
    void (*problem)(void *arg, const char *line);
    void *arg;
};

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *what)
{
    const struct sink *sink = arg;
    char line[PROBLEM_ROOM];
    struct text t;
    text_init(&t, line, sizeof line);
    conf_problem(&t, at, severity, what);
    log_line(severity == CONF_ERROR ? LEVEL_ERROR : LEVEL_WARNING, line);
    if (sink->problem)
        sink->problem(sink->arg, line);
}

struct table *server_load(struct server *sv, size_t *errors,
                          void (*problem)(void *arg, const char *line), void *arg)
{
    const struct server_options *o = sv->options;
    struct sink sink = {sv, problem, arg};
    struct conf_report report = {say, &sink};
    if (o->text)
        return conf_load_text("--run", o->text, strlen(o->text), &o->conf, &report, errors);
    return conf_load(o->paths, o->npaths, &o->conf, &report, errors);
}

void server_open(struct server *sv)
{
    const struct table *t = sv->master.table;
    answer_ports(t);
    sv->opening = true;
    for (size_t i = 0; i < t->count; i++) {
        struct service *s = t->services[i];
        if (s->mark == MARK_GONE)
            continue;
        conn_prepare(&sv->master, s);
        for (size_t j = 0; j < s->nlisteners; j++) {
            struct listener *l = s->listeners[j];
            if (l->watch.fd < 0) {
                listen_start(&sv->listening, l);
                continue;
            }
            if (s->mark != MARK_KEPT)
                listen_update(l);
            listen_check(&sv->listening, l);
            rpc_note(l, true); /* rpcbind may have been started anew */
        }
        admit_refresh(&sv->master, s);
    }
    sv->opening = false;
    rpc_flush(false);
    listen_spare();
    listen_look_after(&sv->listening, t);
#if HAVE_MALLOC_TRIM
    (void)malloc_trim(0); /* what reading took is more than what stays */
#endif
}

static void closing(void *arg, struct listener *l)
{
    struct server *sv = arg;
    start_forget_listener(&sv->master, l);
    rpc_note(l, false);
    listen_close(sv->master.loop, l);
}

static bool gone(void *arg, struct service *s)
{
    struct server *sv = arg;
    conn_forget(&sv->master, s);
    return s->running > 0;
}

bool server_reload(struct server *sv, struct table_change *change,
                   void (*problem)(void *arg, const char *line), void *arg)
{
    struct table_change local;
    size_t errors = 0;
    if (!change)
        change = &local;
    sd_tell(sv->master.loop, SD_RELOADING, "RELOADING=1\nMONOTONIC_USEC=%llu",
            (unsigned long long)(loop_now() / 1000));
    struct table *fresh = server_load(sv, &errors, problem, arg);
    bool good = fresh && errors == 0;
    if (good)
        good = table_replace(sv->master.table, fresh, change, closing, gone, sv);
    if (good) {
        start_recount(&sv->master);
        if (!starters_renew(sv->master.starters))
            log_warn("reload: no starter"); /* the next start tries again */
        server_open(sv);
        control_reloaded(sv->control);
        control_check(sv->control);
        event_reload(change->kept, change->added, change->changed, change->removed);
    } else {
        log_warnx("reload: nothing was changed, %zu error%s", errors, errors == 1 ? "" : "s");
        table_free(fresh);
    }
    server_tell_status(sv, true);
    return good;
}

void server_tell_status(struct server *sv, bool ready)
{
    char status[128];
    (void)text_fits(status, sizeof status, "STATUS=%zu services, %zu handlers",
                    sv->master.table->count, children_count(sv->master.children));
    if (ready)
        sd_tell(sv->master.loop, SD_READY, "READY=1\n%s", status);
    else
        sd_notify("%s", status);
}
