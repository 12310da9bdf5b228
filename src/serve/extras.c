/* serve/extras.c -- what few handlers have besides: made before the start, ended with them */
#include "config.h"

#include "serve/extras.h"

#include "handler/account.h"
#include "handler/drain.h"
#include "handler/errlog.h"
#include "handler/keeper.h"
#include "handler/presence.h"

static struct holder holder_of(const struct service *s)
{
    return (struct holder){s, s->entry->settings->who->uid};
}

static bool add_drain(struct master *m, struct child *c, const struct start *st)
{
    const struct holder whose = holder_of(c->service);
    struct child_extras *x = child_extras(c);
    return x && (x->drain = drain_new(m->loop, m->helpers, &whose, st->fd,
                                      c->service->entry->settings->handler.linger));
}

static bool add_presence(struct master *m, struct child *c, const struct start *st)
{
    const struct handler_settings *set = &c->service->entry->settings->handler;
    const struct presence_owner owner = {m->loop, m->helpers, m->children, holder_of(c->service),
                                         set->timeout_signal};
    struct child_extras *x = child_extras(c);
    return x && (x->presence = presence_new(&owner, c, st->fd, set->idle, set->hangup));
}

static bool add_account(struct master *m, struct child *c, const struct start *st)
{
    const struct holder whose = holder_of(c->service);
    struct child_extras *x = child_extras(c);
    return x && (x->account = account_new(m->loop, m->helpers, &whose, st->fd));
}

static bool add_errlog(struct master *m, struct child *c, struct start *st)
{
    const struct entry *e = c->service->entry;
    const struct errlog_owner owner = {m->loop, m->helpers, e->name, holder_of(c->service)};
    struct child_extras *x = child_extras(c);
    return x && (x->errlog = errlog_new(&owner, (size_t)e->settings->handler.stderr_max, &st->err));
}

bool extras_prepare(struct master *m, struct child *c, struct start *st)
{
    const struct entry *e = c->service->entry;
    const struct handler_settings *set = &e->settings->handler;
    bool lingers = !st->lent && set->linger && e->proto == PROTO_TCP;
    bool looks = !st->lent && e->socktype != SOCK_DGRAM && !e->program->builtin &&
                 ((set->idle && e->proto != PROTO_UNIX) || set->hangup);
    bool logs = set->stderr_to == STDERR_LOG || set->stdout_to == STDERR_LOG;
    bool counts = !st->lent && set->account && e->socktype == SOCK_STREAM && e->proto != PROTO_UNIX;
    if ((lingers || looks || logs || counts) && !helpers_ready(m->helpers))
        return false;
    if (keeper_wanted(e) && !child_extras(c))
        return false;
    return (!counts || add_account(m, c, st)) && (!lingers || add_drain(m, c, st)) &&
           (!looks || add_presence(m, c, st)) && (!logs || add_errlog(m, c, st));
}

void extras_started(struct child *c, pid_t handler)
{
    if (handler)
        c->extras->handler = handler; /* it has some: keeper_wanted() */
    if (child_errlog(c))
        errlog_started(child_errlog(c), child_shown(c));
}

void extras_discard(const struct child *c)
{
    if (child_errlog(c))
        errlog_discard(child_errlog(c));
    drain_discard(child_drain(c));
    presence_discard(child_presence(c));
    account_discard(child_account(c), false);
}

void extras_end(const struct child *c)
{
    if (child_drain(c))
        drain_begin(child_drain(c));
    presence_end(child_presence(c));
    account_discard(child_account(c), true);
    if (child_errlog(c))
        errlog_left(child_errlog(c));
}
