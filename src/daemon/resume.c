/* daemon/resume.c -- the side of an upgrade that takes over: to prove that it can, and to do it */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "conf/ask.h"
#include "daemon/proof.h"
#include "daemon/state.h"
#include "handler/child.h"

/* --- to prove it ---------------------------------------------------------------------------- */

/* What is no error is who takes over's to say. */
static void tell(void *arg, const struct place *at, enum conf_severity severity, const char *what)
{
    char line[1000];
    struct text t;
    text_init(&t, line, sizeof line);
    conf_problem(&t, at, severity, what);
    if (severity == CONF_ERROR)
        (void)printf(" %s\n", line); /* if nobody hears it, nobody hears the answer either */
    else
        proof_say(arg, line);
}

static void leave_open(void *arg, struct listener *l)
{
    (void)arg;
    (void)l;
}

static bool keep(void *arg, struct service *s)
{
    (void)arg;
    (void)s;
    return true;
}

/* The configuration, as it is now: what is asked is recorded for who really takes over. NULL: it is
 * good, and fits the state. */
static const char *read_configuration(struct server *sv, struct proof *proof)
{
    static char why[96];
    const struct conf_report report = {tell, proof};
    struct table_change change;
    size_t errors = 0;
    struct ask *ask = ask_recorded(sv->upgrade.answers, NULL, 0, NULL);
    struct table *fresh = ask ? server_read(sv, ask, &report, &errors) : NULL;
    bool whole = fresh && ask_recorded_all(ask);
    ask_free(ask);
    if (!whole)
        return "out of memory";
    if (errors > 0) {
        (void)text_fits(why, sizeof why, "the configuration has %zu error%s", errors,
                        errors == 1 ? "" : "s"); /* it fits */
        return why;
    }
    proof_write(proof, fresh, sv->upgrade.answers);
    return table_replace(sv->master.table, fresh, &change, leave_open, keep, sv) ? NULL
                                                                                 : "out of memory";
}

int server_prove(struct server *sv, bool prepared)
{
    const char *why = prepared ? state_read(sv, sv->options->state, true) : "it cannot start here";
    struct proof proof;
    proof_begin(&proof);
    if (!why)
        why = read_configuration(sv, &proof);
    proof_end(&proof);
    (void)printf("%s%s\n", why ? "no " : "yes", why ? why : "");
    return fflush(stdout) == 0 && !why ? 0 : EX_OSERR;
}

/* --- to do it ------------------------------------------------------------------------------- */

/* What was told of the configuration, it tells again. */
static void repeat(void *arg, const char *line)
{
    (void)arg;
    log_line(LEVEL_WARNING, line);
}

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *what)
{
    char line[1000];
    struct text t;
    text_init(&t, line, sizeof line);
    conf_problem(&t, at, severity, what);
    (void)arg;
    log_line(severity == CONF_ERROR ? LEVEL_ERROR : LEVEL_WARNING, line);
}

/* What was proved to be good, or else what it was made of, or else what there is. NULL: out of
 * memory. */
static struct table *read_again(struct server *sv, const char *answers, size_t len)
{
    const struct conf_report report = {say, NULL};
    size_t errors = 0;
    struct table *proved = proof_read(answers, &len, repeat, NULL);
    if (proved)
        return proved;
    struct ask *ask = ask_is_whole(answers, len) ? ask_replayed(answers, len, "") : ask_system();
    struct table *fresh = ask ? server_read(sv, ask, &report, &errors) : NULL;
    ask_free(ask);
    return fresh;
}

int server_resume(struct server *sv)
{
    struct table *fresh = NULL;
    const char *answers = "", *why = state_read(sv, sv->options->state, false);
    size_t len = 0;
    (void)close(sv->options->state); /* it is read */
    if (!why && sv->upgrade.answers >= 0) {
        (void)state_map(sv->upgrade.answers, &answers, &len); /* else the system is asked again */
        (void)close(sv->upgrade.answers);                     /* it is mapped */
    }
    sv->upgrade.answers = -1;
    if (!why)
        fresh = read_again(sv, answers, len);
    if (!why && (!fresh || !server_resume_load(sv, fresh)))
        why = "the configuration cannot be read";
    if (why) {
        log_warnx("upgrade: %s", why);
        return EX_OSERR;
    }
    sv->serving = true;
    event_upgrade(PACKAGE_VERSION, sv->master.table->count, children_count(sv->master.children),
                  loop_now() - sv->upgrade.began);
    control_upgrade_line(sv->control, "doorward " PACKAGE_VERSION " has taken over");
    control_upgraded(sv->control, NULL);
    return 0;
}
