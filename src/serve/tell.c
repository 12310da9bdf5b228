/* serve/tell.c -- what the log says of a handler's start and of its end, and what is counted */
#include "config.h"

#include "serve/tell.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "admit/history.h"
#include "base/event.h"
#include "handler/account.h"
#include "handler/errlog.h"

void tell_accept(const struct master *m, const struct service *s, const struct addr *peer,
                 pid_t pid)
{
    char from[ADDR_TEXT];
    if (m->log_connections)
        event_accept(s->entry->name, peer ? addr_format_port(peer, from) : NULL, pid, s->running,
                     service_running_max(s));
}

/* With the name of the service in it. */
static void tell(const struct addr *peer, struct exit_told *x)
{
    char from[ADDR_TEXT];
    if (addr_family(peer) != AF_UNSPEC)
        x->from = addr_format_port(peer, from);
    event_exit(x);
}

void tell_answered(const struct master *m, const struct service *s, const struct addr *peer)
{
    struct exit_told x = {.service = s->entry->name,
                          .duration_ns = 0}; /* it took no time that anybody could notice */
    if (m->log_connections)
        tell(peer, &x);
}

static void count(const struct child *c, const struct child_end *end)
{
    static const enum ending made[] = {[CHILD_TIMEOUT] = ENDING_TIMEOUT,
                                       [CHILD_IDLE] = ENDING_IDLE,
                                       [CHILD_HANGUP] = ENDING_HANGUP,
                                       [CHILD_KICKED] = ENDING_KICKED,
                                       [CHILD_DRAINED] = ENDING_DRAINED};
    enum ending how = end->why != CHILD_ITSELF   ? made[end->why]
                      : WIFSIGNALED(end->status) ? ENDING_SIGNAL
                      : WEXITSTATUS(end->status) ? ENDING_STATUS
                                                 : ENDING_CLEAN;
    history_add(c->service, how, loop_now() - c->started, end->cpu);
}

/* --- with the bytes of its connection -------------------------------------------------------- */

/* An exit line that waits for them: by then its service may have gone. */
struct farewell {
    struct exit_told x;
    struct addr peer;
    char words[]; /* the service's name, then what it wrote last */
};

static void tell_counted(void *arg, const struct traffic *t)
{
    struct farewell *f = arg;
    f->x.counted = t->known;
    f->x.in = t->in;
    f->x.out = t->out;
    tell(&f->peer, &f->x);
    free(f);
}

/* False: no memory. */
static bool tell_later(const struct child *c, const struct exit_told *x)
{
    size_t name = strlen(x->service) + 1;
    struct farewell *f = malloc(sizeof *f + name + x->last_len);
    if (!f)
        return false;
    *f = (struct farewell){.x = *x, .peer = c->peer};
    f->x.service = memcpy(f->words, x->service, name);
    if (x->last_len > 0)
        f->x.last = memcpy(f->words + name, x->last, x->last_len);
    struct account *a = c->extras->account;
    c->extras->account = NULL;
    account_ask(a, tell_counted, f);
    return true;
}

void tell_exit(const struct master *m, const struct child *c, const struct child_end *end)
{
    static const char *const reasons[] = {[CHILD_TIMEOUT] = "timeout",
                                          [CHILD_IDLE] = "idle",
                                          [CHILD_HANGUP] = "hangup",
                                          [CHILD_KICKED] = "kick",
                                          [CHILD_DRAINED] = NULL};
    int status = end->status;
    if (!c->told) /* it was a handler */
        count(c, end);
    const char *reason = reasons[end->why];
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!m->log_connections && !reason && (clean || c->told))
        return;
    struct exit_told x = {.service = c->service->entry->name,
                          .pid = child_shown(c),
                          .status = status,
                          .duration_ns = loop_now() - c->started,
                          .reason = reason,
                          .cpu_ns = end->cpu,
                          .rss = end->rss};
    if (child_errlog(c) && !clean) /* who failed has often said why, if only in the end */
        x.last = errlog_last(child_errlog(c), &x.last_len);
    if (!child_account(c) || !tell_later(c, &x))
        tell(&c->peer, &x);
}
