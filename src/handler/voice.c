/* handler/voice.c -- how much the handlers of one service may say to the log, together */
#include "config.h"

#include "handler/voice.h"

#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "service/limit.h"

enum { CHAINS = 256 };

static const struct rate stderr_max = {.interval = NS_PER_S / 200, .burst = 2000};
static const uint64_t rest = 20 * NS_PER_MS;

struct voice {
    struct voice *next; /* of its chain */
    struct loop *loop;
    struct timer timer; /* for what is first: a reader has rested, a count is due, it has rested */
    size_t users;
    uint64_t full_at;  /* the bucket */
    uint64_t left_out; /* lines not told yet */
    uint64_t tell_at;
    struct ring resting;
    void (*ready)(struct ring *link);
    char service[];
};

static struct voice *chains[CHAINS];

static struct voice **chain_of(const char *service)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (const char *p = service; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619;
    return &chains[hash % CHAINS];
}

static struct voice **link_of(const char *service)
{
    struct voice **at = chain_of(service);
    while (*at && strcmp((*at)->service, service) != 0)
        at = &(*at)->next;
    return at;
}

static void tell(struct voice *v)
{
    if (v->left_out > 0)
        event_left_out(v->service, v->left_out);
    v->left_out = 0;
}

static void forget(struct voice *v)
{
    tell(v);
    *link_of(v->service) = v->next;
    loop_timer_stop(v->loop, &v->timer);
    free(v);
}

/* The next thing to be done; without memory for the timer, when somebody speaks again. */
static bool arm(struct voice *v, uint64_t now)
{
    uint64_t due = UINT64_MAX;
    if (v->left_out > 0)
        due = v->tell_at;
    if (v->users == 0 && v->full_at < due)
        due = v->full_at;
    if (v->resting.after != &v->resting && now + rest < due)
        due = now + rest;
    return due == UINT64_MAX || loop_timer(v->loop, &v->timer, due) == 0;
}

static void on_time(struct timer *timer)
{
    struct voice *v = loop_owner(timer, struct voice, timer);
    uint64_t now = loop_now();
    v->users++; /* lest it is forgotten by one that leaves */
    while (v->resting.after != &v->resting) {
        struct ring *link = v->resting.after;
        ring_leave(link);
        v->ready(link);
    }
    v->users--;
    if (now >= v->tell_at)
        tell(v);
    if (v->users == 0 && now >= v->full_at)
        forget(v);
    else
        (void)arm(v, now); /* it has just been armed, so there is room */
}

static struct voice *make(struct loop *loop, const char *service)
{
    size_t size = strlen(service) + 1;
    struct voice *v = malloc(sizeof *v + size);
    if (!v)
        return NULL;
    *v = (struct voice){.loop = loop, .timer.fire = on_time, .resting = RING_EMPTY(v->resting)};
    memcpy(v->service, service, size);
    v->next = *chain_of(service);
    return *chain_of(service) = v;
}

struct voice *voice_join(struct loop *loop, const char *service)
{
    struct voice *v = *link_of(service);
    if (!v)
        v = make(loop, service);
    if (v)
        v->users++;
    return v;
}

void voice_leave(struct voice *v)
{
    uint64_t now = loop_now();
    if (--v->users > 0)
        return;
    if (now >= v->full_at || !arm(v, now))
        forget(v);
}

const char *voice_service(const struct voice *v)
{
    return v->service;
}

bool voice_is_full(const struct voice *v)
{
    return rate_check(&stderr_max, v->full_at, loop_now()) > 0;
}

bool voice_may(struct voice *v)
{
    if (rate_take(&stderr_max, &v->full_at, loop_now()) == 0)
        return true;
    voice_left_out(v, 1);
    return false;
}

void voice_left_out(struct voice *v, uint64_t lines)
{
    uint64_t now = loop_now();
    if (v->left_out == 0 && lines > 0)
        v->tell_at = now + NS_PER_S;
    v->left_out += lines;
    if (v->timer.slot == 0)
        (void)arm(v, now); /* else it is told with what comes later */
}

bool voice_rest(struct voice *v, struct ring *link, void (*ready)(struct ring *link))
{
    v->ready = ready;
    ring_enter(&v->resting, link);
    if (arm(v, loop_now()))
        return true;
    ring_leave(link);
    return false;
}

void voices_end(void)
{
    for (size_t i = 0; i < CHAINS; i++)
        while (chains[i])
            forget(chains[i]);
}

void voices_save(struct state_out *o)
{
    for (size_t i = 0; i < CHAINS; i++)
        for (const struct voice *v = chains[i]; v; v = v->next) {
            state_record(o);
            state_put_text(o, v->service);
            state_put(o, v->full_at);
            state_put(o, v->left_out);
            state_put(o, v->tell_at);
        }
}

void voices_restore(struct loop *loop, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct voice *v = voice_join(loop, state_get_text(&r));
        if (!v)
            continue;
        v->full_at = state_get(&r);
        v->left_out = state_get(&r);
        v->tell_at = state_get(&r);
        voice_leave(v);
    }
}
