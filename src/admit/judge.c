/* admit/judge.c -- what would become of a peer now, and why; nothing is counted */
#include "config.h"

#include "admit/judge.h"

#include <inttypes.h>
#include <string.h>

#include "admit/hold.h"

/* One question: who, where, when; and the answer in words. */
struct question {
    const struct master *master;
    const struct service *service;
    const struct addr *peer;
    uint64_t now;
    struct text *why;
};

static const struct limit_settings *limits(const struct question *q)
{
    return &q->service->entry->settings->limits;
}

static bool is_muxed(const struct question *q)
{
    return q->service->entry->proto == PROTO_TCPMUX;
}

/* --- reasons: each says whether it decides --------------------------------------------------- */

static bool no_socket_for(const struct question *q)
{
    const struct service *s = q->service;
    int family = addr_family(q->peer);
    if (is_muxed(q) ? family != AF_UNIX : s->nlisteners == 0)
        return false;
    for (size_t i = 0; i < s->nlisteners; i++) {
        enum family_mode mode = (enum family_mode)service_listeners(s)[i]->mode;
        if (mode == MODE_UNIX   ? family == AF_UNIX
            : family == AF_INET ? mode != MODE_V6ONLY
                                : family == AF_INET6 && mode != MODE_V4)
            return false;
    }
    text_add(q->why, "it has no %s socket",
             family == AF_UNIX   ? "unix"
             : family == AF_INET ? "IPv4"
                                 : "IPv6");
    return true;
}

static bool down(const struct question *q)
{
    const char *state = q->service->mark == MARK_GONE ? "removed" : service_state(q->service);
    if (strcmp(state, "down") != 0 && strcmp(state, "removed") != 0)
        return false;
    text_add(q->why, "it is %s", state);
    return true;
}

/* Its handler takes the clients, and nothing here is asked. */
static bool of_wait(const struct question *q)
{
    const struct entry *e = q->service->entry;
    return e->wait && !e->program->builtin;
}

static bool banned(const struct question *q)
{
    char whom[ADDR_TEXT];
    const struct ban *ban =
        of_wait(q) ? NULL : bans_find(&q->master->bans, q->peer, q->service, q->now);
    if (!ban)
        return false;
    text_add(q->why, "ban of %s", prefix_format_short(&ban->prefix, whom));
    if (*ban->word)
        text_add(q->why, " at %s", ban->word);
    if (ban->until) {
        text_add(q->why, ", for ");
        text_span(q->why, ban->until - q->now);
        text_add(q->why, " more");
    }
    return true;
}

/* "allow = 10.0.0.0/8". */
static void add_rule(const struct question *q, const struct access_rule *rule)
{
    char prefix[ADDR_TEXT];
    text_add(q->why, "%s = %s", rule->allow ? "allow" : "deny",
             prefix_format(&rule->prefix, prefix));
}

static bool denied(const struct question *q)
{
    const struct access *rules = &q->service->entry->settings->access.rules;
    const struct access_rule *rule = NULL;
    if (of_wait(q) || !rules->count || access_check(rules, q->peer, &rule))
        return false;
    if (rule)
        add_rule(q, rule);
    else
        text_add(q->why, "no rule of allow names it");
    return true;
}

static bool never_answered(const struct question *q)
{
    if (q->service->entry->proto != PROTO_UDP || of_wait(q))
        return false;
    if (!addr_is_any(q->peer) && !addr_is_multicast(q->peer) && !addr_is_broadcast(q->peer))
        return false;
    text_add(q->why, "a datagram from there is never answered");
    return true;
}

static void add_next(const struct question *q, const char *limit, uint64_t at)
{
    text_add(q->why, "%s, the next start in ", limit);
    text_span(q->why, at - q->now);
}

static bool over_for_source(const struct question *q)
{
    const struct source_limits *most = &limits(q)->source;
    struct prefix source =
        prefix_of(q->peer, limits(q)->source_prefix.v4, limits(q)->source_prefix.v6);
    char text[ADDR_TEXT];
    uint32_t running;
    uint64_t at;
    if (of_wait(q) || !q->master->sources || (!most->max && !most->rate.interval))
        return false;
    switch (sources_ask(q->master->sources, q->service->id, &source, most, q->now, &running, &at)) {
    case SOURCE_MAX:
        text_add(q->why, "source_max, %" PRIu32 " of %" PRIu32 " run for %s", running, most->max,
                 prefix_format_short(&source, text));
        return true;
    case SOURCE_RATE:
        add_next(q, "ip_max", at);
        return true;
    case SOURCE_OK:
        return false;
    }
    return false;
}

static bool full(const struct question *q)
{
    uint32_t most = limits(q)->accept_max;
    if (q->service->entry->wait || !most || q->service->running < most)
        return false;
    text_add(q->why, "accept_max, %" PRIu32 " of %" PRIu32 " run", q->service->running, most);
    return true;
}

static bool no_place(const struct question *q)
{
    uint32_t most = q->master->table->handlers_max, running = q->master->share.running;
    if (!most || running < most)
        return false;
    text_add(q->why, "handlers_max, %" PRIu32 " of %" PRIu32 " run for all services", running,
             most);
    return true;
}

static bool over_rate(const struct question *q)
{
    uint64_t at = rate_check(&limits(q)->service_max, q->service->bucket, q->now);
    if (at)
        add_next(q, "service_max", at);
    return at;
}

static bool held(const struct question *q)
{
    const struct hold_word *word = service_held(q->service);
    const char *fault = NULL;
    uint64_t at;
    if (!word)
        return false;
    if (word->why == HOLD_ADMIN)
        text_add(q->why, "paused by doorwardctl");
    else
        text_add(q->why, "%s", hold_reason(q->service));
    if (word->why == HOLD_FAULT && hold_last_fault(q->service, &fault, &at) && fault)
        text_add(q->why, ": %s", fault);
    return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void say_served(const struct question *q)
{
    const struct access *rules = &q->service->entry->settings->access.rules;
    const struct access_rule *rule = NULL;
    if (of_wait(q)) {
        text_add(q->why, "by a wait handler, which takes its clients itself");
        return;
    }
    (void)access_check(rules, q->peer, &rule); /* it is allowed: by which? */
    if (rule)
        add_rule(q, rule);
    else
        text_add(q->why, "nothing speaks against it");
    if (q->service->entry->settings->access.hosts_access)
        text_add(q->why, "; hosts.allow and hosts.deny are asked when it comes");
}

const char *judge_word(enum judgement is)
{
    static const char *const words[] = {[JUDGE_SERVED] = "served",
                                        [JUDGE_WAITS] = "waits",
                                        [JUDGE_REFUSED] = "refused",
                                        [JUDGE_APART] = "not for it"};
    return words[is];
}

enum judgement judge(const struct master *m, const struct service *s, const struct addr *peer,
                     struct text *why)
{
    /* The first that decides counts. */
    static const struct {
        bool (*decides)(const struct question *q);
        enum judgement is;
    } reasons[] = {
        {no_socket_for, JUDGE_APART},
        {down, JUDGE_REFUSED},
        {banned, JUDGE_REFUSED},
        {denied, JUDGE_REFUSED},
        {never_answered, JUDGE_REFUSED},
        {over_for_source, JUDGE_REFUSED},
        {full, JUDGE_WAITS},
        {no_place, JUDGE_WAITS},
        {over_rate, JUDGE_WAITS},
        {held, JUDGE_WAITS},
    };
    struct question q = {m, s, peer, loop_now(), why};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].decides(&q)) /* who comes by tcpmux cannot wait */
            return reasons[i].is == JUDGE_WAITS && is_muxed(&q) ? JUDGE_REFUSED : reasons[i].is;
    say_served(&q);
    return JUDGE_SERVED;
}
