/* control/bans.c -- who shall not be connected: ban, unban, bans */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/event.h"
#include "base/value.h"
#include "control/private.h"

/* "ADDRESS[/BITS] ..."; false: what is wrong is the answer. */
static bool take_prefix(struct client *cl, const char **arg, struct prefix *peer)
{
    char word[ADDR_TEXT] = "";
    const char *wrong =
        control_word(arg, word, sizeof word) ? prefix_parse(peer, word) : "not an address";
    if (wrong)
        control_error(cl, "\"%s\": %s", word, wrong);
    return !wrong;
}

/* "[TIME] ...": what is none, "-" aside, is the next argument, and so is the last word where it is
 * a service's port. ns; 0: for good. */
static uint64_t take_time(const struct client *cl, const char **arg)
{
    char word[32];
    const char *rest = *arg;
    uint64_t ns = 0;
    if (!control_word(&rest, word, sizeof word))
        return 0;
    bool is_time = strcmp(word, "-") == 0 || value_time(word, &ns) == VALUE_GOOD;
    if (!is_time || (!*rest && table_best_named(cl->control->master->table, word)))
        return 0;
    *arg = rest;
    return ns;
}

/* --- ban -------------------------------------------------------------------------------------- */

/* The peers of a wait handler are known to itself alone. */
static bool can_ban(const struct service *s)
{
    return !s->entry->wait || s->entry->program->builtin;
}

/* Which services does `word` mean that can do it, and which cannot? */
struct meant {
    size_t can, cannot;
    const struct service *first; /* that cannot */
};

static struct meant look(const struct table *t, const char *word, enum naming_fit fit)
{
    struct meant meant = {.can = 0};
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        if (*word && service_is_named(s, word) < fit)
            continue;
        meant.can += can_ban(s);
        if (!can_ban(s) && meant.cannot++ == 0)
            meant.first = s;
    }
    return meant;
}

static void tell_time(struct text *t, uint64_t ns)
{
    text_add(t, ns ? "for " : "for good");
    if (ns)
        text_span(t, ns);
}

/* The beginning of the answer. */
static void tell_ban(struct client *cl, const struct ban *ban, uint64_t time,
                     const struct meant *meant)
{
    char whom[ADDR_TEXT], how_long[64];
    struct text t;
    text_init(&t, how_long, sizeof how_long);
    tell_time(&t, time);
    control_put(cl, "%s is kept out of %s %s", prefix_format_short(&ban->prefix, whom),
                *ban->word ? ban->word : "all services", how_long);
    if (meant->cannot)
        control_put(cl,
                    "but not of %s/%s%s: a wait handler takes its clients itself, and only it "
                    "knows them",
                    meant->first->entry->name, service_proto_name(meant->first),
                    meant->cannot > 1 ? " and other wait services" : "");
    event_ban(prefix_format_short(&ban->prefix, whom), *ban->word ? ban->word : NULL, time);
}

void control_ban(struct client *cl, const char *arg)
{
    struct master *m = cl->control->master;
    struct prefix peer;
    static const char option[] = "--kick ";
    bool kicks = strncmp(arg, option, sizeof option - 1) == 0;
    arg += kicks ? sizeof option - 1 : 0;
    if (!take_prefix(cl, &arg, &peer))
        return;
    uint64_t time = take_time(cl, &arg), now = loop_now();
    enum naming_fit fit = NAMING_OTHER;
    if (*arg && !(fit = control_names(cl, arg)))
        return;
    struct meant meant = look(m->table, arg, fit);
    if (strlen(arg) > BAN_WORD) {
        control_error(cl, "a service's name has at most %d bytes here", BAN_WORD);
    } else if (*arg && meant.can == 0) {
        control_error(cl, "%s is a wait service: its handler takes its clients itself", arg);
    } else {
        enum ban_result result = bans_add(&m->bans, &peer, arg, fit, time ? now + time : 0, now);
        struct ban *ban = result <= BAN_CHANGED ? bans_get(&m->bans, &peer, arg) : NULL;
        if (ban)
            tell_ban(cl, ban, time, &meant);
        if (ban && kicks)
            control_kick_banned(cl, ban);
        else if (ban)
            control_ok(cl);
        else if (result == BAN_FULL)
            control_error(cl, "there are %d bans already: take one off first (unban)", BANS_MOST);
        else
            control_error(cl, "out of memory");
    }
}

/* --- unban ------------------------------------------------------------------------------------ */

static void take_off(struct client *cl, const struct ban *ban)
{
    struct prefix peer = ban->prefix;
    char whom[ADDR_TEXT], word[BAN_WORD + 1];
    (void)text_fits(word, sizeof word, "%s", ban->word);      /* no longer than that */
    (void)bans_drop(&cl->control->master->bans, &peer, word); /* it is there */
    event_unban(prefix_format_short(&peer, whom), *word ? word : NULL);
    control_put(cl, "%s is no longer kept out of %s", whom, *word ? word : "all services");
}

/* The ban at this word, or with none the first of them all; NULL. */
static const struct ban *next_of(const struct bans *bans, const struct prefix *peer,
                                 const char *word)
{
    const struct ban *ban = bans_get(bans, peer, word);
    if (ban || *word)
        return ban;
    ban = bans_after(bans, peer, "");
    return ban && prefix_compare(&ban->prefix, peer) == 0 ? ban : NULL;
}

void control_unban(struct client *cl, const char *arg)
{
    struct bans *bans = &cl->control->master->bans;
    struct prefix peer;
    size_t found = 0;
    char whom[ADDR_TEXT];
    if (!take_prefix(cl, &arg, &peer))
        return;
    bans_expire(bans, loop_now());
    for (const struct ban *ban; (ban = next_of(bans, &peer, arg)); found++)
        take_off(cl, ban);
    if (found)
        control_ok(cl);
    else
        control_error(cl, "there is no ban of %s%s%s: doorwardctl bans lists those there are",
                      prefix_format_short(&peer, whom), *arg ? " at " : "", arg);
}

/* --- bans ------------------------------------------------------------------------------------- */

static bool put_ban(struct client *cl, const struct ban *ban, uint64_t now)
{
    char line[CONTROL_LINE], whom[ADDR_TEXT];
    struct text t;
    text_init(&t, line, sizeof line);
    text_add(&t, "ban");
    text_field(&t, "peer", prefix_format_short(&ban->prefix, whom));
    if (*ban->word)
        text_field(&t, "service", ban->word);
    if (ban->until)
        text_add(&t, " left=%" PRIu64 ".%03u", (ban->until - now) / NS_PER_S,
                 (unsigned)((ban->until - now) / NS_PER_MS % 1000));
    text_add(&t, " refused=%" PRIu64, ban->refused);
    return control_line(cl, line);
}

static void bans_go_on(struct client *cl)
{
    struct listing *at = &cl->listing;
    const struct bans *bans = &cl->control->master->bans;
    uint64_t now = loop_now();
    const struct ban *ban;
    while ((ban = bans_after(bans, &at->peer, at->word))) {
        if (!ban_is_over(ban, now) && !put_ban(cl, ban, now))
            return;
        at->peer = ban->prefix;
        (void)text_fits(at->word, sizeof at->word, "%s", ban->word); /* it is no longer than that */
    }
    at->go_on = NULL;
    control_ok(cl);
}

void control_bans(struct client *cl, const char *arg)
{
    (void)arg;
    cl->listing = (struct listing){.go_on = bans_go_on};
    bans_go_on(cl);
}
