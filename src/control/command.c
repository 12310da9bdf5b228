/* control/command.c -- what can be asked over the control socket */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "base/value.h"
#include "conf/conf.h"
#include "control/private.h"
#include "control/status.h"
#include "handler/child.h"

/* --- status ----------------------------------------------------------------------------------- */

/* Services leave the table between two pieces: find the place again. */
static bool find_place(struct listing *at, const struct table *t)
{
    if (at->next == 0 || (at->next <= t->count && t->services[at->next - 1]->id == at->last))
        return true;
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->id == at->last) {
            at->next = i + 1;
            return true;
        }
    return false;
}

static bool put_status(struct client *cl, const struct service *s)
{
    char line[CONTROL_LINE];
    struct text text;
    struct status st;
    text_init(&text, line, sizeof line);
    status_get(s, &st);
    status_line(&st, &text);
    return control_line(cl, line);
}

static void put_loaded(struct client *cl)
{
    char line[CONTROL_LINE];
    struct text text;
    text_init(&text, line, sizeof line);
    if (loaded_line(cl->control->acts->loaded, cl->control->master->table, &text))
        control_put(cl, "%s", line);
}

static void status_go_on(struct client *cl)
{
    struct listing *at = &cl->listing;
    const struct table *t = cl->control->master->table;
    if (!find_place(at, t)) {
        at->go_on = NULL;
        control_error(cl, "the configuration changed meanwhile: ask again");
        return;
    }
    while (at->next < t->count && put_status(cl, t->services[at->next]))
        at->last = t->services[at->next++]->id;
    if (at->next < t->count)
        return;
    put_loaded(cl);
    size_t bans = bans_count(&cl->control->master->bans, loop_now());
    if (bans)
        control_put(cl, "bans count=%zu", bans);
    at->go_on = NULL;
    control_ok(cl);
}

static void command_status(struct client *cl, const char *arg)
{
    (void)arg;
    cl->listing = (struct listing){.go_on = status_go_on, .of_table = true};
    status_go_on(cl);
}

static void metrics_go_on(struct client *cl)
{
    struct listing *at = &cl->listing;
    char line[CONTROL_LINE];
    struct text text;
    for (;;) {
        const struct metrics_place before = at->place;
        text_init(&text, line, sizeof line);
        if (!metrics_next(cl->control->master, &at->facts, false, &at->place, &text))
            break;
        if (!control_line(cl, line)) {
            at->place = before;
            return;
        }
    }
    at->go_on = NULL;
    control_ok(cl);
}

static void command_metrics(struct client *cl, const char *arg)
{
    (void)arg;
    cl->listing = (struct listing){.go_on = metrics_go_on, .of_table = true};
    metrics_look(getpid(), &cl->listing.facts);
    metrics_go_on(cl);
}

/* --- one service ------------------------------------------------------------------------------ */

/* Do `act` to every service that `name` names; the answer ends here. */
static void each_named(struct client *cl, const char *name,
                       void (*act)(struct client *cl, struct service *s))
{
    const struct table *t = cl->control->master->table;
    enum naming_fit best = table_best_named(t, name);
    size_t found = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct service *s = t->services[i];
        if (s->mark == MARK_GONE || !best || service_is_named(s, name) != best)
            continue;
        act(cl, s);
        found++;
    }
    if (found)
        control_ok(cl);
    else
        control_error(cl, "no service is named \"%s\"", name);
}

static void put(void *arg, const char *line)
{
    control_put(arg, "%s", line);
}

/* The line of `doorward -t`, and the state. */
static void show(struct client *cl, struct service *s)
{
    struct table one = {.services = &s, .count = 1};
    if (!conf_print(&one, put, cl))
        control_put(cl, "out of memory");
    if (!put_status(cl, s))
        cl->left_out++;
}

static void command_show(struct client *cl, const char *arg)
{
    each_named(cl, arg, show);
}

static void tell(struct client *cl, const struct service *s)
{
    struct status st;
    status_get(s, &st);
    control_put(cl, "%s %s %s: %s", st.name, st.protocol, st.address, st.state);
}

static void pause_it(struct client *cl, struct service *s)
{
    hold_begin(cl->control->master, s, HOLD_ADMIN);
    tell(cl, s);
}

static void resume_it(struct client *cl, struct service *s)
{
    s->drain_at = 0;
    hold_end(cl->control->master, s, HOLD_ADMIN);
    tell(cl, s);
}

static void command_pause(struct client *cl, const char *arg)
{
    each_named(cl, arg, pause_it);
}

static void command_resume(struct client *cl, const char *arg)
{
    each_named(cl, arg, resume_it);
}

/* --- the daemon ------------------------------------------------------------------------------- */

static void command_reload(struct client *cl, const char *arg)
{
    const struct control_acts *acts = cl->control->acts;
    (void)arg;
    acts->reload(acts->arg, &cl->reload);
}

void control_problem(struct control *c, uint32_t number, const char *line)
{
    for (size_t i = 0; c && i < CONTROL_CLIENTS; i++)
        if (c->clients[i] && c->clients[i]->reload == number)
            control_put(c->clients[i], "%s", line);
}

void control_end_reload(struct client *cl, const struct table_change *change)
{
    cl->reload = 0;
    if (!change) {
        control_error(cl, "nothing was changed");
    } else {
        const struct reload_told told = table_change_told(change);
        char words[1024];
        struct text t;
        text_init(&t, words, sizeof words);
        reload_words(&told, &t);
        control_put(cl, "%s", words + 1); /* without the blank */
        control_ok(cl);
    }
}

static const char *const levels[] = {[LEVEL_ERROR] = "error",
                                     [LEVEL_WARNING] = "warning",
                                     [LEVEL_INFO] = "info",
                                     [LEVEL_DEBUG] = "debug"};

static void command_log_level(struct client *cl, const char *arg)
{
    if (!*arg) {
        control_put(cl, "%s", levels[log_get_level()]);
        control_ok(cl);
        return;
    }
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i], arg) == 0) {
            log_set_level((enum log_level)i);
            control_ok(cl);
            return;
        }
    control_error(cl, "\"%s\" is none of error, warning, info, debug", arg);
}

static void command_log_connections(struct client *cl, const char *arg)
{
    struct master *m = cl->control->master;
    if (!*arg)
        control_put(cl, "%s", m->log_connections ? "on" : "off");
    else if (value_bool(arg, &m->log_connections) != VALUE_GOOD) {
        control_error(cl, "\"%s\" is neither on nor off", arg);
        return;
    }
    control_ok(cl);
}

static void command_stop(struct client *cl, const char *arg)
{
    const struct control_acts *acts = cl->control->acts;
    (void)arg;
    control_ok(cl); /* sent before the socket is closed */
    acts->stop(acts->arg);
}

static void drain_it(struct client *cl, struct service *s)
{
    const struct control_acts *acts = cl->control->acts;
    acts->drain(acts->arg, s, cl->time);
    tell(cl, s);
}

static void drain_all(struct client *cl)
{
    const struct control_acts *acts = cl->control->acts;
    size_t n = children_count(cl->control->master->children);
    acts->drain(acts->arg, NULL, cl->time);
    control_put(cl, "%zu handler%s running", n, n == 1 ? "" : "s");
    control_ok(cl);
}

/* "[-t TIME] REST": the time is noted, the rest is the result; NULL: the answer is given. */
static const char *take_time(struct client *cl, const char *arg)
{
    char word[64];
    cl->time = UINT64_MAX;
    if (strncmp(arg, "-t ", 3) != 0)
        return arg;
    size_t len = strcspn(arg += 3, " ");
    enum value_fault fault = text_fits(word, sizeof word, "%.*s", (int)len, arg)
                                 ? value_time(word, &cl->time)
                                 : VALUE_NO_TIME;
    if (!fault)
        return arg + len + strspn(arg + len, " ");
    control_error(cl, "-t \"%s\": %s", word, value_fault_text(fault));
    return NULL;
}

static void command_upgrade(struct client *cl, const char *arg)
{
    const struct control_acts *acts = cl->control->acts;
    if (!(arg = take_time(cl, arg)))
        return;
    cl->upgrade = true;
    if (acts->upgrade(acts->arg, *arg ? arg : NULL, cl->time))
        return;
    cl->upgrade = false;
    control_error(cl, "another upgrade is under way");
}

static void command_drain(struct client *cl, const char *arg)
{
    if (!(arg = take_time(cl, arg)))
        return;
    if (*arg)
        each_named(cl, arg, drain_it);
    else
        drain_all(cl);
}

static void command_config(struct client *cl, const char *arg)
{
    const struct control_acts *acts = cl->control->acts;
    (void)arg;
    if (acts->config(acts->arg, put, cl))
        control_ok(cl);
    else
        control_error(cl, "one program is served, there is no file");
}

/* --- the table -------------------------------------------------------------------------------- */

enum takes { NOTHING, ARGUMENT, PERHAPS };

static const struct {
    const char *name;
    enum takes takes;
    void (*act)(struct client *cl, const char *arg);
} commands[] = {
    {"status", NOTHING, command_status},
    {"show", ARGUMENT, command_show},
    {"clients", PERHAPS, control_clients},
    {"kick", ARGUMENT, control_kick},
    {"ban", ARGUMENT, control_ban},
    {"unban", ARGUMENT, control_unban},
    {"bans", NOTHING, control_bans},
    {"explain", ARGUMENT, control_explain},
    {"reload", NOTHING, command_reload},
    {"pause", ARGUMENT, command_pause},
    {"resume", ARGUMENT, command_resume},
    {"log-level", PERHAPS, command_log_level},
    {"log-connections", PERHAPS, command_log_connections},
    {"stop", NOTHING, command_stop},
    {"drain", PERHAPS, command_drain},
    {"upgrade", PERHAPS, command_upgrade},
    {"config", NOTHING, command_config},
    {"metrics", NOTHING, command_metrics},
};

void control_request(struct client *cl, const char *line)
{
    size_t len = strcspn(line, " ");
    const char *arg = line + len + strspn(line + len, " ");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strlen(commands[i].name) != len || strncmp(commands[i].name, line, len) != 0)
            continue;
        if (commands[i].takes == PERHAPS || (commands[i].takes == ARGUMENT) == (*arg != '\0'))
            commands[i].act(cl, arg);
        else
            control_error(cl, "%s takes %s argument", commands[i].name,
                          commands[i].takes == ARGUMENT ? "an" : "no");
        return;
    }
    control_error(cl, "unknown request \"%.*s\"", (int)(len < 64 ? len : 64), line);
}
