/* admit/share.c -- one cap over all services, and whose turn it is when it is reached */
#include "config.h"

#include "admit/share.h"

#include "admit/hold.h"
#include "os/loop.h"

static bool is_free(const struct master *m)
{
    return !m->table->handlers_max || m->share.running < m->table->handlers_max;
}

static bool in_line(const struct service *s)
{
    const struct ring *line = hold_line(s);
    return line && line->after;
}

static struct service *first(const struct master *m)
{
    struct ring *r = m->share.line.after;
    return r == &m->share.line ? NULL : hold_in_line(r);
}

void share_forget(struct service *s)
{
    if (!in_line(s))
        return;
    struct ring *line = hold_line(s);
    ring_leave(line);
    *line = (struct ring){.after = NULL};
}

static void release(struct master *m, struct service *s)
{
    share_forget(s);
    hold_end(m, s, HOLD_SHARE);
}

/* --- turns ---------------------------------------------------------------------------------- */

/* Who has no client waiting is held no longer; the first that has one takes it. */
static void give_turn(struct master *m, struct service *s)
{
    m->share.turn = s;
    m->share.taken = false;
    release(m, s);
    if (!s->held && !m->share.taken)
        m->serve_one(m, s);
    m->share.turn = NULL;
}

static void go_round(struct timer *t);

/* In the loop, as whoever gives a place back is in the midst of something. */
static void go_round_soon(struct master *m)
{
    m->share.round.fire = go_round;
    if (!first(m) || !is_free(m) || m->share.round.slot)
        return;
    if (loop_timer(m->loop, &m->share.round, loop_now()) < 0)
        while (first(m)) /* no memory: whoever comes first */
            release(m, first(m));
}

/* Once round at most, then the others in the loop have their turn. */
static void go_round(struct timer *t)
{
    struct master *m = loop_owner(t, struct master, share.round);
    size_t n = 0;
    for (struct ring *r = m->share.line.after; r != &m->share.line; r = r->after)
        n++;
    while (n-- > 0 && first(m) && is_free(m))
        give_turn(m, first(m));
    go_round_soon(m);
}

/* --- places --------------------------------------------------------------------------------- */

bool share_ready(struct master *m, struct service *s)
{
    bool mine = m->share.turn ? m->share.turn == s && !m->share.taken : !first(m);
    if (!m->table->handlers_max || (mine && is_free(m)))
        return true;
    struct ring *line = hold_make_line(m, s);
    if (!line)
        return false; /* it is asked again at once */
    hold_begin(m, s, HOLD_SHARE);
    if (!line->after)
        ring_enter(&m->share.line, line);
    go_round_soon(m);
    return false;
}

void share_take(struct master *m, const struct service *s)
{
    m->share.running++;
    m->share.taken |= m->share.turn == s;
}

void share_give(struct master *m)
{
    m->share.running--;
    go_round_soon(m);
}

bool share_passes(struct master *m, struct service *s)
{
    const struct service *before = m->share.turn;
    bool taken = m->share.taken;
    if (in_line(s))
        release(m, s);
    m->share.running--;
    m->share.turn = s;
    m->share.taken = false;
    bool ready = share_ready(m, s);
    m->share.turn = before;
    m->share.taken = taken;
    m->share.running++;
    return ready;
}

void share_refresh(struct master *m)
{
    if (!m->table->handlers_max)
        while (first(m))
            release(m, first(m));
    go_round_soon(m);
}
