/* daemon/upgrade.c -- another binary takes over: it is asked whether it can, then it is executed */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "daemon/state.h"
#include "handler/child.h"
#include "serve/rest.h"

enum {
    PATIENCE_S = 30, /* for its answer; and for starts under way to become processes */
    MOMENT_MS = 40,  /* that long nobody is started, then clients have their turn again */
    LOOK_MS = 2,
    AGAIN_MS = 100
};

/* --- its end, if it fails ------------------------------------------------------------------- */

static void fail(struct server *sv, const char *why)
{
    struct upgrade *u = &sv->upgrade;
    loop_timer_stop(sv->master.loop, &u->next);
    if (u->answers >= 0)
        (void)close(u->answers); /* nobody will read it */
    u->answers = -1;
    u->runs = false;
    event_upgrade_failed(u->program, why);
    control_upgraded(sv->control, why);
}

static void fail_at(struct server *sv, const char *what)
{
    char why[512];
    (void)text_fits(why, sizeof why, "%s: %s", what, strerror(errno)); /* it fits */
    fail(sv, why);
}

static void next(struct timer *t)
{
    struct server *sv = loop_owner(t, struct server, upgrade.next);
    sv->upgrade.step(sv);
}

/* In `pause` ms. */
static void go_on_with(struct server *sv, void (*step)(struct server *sv), uint64_t pause)
{
    sv->upgrade.step = step;
    sv->upgrade.next.fire = next;
    if (loop_timer(sv->master.loop, &sv->upgrade.next, loop_now() + pause * NS_PER_MS) < 0)
        fail_at(sv, "no timer");
}

/* --- the last step -------------------------------------------------------------------------- */

/* Those that go along, and the two files. */
static bool keep_open(const struct state_out *o, int state, int answers, int flags)
{
    bool good = fcntl(state, F_SETFD, flags) == 0 && fcntl(answers, F_SETFD, flags) == 0;
    for (size_t i = 0; i < o->nfds; i++)
        good &= fcntl(o->fds[i], F_SETFD, flags) == 0;
    return good;
}

/* As the daemon was started, but for the number of the state. */
static char **surroundings(const struct server_options *o, char *state, size_t size, int fd)
{
    size_t n = 0;
    while (o->environ[n])
        n++;
    char **env = calloc(n + 2, sizeof *env);
    if (!env)
        return NULL;
    memcpy(env, o->environ, n * sizeof *env);
    (void)text_fits(state, size, "DOORWARD_STATE=%d", fd); /* it fits */
    env[n] = state;
    return env;
}

/* Signals stay pending meanwhile: what comes is the next one's. Returns only if it fails. */
static void execute(const struct server *sv, int fd, const struct state_out *o)
{
    const struct server_options *options = sv->options;
    char state[32];
    char **env = surroundings(options, state, sizeof state, fd);
    sigset_t all, before;
    (void)sigfillset(&all); /* cannot fail */
    if (!env || sigprocmask(SIG_BLOCK, &all, &before) < 0) {
        free(env);
        return;
    }
    if (keep_open(o, fd, sv->upgrade.answers, 0))
        (void)execve(sv->upgrade.program, options->again, env);
    int error = errno;
    (void)keep_open(o, fd, sv->upgrade.answers, FD_CLOEXEC); /* it was possible before */
    (void)sigprocmask(SIG_SETMASK, &before, NULL);           /* likewise */
    free(env);
    errno = error;
}

static void take_off(struct server *sv)
{
    struct state_out o;
    int fd = state_write(sv, sv->upgrade.answers, &o);
    if (fd >= 0)
        execute(sv, fd, &o);
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* nobody will read it */
    state_free(&o);
    (void)rest_all(&sv->master, false);
    errno = error;
    fail_at(sv, fd < 0 ? "the state cannot be written" : "it cannot be executed");
}

/* --- nobody is halfway ---------------------------------------------------------------------- */

static void rest(struct server *sv);
static void ask_it(struct server *sv, uint64_t time);

/* Has a reload come? What the new binary has read is not what is served then. */
static bool is_stale(const struct server *sv)
{
    return sv->load.runs || sv->load.number != sv->upgrade.load;
}

/* Starts under way become processes, in a moment; whoever makes them last longer shall not hold the
 * others. */
static void settle(struct server *sv)
{
    struct upgrade *u = &sv->upgrade;
    bool settled = rest_all(&sv->master, true), stale = is_stale(sv);
    if (settled && !stale) {
        take_off(sv);
        return;
    }
    if (!stale && loop_now() < u->pause_end) {
        go_on_with(sv, settle, LOOK_MS);
        return;
    }
    (void)rest_all(&sv->master, false);
    if (stale || loop_now() < u->until)
        go_on_with(sv, rest, stale ? LOOK_MS : AGAIN_MS);
    else
        fail(sv, "starts under way do not end");
}

static void rest(struct server *sv)
{
    if (sv->draining.all) {
        fail(sv, "the daemon is about to end");
    } else if (sv->load.runs) {
        go_on_with(sv, rest, LOOK_MS); /* it has a deadline of its own */
    } else if (is_stale(sv)) {
        (void)close(sv->upgrade.answers); /* nobody will read it */
        ask_it(sv, sv->upgrade.time);
    } else {
        sv->upgrade.began = loop_now();
        sv->upgrade.pause_end = sv->upgrade.began + MOMENT_MS * NS_PER_MS;
        settle(sv);
    }
}

/* --- the first steps ------------------------------------------------------------------------ */

static void said(void *arg, const char *line)
{
    struct server *sv = arg;
    log_line(LEVEL_WARNING, line);
    control_upgrade_line(sv->control, line);
}

static void proved(void *arg, const char *why)
{
    struct server *sv = arg;
    sv->upgrade.until = loop_now() + PATIENCE_S * NS_PER_S;
    if (why)
        fail(sv, why);
    else
        go_on_with(sv, rest, 0); /* nobody is in the middle of anything then */
}

/* What can be seen from outside; NULL: nothing. */
static const char *unfit(const char *program)
{
    struct stat st;
    if (program[0] != '/')
        return "its path is not absolute";
    if (stat(program, &st) < 0)
        return errno == ENOENT ? "there is no such file" : strerror(errno);
    if (!S_ISREG(st.st_mode) || access(program, X_OK) < 0)
        return "it is not executable";
    return NULL;
}

static void ask_it(struct server *sv, uint64_t time)
{
    struct upgrade *u = &sv->upgrade;
    struct state_out o = {.at = NULL};
    int answers = state_file(), fd = answers < 0 ? -1 : state_write(sv, answers, &o);
    u->answers = answers;
    u->load = sv->load.number;
    u->time = time;
    u->probe.loop = sv->master.loop;
    u->probe.line = said;
    u->probe.done = proved;
    u->probe.arg = sv;
    bool good = fd >= 0 && probe_start(&u->probe, u->program, sv->options, fd, answers, time) == 0;
    int error = errno;
    if (fd >= 0)
        (void)close(fd); /* the child has it */
    state_free(&o);
    errno = error;
    if (!good)
        fail_at(sv, "it cannot be asked");
}

bool server_upgrade(struct server *sv, const char *program, uint64_t time)
{
    struct upgrade *u = &sv->upgrade;
    if (u->runs)
        return false;
    u->runs = true;
    if (!program)
        program = sv->options->program;
    const char *why = NULL;
    if (!text_fits(u->program, sizeof u->program, "%s", program ? program : "-"))
        why = "its path is too long";
    else if (!program)
        why = "it is not known which program was started: name one";
    else if (!sv->serving)
        why = "the daemon does not serve yet";
    else if (sv->options->text && !sv->options->single)
        why = "its configuration came from standard input, which cannot be read again";
    else if (sv->draining.all)
        why = "the daemon is about to end";
    else
        why = unfit(program);
    if (why)
        fail(sv, why);
    else
        ask_it(sv, time == UINT64_MAX ? PATIENCE_S * NS_PER_S : time);
    return true;
}
