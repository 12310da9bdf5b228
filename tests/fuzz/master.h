/* fuzz/master.h -- a master of a few services that nobody has opened, for the fuzz targets that
 * need one, and a moment of its loop */
#ifndef DOORWARD_FUZZ_MASTER_H
#define DOORWARD_FUZZ_MASTER_H

#include "admit/admit.h"
#include "base/log.h"
#include "conf/ask.h"
#include "conf/conf.h"
#include "handler/child.h"
#include "handler/starters.h"

#include <stdlib.h>
#include <string.h>

static struct master m;
static int moments;

static void tick(struct timer *t)
{
    if (moments-- > 0 && loop_timer(m.loop, t, loop_now()) == 0)
        return;
    loop_stop(m.loop);
}

/* So many rounds of the loop, none of which waits. */
static void run_loop(int rounds)
{
    struct timer t = {.fire = tick};
    moments = rounds;
    if (loop_timer(m.loop, &t, loop_now()) < 0 || loop_run(m.loop) < 0)
        abort();
}

static void nobody_ended(void *arg, const struct child *c, const struct child_end *end)
{
    (void)arg;
    (void)c;
    (void)end;
}

static void nobody_started(void *arg, struct start *st, pid_t pid, const struct spawn_error *e)
{
    (void)arg;
    (void)st;
    (void)pid;
    (void)e;
}

static void nothing_changed(struct master *master, struct service *s)
{
    (void)master;
    (void)s;
}

static void no_problem(void *arg, const struct place *at, enum conf_severity severity,
                       const char *text)
{
    (void)arg;
    (void)at;
    if (severity == CONF_ERROR) {
        log_warnx("%s", text);
        abort();
    }
}

/* Once, in the first call. */
static void given_master(const char *text)
{
    static const struct conf_report report = {no_problem, NULL};
    struct ask *nobody = m.loop ? NULL : ask_offline();
    const struct conf_options opt = {.ask = nobody, .check_only = true};
    size_t errors = 0;
    if (m.loop)
        return;
    m.loop = loop_new();
    m.table = conf_load_text("given", text, strlen(text), &opt, &report, &errors);
    m.children = children_new(m.loop, nobody_ended, &m);
    m.starters = starters_new(m.loop, nobody_started, &m);
    m.changed = m.serve_one = nothing_changed;
    m.share.line = (struct ring)RING_EMPTY(m.share.line);
    if (!m.loop || !m.table || !m.children || !m.starters)
        abort();
    ask_free(nobody);
}

/* What the code says of it is not looked at, and must not cost the fuzzer its time. */
static void be_quiet(void)
{
    log_set_level(LEVEL_ERROR);
}

#endif
