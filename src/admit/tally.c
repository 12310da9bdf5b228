/* admit/tally.c -- rejects and pauses, summed up to a line a second and service */
#include "config.h"

#include "admit/tally.h"

#include "base/event.h"

static const char *const reject_names[REJECT_REASONS] = {
    "accept", "rate", "source_max", "ip_max", "access", "hosts_access", "port", "queued"};

const char *admit_reject_name(enum reject why)
{
    return reject_names[why];
}

/* Count one; is it time for a line? If not, the summary will come. */
static bool count(struct runtime *r, struct tally *t)
{
    uint64_t now = loop_now();
    t->total++;
    t->unsaid++;
    if (t->said == 0 || now - t->said >= NS_PER_S)
        return true;
    if (!r->summary.slot)
        (void)loop_timer(r->master->loop, &r->summary,
                         t->said + NS_PER_S); /* else the next one says it */
    return false;
}

static void say_reject(struct runtime *r, enum reject why)
{
    char from[ADDR_TEXT];
    struct tally *t = &r->rejects[why];
    const char *peer =
        addr_family(&r->last_peer[why]) ? addr_format_port(&r->last_peer[why], from) : NULL;
    void (*event)(const char *, const char *, const char *, uint64_t) =
        why == REJECT_QUEUED ? event_drop : event_reject;
    event(r->service->entry->name, peer, reject_names[why], t->unsaid);
    t->unsaid = 0;
    t->said = loop_now();
}

void admit_reject(struct master *m, struct service *s, const struct addr *peer, enum reject why)
{
    struct runtime *r = admit_runtime(m, s);
    if (!r)
        return;
    r->last_peer[why] = peer ? *peer : (struct addr){0};
    if (count(r, &r->rejects[why]))
        say_reject(r, why);
}

static void say_pause(struct runtime *r)
{
    event_pause(r->service->entry->name, r->reason, 0, 0, r->pauses.unsaid);
    r->pauses.unsaid = 0;
    r->pauses.said = loop_now();
    r->pause_said = true;
}

static void say_fault(struct runtime *r)
{
    event_pause(r->service->entry->name, r->fault_reason, r->fault_pause, r->unsaid_error,
                r->faults.unsaid);
    r->faults.unsaid = 0;
    r->faults.said = loop_now();
    r->pause_said = true;
}

void admit_say_pause(struct master *m, struct service *s, const char *reason)
{
    struct runtime *r = admit_runtime(m, s);
    if (!r)
        return;
    r->reason = reason;
    if (count(r, &r->pauses))
        say_pause(r);
}

void admit_say_fault(struct runtime *r)
{
    if (count(r, &r->faults))
        say_fault(r);
}

/* Only what the log knows to be paused can resume there. */
void admit_say_resume(struct service *s)
{
    struct runtime *r = s->runtime;
    if (!r || !r->pause_said || r->fault_pause)
        return;
    event_resume(s->entry->name, r->reason);
    r->pause_said = false;
}

/* Has `t` something to say, by `now`? What is said less than a second ago waits for `*next`. */
static bool due(const struct tally *t, uint64_t now, uint64_t *next)
{
    if (!t->unsaid)
        return false;
    uint64_t at = t->said + NS_PER_S;
    if (at <= now)
        return true;
    if (at < *next)
        *next = at;
    return false;
}

/* The time at which the next line is due; UINT64_MAX: all is said. */
static uint64_t say_due(struct runtime *r, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    for (int why = 0; why < REJECT_REASONS; why++)
        if (due(&r->rejects[why], now, &next))
            say_reject(r, (enum reject)why);
    bool fault = due(&r->faults, now, &next), pause = due(&r->pauses, now, &next);
    if (fault)
        say_fault(r);
    if (pause)
        say_pause(r);
    if ((fault || pause) && r->service->holds == 0)
        admit_say_resume(r->service);
    return next;
}

void admit_say_summary(struct timer *t)
{
    struct runtime *r = loop_owner(t, struct runtime, summary);
    uint64_t next = say_due(r, loop_now());
    if (next != UINT64_MAX)
        (void)loop_timer(r->master->loop, t, next); /* from its own fire: does not fail */
}

void admit_say_all(struct runtime *r)
{
    (void)say_due(r, UINT64_MAX);
}
