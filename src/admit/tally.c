/* admit/tally.c -- rejects and pauses, summed up to a line a second and service */
#include "config.h"

#include "admit/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "service/saved.h"

/* One summed-up kind of log line. */
struct tally {
    uint64_t total;  /* ever */
    uint64_t unsaid; /* since the last line */
    uint64_t said;   /* ns, when that was; 0 never */
};

struct tallies {
    const struct service *service;
    struct loop *loop;
    struct timer summary; /* says what is unsaid */
    struct tally rejects[REJECT_REASONS];
    struct addr last_peer[REJECT_REASONS];
    struct tally pauses, faults;
    const char *reason; /* of the last pause or fault, constant */
    const char *fault_reason;
    uint64_t fault_pause; /* ns; 0 once it is over */
    int fault_error;
    const char *fault_words; /* in its place, constant; NULL: none */
    bool pause_said;         /* the log's last word is "pause" */
};

static const struct {
    const char *name;
    void (*event)(const char *service, const char *from, const char *reason, uint64_t count);
} rejects[REJECT_REASONS] = {
    [REJECT_ACCEPT] = {"accept", event_reject},
    [REJECT_RATE] = {"rate", event_reject},
    [REJECT_SOURCE_MAX] = {"source_max", event_reject},
    [REJECT_IP_MAX] = {"ip_max", event_reject},
    [REJECT_BAN] = {"ban", event_reject},
    [REJECT_ACCESS] = {"access", event_reject},
    [REJECT_HOSTS_ACCESS] = {"hosts_access", event_reject},
    [REJECT_GATE] = {"gate", event_reject},
    [REJECT_PROXY] = {"proxy", event_reject},
    [REJECT_PROBE] = {"probe", NULL},
    [REJECT_PORT] = {"port", event_reject},
    [REJECT_QUEUED] = {"queued", event_drop},
};

const char *reject_name(enum reject why)
{
    return rejects[why].name;
}

static void say_reject(struct tallies *told, enum reject why)
{
    char from[ADDR_TEXT];
    struct tally *t = &told->rejects[why];
    const struct addr *last = &told->last_peer[why];
    const char *peer = addr_family(last) ? addr_format_port(last, from) : NULL;
    rejects[why].event(told->service->entry->name, peer, rejects[why].name, t->unsaid);
    t->unsaid = 0;
    t->said = loop_now();
}

static void say_pause(struct tallies *told)
{
    event_pause(told->service->entry->name, told->reason, 0, NULL, told->pauses.unsaid);
    told->pauses.unsaid = 0;
    told->pauses.said = loop_now();
    told->pause_said = true;
}

static void say_fault(struct tallies *told)
{
    const char *error = told->fault_words;
    if (!error && told->fault_error)
        error = strerror(told->fault_error);
    event_pause(told->service->entry->name, told->fault_reason, told->fault_pause, error,
                told->faults.unsaid);
    told->faults.unsaid = 0;
    told->faults.said = loop_now();
    told->pause_said = true;
}

/* --- the summary ---------------------------------------------------------------------------- */

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
static uint64_t say_due(struct tallies *told, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    for (int why = 0; why < REJECT_REASONS; why++)
        if (due(&told->rejects[why], now, &next))
            say_reject(told, (enum reject)why);
    bool fault = due(&told->faults, now, &next), pause = due(&told->pauses, now, &next);
    if (fault)
        say_fault(told);
    if (pause)
        say_pause(told);
    if ((fault || pause) && told->service->held == 0)
        tally_resume(told->service);
    return next;
}

static void summary_due(struct timer *t)
{
    struct tallies *told = loop_owner(t, struct tallies, summary);
    uint64_t next = say_due(told, loop_now());
    if (next != UINT64_MAX)
        (void)loop_timer(told->loop, t, next); /* from its own fire: does not fail */
}

/* Count one; is it time for a line? If not, the summary will come. */
static bool count(struct tallies *told, struct tally *t)
{
    uint64_t now = loop_now();
    t->total++;
    t->unsaid++;
    if (t->said == 0 || now - t->said >= NS_PER_S)
        return true;
    if (!told->summary.slot)
        (void)loop_timer(told->loop, &told->summary,
                         t->said + NS_PER_S); /* else the next one says it */
    return false;
}

/* --- what there is to tell ------------------------------------------------------------------ */

/* Made when there is something to tell; NULL: out of memory. */
static struct tallies *tallies_of(struct loop *loop, struct service *s)
{
    if (!s->told && (s->told = calloc(1, sizeof *s->told))) {
        s->told->service = s;
        s->told->loop = loop;
        s->told->summary.fire = summary_due;
    }
    return s->told;
}

void tally_reject(struct loop *loop, struct service *s, const struct addr *peer, enum reject why)
{
    struct tallies *told = tallies_of(loop, s);
    if (!told)
        return;
    if (!rejects[why].event) {
        told->rejects[why].total++;
        return;
    }
    told->last_peer[why] = peer ? *peer : (struct addr){0};
    if (count(told, &told->rejects[why]))
        say_reject(told, why);
}

uint64_t tally_rejected(const struct service *s, enum reject why)
{
    return s->told ? s->told->rejects[why].total : 0;
}

uint64_t tally_pauses(const struct service *s)
{
    return s->told ? s->told->pauses.total : 0;
}

uint64_t tally_faults(const struct service *s)
{
    return s->told ? s->told->faults.total : 0;
}

void tally_pause(struct loop *loop, struct service *s, const char *reason)
{
    struct tallies *told = tallies_of(loop, s);
    if (!told)
        return;
    told->reason = reason;
    if (count(told, &told->pauses))
        say_pause(told);
}

void tally_fault(struct loop *loop, struct service *s, const char *reason, uint64_t pause,
                 int error, const char *words)
{
    struct tallies *told = tallies_of(loop, s);
    if (!told)
        return;
    told->reason = told->fault_reason = reason;
    told->fault_pause = pause;
    told->fault_error = error;
    told->fault_words = words;
    if (count(told, &told->faults))
        say_fault(told);
}

void tally_recovered(const struct service *s)
{
    if (s->told)
        s->told->fault_pause = 0;
}

void tally_resume(const struct service *s)
{
    struct tallies *told = s->told;
    if (!told || !told->pause_said || told->fault_pause)
        return;
    event_resume(s->entry->name, told->reason);
    told->pause_said = false;
}

void tally_forget(struct loop *loop, struct service *s)
{
    if (!s->told)
        return;
    (void)say_due(s->told, UINT64_MAX); /* all of it: nothing is due later */
    loop_timer_stop(loop, &s->told->summary);
    free(s->told);
    s->told = NULL;
}

/* --- an upgrade ------------------------------------------------------------------------------ */

static void save_one(const struct tally *t, struct state_out *o)
{
    state_put(o, t->total);
    state_put(o, t->unsaid);
    state_put(o, t->said);
}

static void restore_one(struct tally *t, struct state_in *r)
{
    t->total = state_get(r);
    t->unsaid = state_get(r);
    t->said = state_get(r);
}

/* The reasons come last: there may be more of them one day. */
static void save(const struct tallies *told, struct state_out *o)
{
    state_record(o);
    state_put(o, told->service->id);
    save_one(&told->pauses, o);
    save_one(&told->faults, o);
    state_put_text(o, told->reason);
    state_put_text(o, told->fault_reason);
    state_put(o, told->fault_pause);
    state_put(o, (uint64_t)told->fault_error);
    state_put(o, told->pause_said);
    for (size_t i = 0; i < REJECT_REASONS; i++) {
        state_put_text(o, rejects[i].name);
        save_one(&told->rejects[i], o);
        state_put_addr(o, &told->last_peer[i]);
    }
}

void tally_save(const struct table *t, struct state_out *o)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->told)
            save(t->services[i]->told, o);
}

static void restore_rejects(struct tallies *told, struct state_in *r)
{
    const char *name;
    while (*(name = state_get_text(r))) {
        struct tally count;
        restore_one(&count, r);
        struct addr last = state_get_addr(r);
        for (size_t i = 0; i < REJECT_REASONS; i++)
            if (strcmp(rejects[i].name, name) == 0) {
                told->rejects[i] = count;
                told->last_peer[i] = last;
            }
    }
}

static void restore(struct tallies *told, struct state_in *r)
{
    restore_one(&told->pauses, r);
    restore_one(&told->faults, r);
    told->reason = state_get_word(r);
    told->fault_reason = state_get_word(r);
    told->fault_pause = state_get(r);
    told->fault_error = (int)state_get_upto(r, INT32_MAX);
    told->pause_said = state_get_flag(r);
    restore_rejects(told, r);
}

void tally_restore(struct loop *loop, const struct table *t, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct service *s = table_get(t, &r);
        struct tallies *told = s ? tallies_of(loop, s) : NULL;
        if (!told)
            continue;
        restore(told, &r);
        (void)loop_timer(loop, &told->summary,
                         loop_now() + NS_PER_S); /* else the next one says it */
    }
}
