/* handler/child_saved.c -- handlers' times as one doorward hands them to the next */
#include "config.h"

#include "handler/child_parts.h"

struct child_time child_time(const struct child *c)
{
    const struct child_timeout *t = child_timeout_of(c);
    if (!t)
        return (struct child_time){.started = c->started};
    return (struct child_time){.started = c->started,
                               .limit = t->limit,
                               .due = t->timer.slot ? t->timer.due : UINT64_MAX,
                               .first = t->first,
                               .phase = t->phase,
                               .why = t->why};
}

bool child_restore_time(struct loop *loop, struct children *set, struct child *c,
                        const struct child_time *time)
{
    c->started = time->started;
    if (!time->due)
        return true;
    if (!child_extras(c) || !child_arm(set, c, time->limit, time->first))
        return false;
    struct child_timeout *t = child_timeout_of(c);
    child_set_phase(t, time->phase <= PHASE_KILL ? (enum phase)time->phase : PHASE_KILL);
    t->why = time->why;
    return loop_timer(loop, &t->timer, time->due) == 0; /* armed: it is only moved */
}
