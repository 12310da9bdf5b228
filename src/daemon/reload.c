/* daemon/reload.c -- read the configuration, and change over to it in one step */
#include "config.h"

#if HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "admit/share.h"
#include "base/event.h"
#include "base/log.h"
#include "conf/ask.h"
#include "daemon/private.h"
#include "daemon/report.h"
#include "listen/rpc.h"
#include "os/helper.h"
#include "os/sd.h"
#include "serve/answer.h"
#include "serve/conn.h"
#include "serve/mux.h"
#include "serve/start.h"

enum {
    PROBLEM_ROOM = 2048,
    PIECE_MS = 5,  /* of the master's time, then the clients have theirs */
    STATEMENTS = 8 /* read between two looks at the clock */
};

/* --- reading --------------------------------------------------------------------------------- */

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *what)
{
    struct server *sv = arg;
    char line[PROBLEM_ROOM];
    struct text t;
    sv->load.unreadable |= severity == CONF_ERROR && at->line == 0;
    text_init(&t, line, sizeof line);
    conf_problem(&t, at, severity, what);
    log_line(severity == CONF_ERROR ? LEVEL_ERROR : LEVEL_WARNING, line);
    if (severity == CONF_ERROR)
        loaded_error(&sv->loaded, line);
    control_problem(sv->control, sv->load.number, line);
}

/* It is no place's, but the load's. */
static void say_unreadable(struct server *sv, const char *why)
{
    char line[PROBLEM_ROOM];
    if (!text_fits(line, sizeof line, "the configuration cannot be read: %s", why))
        return; /* it fits */
    log_line(LEVEL_ERROR, line);
    loaded_error(&sv->loaded, line);
    control_problem(sv->control, sv->load.number, line);
}

static struct conf_load *begin_reading(const struct server *sv, const struct conf_options *conf,
                                       const struct conf_report *report)
{
    const struct server_options *o = sv->options;
    if (o->text)
        return conf_load_begin_text(o->text_name, o->text, strlen(o->text), conf, report);
    return conf_load_begin(o->paths, o->npaths, conf, report);
}

/* In the reader; the master says it all again. */
static void ask_all(void *arg, int fd, const struct reading *before)
{
    const struct server *sv = arg;
    struct conf_options conf = sv->options->conf;
    size_t errors;
    conf.ask = ask_recorded(fd, before->bytes, before->len, before->why);
    struct conf_load *l = conf.ask ? begin_reading(sv, &conf, &report_nobody) : NULL;
    while (l && conf_load_step(l, SIZE_MAX))
        ;
    struct table *t = l ? conf_load_end(l, &errors) : NULL;
    bool good = t && ask_recorded_all(conf.ask);
    table_free(t);
    ask_free(conf.ask);
    if (!good)
        _exit(EX_OSERR); /* out of memory */
}

/* --- opening --------------------------------------------------------------------------------- */

static void open_service(struct server *sv, struct service *s)
{
    for (size_t j = 0; j < s->nlisteners; j++) {
        struct listener *l = service_listeners(s)[j];
        if (l->watch.fd < 0) {
            listen_start(&sv->listening, l);
            continue;
        }
        if (s->mark != MARK_KEPT)
            listen_update(l);
        listen_check(&sv->listening, l);
        rpc_note(l, true); /* rpcbind may have been started anew */
    }
    if (!sv->load.resumes)
        admit_refresh(&sv->master, s);
}

/* Nobody is served as another service than he is taken for, while the rest takes its time. */
static void begin_opening(struct server *sv)
{
    const struct table *t = sv->master.table;
    answer_ports(t);
    sv->opening = true;
    sv->load.opened = 0;
    server_route(sv);
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->mark != MARK_GONE)
            conn_prepare(&sv->master, t->services[i]);
}

/* One service. False: there is no more. Those that are gone stand behind all others, so what they
 * leave the table meanwhile moves nobody. */
static bool open_next(struct server *sv)
{
    const struct table *t = sv->master.table;
    if (sv->load.opened >= t->count)
        return false;
    struct service *s = t->services[sv->load.opened++];
    if (s->mark != MARK_GONE)
        open_service(sv, s);
    return true;
}

static void end_opening(struct server *sv)
{
    share_refresh(&sv->master);
    sv->opening = false;
    rpc_flush(false);
    listen_spare();
    listen_look_after(&sv->listening, sv->master.table);
#if HAVE_MALLOC_TRIM
    (void)malloc_trim(0); /* what reading took is more than what stays */
#endif
}

static bool needs_helper(const struct service *s)
{
    const struct handler_settings *set = &s->entry->settings->handler;
    return set->linger || set->account || set->stderr_to == STDERR_LOG;
}

bool server_hire(struct server *sv)
{
    const struct table *t = sv->master.table;
    size_t i = 0;
    helpers_renew(sv->master.helpers);
    while (i < t->count && !needs_helper(t->services[i]))
        i++;
    if (i < t->count && !helpers_ready(sv->master.helpers))
        log_warn("no helper"); /* the start that needs it tries again */
    return starters_renew(sv->master.starters);
}

void server_open(struct server *sv)
{
    begin_opening(sv);
    while (open_next(sv))
        ;
    end_opening(sv);
}

static void closing(void *arg, struct listener *l)
{
    struct server *sv = arg;
    start_forget_listener(&sv->master, l);
    rpc_note(l, false);
    listen_close(&sv->listening, l);
}

void server_close(struct server *sv)
{
    const struct table *t = sv->master.table;
    loop_timer_stop(sv->master.loop, &sv->listening.look);
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            closing(sv, service_listeners(t->services[i])[j]);
    rpc_flush(false);
}

static bool gone(void *arg, struct service *s)
{
    struct server *sv = arg;
    conn_forget(&sv->master, s);
    return s->running > 0;
}

/* --- a load, from its beginning to its end --------------------------------------------------- */

static void begin(struct server *sv);

static void go_on(struct timer *t)
{
    struct server *sv = loop_owner(t, struct server, load.piece);
    sv->load.next(sv);
}

static void go_on_with(struct server *sv, void (*next)(struct server *sv))
{
    sv->load.next = next;
    if (loop_timer(sv->master.loop, &sv->load.piece, loop_now()) < 0)
        next(sv); /* no memory to wait for the others */
}

static uint64_t end_of_piece(void)
{
    return loop_now() + PIECE_MS * NS_PER_MS;
}

/* What was asked for meanwhile begins. */
static void end(struct server *sv)
{
    sv->load.runs = false;
    if (sv->load.again)
        begin(sv);
}

static void end_reload(struct server *sv, const struct table_change *change)
{
    control_reloaded(sv->control, sv->load.number, change);
    server_tell_status(sv, true);
    end(sv);
}

static void say_reload(struct server *sv, const struct table_change *change)
{
    const struct reload_told told = table_change_told(change);
    sv->master.reloads++;
    loaded_end(&sv->loaded, LOADED_GOOD, 0, change);
    event_reload(&told);
    loaded_say_nothing(&sv->loaded, sv->master.table);
}

static void open_some(struct server *sv)
{
    for (uint64_t until = end_of_piece(); loop_now() < until;) {
        if (open_next(sv))
            continue;
        const struct table_change *c = &sv->load.change;
        end_opening(sv);
        control_check(sv->control);
        if (!sv->load.resumes)
            say_reload(sv, c);
        sv->load.resumes = false;
        end_reload(sv, c);
        return;
    }
    go_on_with(sv, open_some);
}

/* False: out of memory. */
static bool replace_table(struct server *sv, struct table *fresh)
{
    if (!table_replace(sv->master.table, fresh, &sv->load.change, closing, gone, sv))
        return false;
    sv->master.loaded = loop_now();
    start_review(&sv->master);
    start_recount(&sv->master);
    mux_recount(&sv->master);
    if (!server_hire(sv))
        log_warn("reload: no starter"); /* the next start tries again */
    begin_opening(sv);
    return true;
}

/* Who gives a place back makes room for others: they come when all is what it will be, for starters
 * of the former load know no new entry. */
static bool change_over(struct server *sv, struct table *fresh)
{
    bool rests = sv->master.rests;
    sv->master.rests = true;
    starters_rest(sv->master.starters, true);
    bool good = replace_table(sv, fresh);
    sv->master.rests = rests;
    starters_rest(sv->master.starters, rests);
    return good;
}

/* `fresh`, NULL where memory ran out, is used up. */
static void replace(struct server *sv, struct table *fresh, size_t errors)
{
    if (fresh && errors == 0 && change_over(sv, fresh)) {
        go_on_with(sv, open_some);
    } else {
        sv->master.reloads_refused++;
        log_warnx("reload: nothing was changed, %zu error%s", errors, errors == 1 ? "" : "s");
        loaded_end(&sv->loaded, LOADED_REFUSED, errors, NULL);
        table_free(fresh);
        end_reload(sv, NULL);
    }
}

/* The first load. */
static void serve(struct server *sv, struct table *fresh, size_t errors)
{
    sv->master.table = fresh;
    sv->status = fresh ? sv->load.serve(sv, errors) : EX_OSERR;
    sv->serving = sv->status == 0;
    if (!sv->serving) {
        sv->load.again = false;
        loop_stop(sv->master.loop);
    }
    end(sv);
}

static void forget_answers(struct load *l)
{
    ask_free(l->answers);
    free(l->all.bytes);
    l->answers = NULL;
    l->all.bytes = NULL;
}

static void read_some(struct server *sv)
{
    struct load *l = &sv->load;
    for (uint64_t until = end_of_piece(); conf_load_step(l->reading, STATEMENTS);)
        if (loop_now() >= until) {
            go_on_with(sv, read_some);
            return;
        }
    size_t errors = 0;
    struct table *fresh = conf_load_end(l->reading, &errors);
    if (l->all.failed && errors == 0)
        errors = 1; /* told: all that was lost is its end */
    l->reading = NULL;
    forget_answers(l);
    (sv->serving ? replace : serve)(sv, fresh, errors);
}

/* The reader has answered: the same load once more, which asks nobody. */
static void answered(void *arg, const struct reading *all)
{
    struct server *sv = arg;
    struct load *l = &sv->load;
    l->all = *all;
    if (all->failed)
        say_unreadable(sv, all->why);
    l->answers = ask_replayed(all->bytes, all->len, all->why ? all->why : "it was not looked up");
    l->conf = sv->options->conf;
    l->conf.ask = l->answers;
    l->report = (struct conf_report){say, sv};
    if (l->answers && (sv->serving || !all->failed))
        l->reading = begin_reading(sv, &l->conf, &l->report);
    if (l->reading) {
        read_some(sv);
        return;
    }
    if (!all->failed)
        say_unreadable(sv, "out of memory");
    forget_answers(l);
    (sv->serving ? replace : serve)(sv, NULL, 1);
}

struct table *server_read(struct server *sv, struct ask *ask, const struct conf_report *report,
                          size_t *errors)
{
    struct conf_options conf = sv->options->conf;
    conf.ask = ask;
    struct conf_load *l = begin_reading(sv, &conf, report);
    while (l && conf_load_step(l, SIZE_MAX))
        ;
    return l ? conf_load_end(l, errors) : NULL;
}

bool server_resume_load(struct server *sv, struct table *fresh)
{
    if (!change_over(sv, fresh)) {
        table_free(fresh);
        return false;
    }
    const struct table *t = sv->master.table;
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->mark != MARK_GONE)
            admit_resume(&sv->master, t->services[i]);
    sv->load.runs = sv->load.resumes = true;
    sv->load.piece.fire = go_on;
    go_on_with(sv, open_some);
    return true;
}

static void begin(struct server *sv)
{
    struct load *l = &sv->load;
    l->number++;
    l->runs = true;
    l->again = false;
    if (sv->serving && sv->options->text && !sv->options->single)
        log_warnx("standard input cannot be read again: what it said stays");
    l->piece.fire = go_on;
    if (sv->serving)
        sd_tell(sv->master.loop, SD_RELOADING, "RELOADING=1\nMONOTONIC_USEC=%llu",
                (unsigned long long)(loop_now() / 1000));
    l->reader.loop = sv->master.loop;
    l->reader.ask = ask_all;
    l->reader.done = answered;
    l->reader.arg = sv;
    if (reader_start(&l->reader) == 0)
        return;
    answered(sv, &(struct reading){.failed = true, .why = strerror(errno)});
}

/* What is about to end opens nothing any more. */
static void refuse(struct server *sv)
{
    uint32_t number = ++sv->load.number;
    static const char why[] = "reload: nothing was changed: the daemon is about to end";
    log_warnx("%s", why);
    control_problem(sv->control, number, why);
    control_reloaded(sv->control, number, NULL);
}

void server_ask_load(struct server *sv, uint32_t *number)
{
    if (number)
        *number = sv->load.number + 1;
    if (sv->draining.all)
        refuse(sv);
    else if (sv->load.runs)
        sv->load.again = true;
    else
        begin(sv);
}

void server_drop_load(struct server *sv)
{
    struct load *l = &sv->load;
    reader_stop(&l->reader);
    loop_timer_stop(sv->master.loop, &l->piece);
    conf_load_drop(l->reading);
    l->reading = NULL;
    forget_answers(l);
    if (l->runs)
        control_reloaded(sv->control, l->number, NULL);
    l->runs = l->again = false;
}
