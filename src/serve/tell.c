/* serve/tell.c -- what the log says of a handler's start and of its end, and what is counted */
#include "config.h"

#include "serve/tell.h"

#include <sys/wait.h>

#include "admit/history.h"
#include "base/event.h"
#include "handler/errlog.h"

void tell_accept(const struct master *m, const struct service *s, const struct addr *peer,
                 pid_t pid)
{
    char from[ADDR_TEXT];
    if (m->log_connections)
        event_accept(s->entry->name, peer ? addr_format_port(peer, from) : NULL, pid, s->running,
                     service_running_max(s));
}

static void tell(const struct service *s, const struct addr *peer, struct exit_told *x)
{
    char from[ADDR_TEXT];
    x->service = s->entry->name;
    if (addr_family(peer) != AF_UNSPEC)
        x->from = addr_format_port(peer, from);
    event_exit(x);
}

void tell_answered(const struct master *m, const struct service *s, const struct addr *peer)
{
    struct exit_told x = {.duration_ns = 0}; /* it took no time that anybody could notice */
    if (m->log_connections)
        tell(s, peer, &x);
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
    struct exit_told x = {.pid = child_shown(c),
                          .status = status,
                          .duration_ns = loop_now() - c->started,
                          .reason = reason,
                          .cpu_ns = end->cpu,
                          .rss = end->rss};
    if (child_errlog(c) && !clean) /* who failed has often said why, if only in the end */
        x.last = errlog_last(child_errlog(c), &x.last_len);
    tell(c->service, &c->peer, &x);
}
