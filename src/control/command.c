/* control/command.c -- what can be asked over the control socket */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "admit/hold.h"
#include "base/log.h"
#include "base/value.h"
#include "conf/conf.h"
#include "control/private.h"
#include "control/status.h"
#include "handler/child.h"

enum { END_ROOM = 512 }; /* kept for the line that ends an answer */

/* --- words of an answer ----------------------------------------------------------------------- */

/* A line; what could forge another one is written as '?'. */
static void add_harmless(struct text *out, const char *fmt, ...) TEXT_PRINTF(2, 3);

static void add_harmless(struct text *out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    size_t at = out->len;
    text_vadd(out, fmt, ap);
    va_end(ap);
    for (; at < out->len; at++)
        if ((unsigned char)out->at[at] < ' ' || out->at[at] == 127)
            out->at[at] = '?';
    text_add(out, "\n");
}

bool control_line(struct client *cl, const char *line)
{
    struct text *out = &cl->out;
    size_t len = strlen(line);
    if (len > CONTROL_LINE)
        len = CONTROL_LINE;
    if (out->len + len + 2 + END_ROOM > out->size)
        return false;
    add_harmless(out, " %.*s", (int)len, line);
    return true;
}

/* For answers that are made in one go: what finds no room is counted. */
static void put(void *arg, const char *line)
{
    struct client *cl = arg;
    if (!control_line(cl, line))
        cl->left_out++;
}

static void count_left_out(struct client *cl)
{
    if (cl->left_out)
        text_add(&cl->out, " and %zu more\n", cl->left_out);
    cl->left_out = 0;
}

void control_ok(struct client *cl)
{
    count_left_out(cl);
    text_add(&cl->out, "ok\n");
}

void control_error(struct client *cl, const char *fmt, ...)
{
    char why[256];
    struct text t;
    va_list ap;
    count_left_out(cl);
    text_init(&t, why, sizeof why);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    add_harmless(&cl->out, "error %s", why);
}

/* --- status ----------------------------------------------------------------------------------- */

static void command_status(struct client *cl, const char *arg)
{
    (void)arg;
    cl->listing = (struct listing){.on = true};
    control_continue(cl);
}

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

void control_continue(struct client *cl)
{
    struct listing *at = &cl->listing;
    const struct table *t = cl->control->master->table;
    if (!find_place(at, t)) {
        at->on = false;
        control_error(cl, "the configuration changed meanwhile: ask again");
        return;
    }
    while (at->next < t->count && put_status(cl, t->services[at->next]))
        at->last = t->services[at->next++]->id;
    if (at->next < t->count)
        return;
    at->on = false;
    control_ok(cl);
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

/* The line of `doorward -t`, and the state. */
static void show(struct client *cl, struct service *s)
{
    struct table one = {.services = &s, .count = 1};
    if (!conf_print(&one, put, cl))
        put(cl, "out of memory");
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
    char line[CONTROL_LINE];
    struct text text;
    status_get(s, &st);
    text_init(&text, line, sizeof line);
    text_add(&text, "%s %s %s: %s", st.name, st.protocol, st.address, st.state);
    put(cl, line);
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
            put(c->clients[i], line);
}

void control_end_reload(struct client *cl, const struct table_change *change)
{
    char line[128];
    cl->reload = 0;
    if (!change) {
        control_error(cl, "nothing was changed");
    } else {
        (void)text_fits(line, sizeof line, "kept=%zu added=%zu changed=%zu removed=%zu",
                        change->kept, change->added, change->changed,
                        change->removed); /* 128 bytes hold them */
        put(cl, line);
        control_ok(cl);
    }
}

static const char *const levels[] = {[LEVEL_ERROR] = "error",
                                     [LEVEL_WARNING] = "warning",
                                     [LEVEL_INFO] = "info",
                                     [LEVEL_DEBUG] = "debug"};

static void command_log_level(struct client *cl, const char *arg)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i], arg) == 0) {
            log_set_level((enum log_level)i);
            control_ok(cl);
            return;
        }
    control_error(cl, "\"%s\" is none of error, warning, info, debug", arg);
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
    char line[64];
    size_t n = children_count(cl->control->master->children);
    acts->drain(acts->arg, NULL, cl->time);
    (void)text_fits(line, sizeof line, "%zu handler%s running", n, n == 1 ? "" : "s"); /* it does */
    put(cl, line);
    control_ok(cl);
}

/* "[-t TIME] [SERVICE]" */
static void command_drain(struct client *cl, const char *arg)
{
    char word[64];
    enum value_fault fault = VALUE_GOOD;
    cl->time = UINT64_MAX;
    if (strncmp(arg, "-t ", 3) == 0) {
        size_t len = strcspn(arg += 3, " ");
        fault = text_fits(word, sizeof word, "%.*s", (int)len, arg) ? value_time(word, &cl->time)
                                                                    : VALUE_NO_TIME;
        arg += len + strspn(arg + len, " ");
    }
    if (fault)
        control_error(cl, "-t \"%s\": %s", word, value_fault_text(fault));
    else if (*arg)
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
    {"status", NOTHING, command_status},  {"show", ARGUMENT, command_show},
    {"reload", NOTHING, command_reload},  {"pause", ARGUMENT, command_pause},
    {"resume", ARGUMENT, command_resume}, {"log-level", ARGUMENT, command_log_level},
    {"stop", NOTHING, command_stop},      {"drain", PERHAPS, command_drain},
    {"config", NOTHING, command_config},
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
