/* control/clients.c -- who is connected, and who is to go */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/value.h"
#include "control/private.h"
#include "control/status.h"
#include "handler/child.h"
#include "handler/starters.h"

enum { LOOK = 500 /* handlers, in one go */ };

/* --- one handler ------------------------------------------------------------------------------ */

/* "client service= protocol= address= ..."; the rest is the caller's. */
static void begin_line(struct text *t, const struct service *s, const struct addr *peer)
{
    char address[STATUS_ADDRESS], from[ADDR_TEXT];
    text_add(t, "client");
    text_field(t, "service", s->entry->name);
    text_field(t, "protocol", service_proto_name(s));
    status_addresses(s, address);
    text_field(t, "address", address);
    if (peer)
        text_field(t, "peer", addr_format_port(peer, from));
}

/* False: there is no room for it now. */
static bool put_handler(struct client *cl, const struct child *c)
{
    char line[CONTROL_LINE];
    struct text t;
    text_init(&t, line, sizeof line);
    begin_line(&t, c->service, addr_family(&c->peer) == AF_UNSPEC ? NULL : &c->peer);
    text_add(&t, " pid=%" PRIdMAX, (intmax_t)child_shown(c));
    text_seconds(&t, "age", loop_now() - c->started);
    return control_line(cl, line);
}

static bool is_meant(const struct listing *at, const struct service *s, const struct addr *peer)
{
    return (!at->peer.family || prefix_contains(&at->peer, peer)) &&
           (!*at->word || service_is_named(s, at->word) >= at->fit);
}

/* The handlers that are meant, a piece of the answer for each; `act` is done to them first. Nobody
 * is met twice, and who comes meanwhile may be. True: that was all. */
static bool walk(struct client *cl, bool (*act)(struct client *cl, struct child *c))
{
    struct listing *at = &cl->listing;
    for (int i = 0; i < LOOK; i++) {
        struct child *c = children_after(cl->control->master->children, at->pid);
        if (!c)
            return true;
        if (is_meant(at, c->service, &c->peer)) {
            if (!put_handler(cl, c))
                return false;
            at->found++;
            if (act && !act(cl, c))
                return false;
        }
        at->pid = c->pid;
    }
    return false;
}

/* --- clients ---------------------------------------------------------------------------------- */

static void clients_go_on(struct client *cl)
{
    if (!walk(cl, NULL))
        return;
    cl->listing.go_on = NULL;
    control_ok(cl);
}

void control_clients(struct client *cl, const char *arg)
{
    enum naming_fit fit = NAMING_OTHER;
    if (*arg && !(fit = control_names(cl, arg)))
        return;
    cl->listing = (struct listing){.go_on = clients_go_on, .fit = fit};
    /* A request is no longer than that. */
    (void)text_fits(cl->listing.word, sizeof cl->listing.word, "%s", arg);
    clients_go_on(cl);
}

/* --- kick ------------------------------------------------------------------------------------- */

static bool kick(struct client *cl, struct child *c)
{
    if (child_end(cl->control->master->children, c,
                  c->service->entry->settings->handler.timeout_signal, CHILD_KICKED))
        return true;
    cl->listing.go_on = NULL;
    control_error(cl, "out of memory");
    return false;
}

/* Its handler is to go as soon as it is there. */
static void kick_start(void *arg, struct start *st)
{
    struct client *cl = arg;
    char line[CONTROL_LINE];
    struct text t;
    if (!st->has_peer || st->kicked || !is_meant(&cl->listing, st->service, &st->peer))
        return;
    st->kicked = true;
    cl->listing.found++;
    text_init(&t, line, sizeof line);
    begin_line(&t, st->service, &st->peer);
    control_put(cl, "%s", line);
}

static void kick_go_on(struct client *cl)
{
    struct listing *at = &cl->listing;
    char whom[ADDR_TEXT];
    if (!walk(cl, kick))
        return;
    at->go_on = NULL;
    if (at->found)
        control_ok(cl);
    else
        control_error(cl, "nobody is connected from %s%s%s", prefix_format_short(&at->peer, whom),
                      *at->word ? " to " : "", at->word);
}

/* The handler that is shown as `pid`: its keeper is what the records are found by. */
struct shown {
    pid_t pid;
    struct child *found;
};

static void look_for(void *arg, struct child *c)
{
    struct shown *at = arg;
    if (child_shown(c) == at->pid)
        at->found = c;
}

static void kick_pid(struct client *cl, pid_t pid)
{
    struct shown at = {.pid = pid};
    children_update(cl->control->master->children, look_for, &at);
    struct child *c = at.found;
    if (!c)
        control_error(cl, "no handler has the pid %" PRIdMAX, (intmax_t)pid);
    else if (put_handler(cl, c) && kick(cl, c))
        control_ok(cl);
}

/* Those of listing.peer at listing.word. */
static void kick_all(struct client *cl)
{
    starters_each(cl->control->master->starters, kick_start, cl);
    cl->listing.go_on = kick_go_on;
    kick_go_on(cl);
}

void control_kick(struct client *cl, const char *arg)
{
    char word[ADDR_TEXT];
    uint64_t pid;
    struct listing *at = &cl->listing;
    *at = (struct listing){.go_on = NULL};
    bool fits = control_word(&arg, word, sizeof word);
    if (fits && !*arg && value_number(word, 1, INT32_MAX, &pid) == VALUE_GOOD) {
        kick_pid(cl, (pid_t)pid);
        return;
    }
    const char *wrong = fits ? prefix_parse(&at->peer, word) : "too long";
    if (wrong) {
        control_error(cl, "\"%s\" is %s, nor a pid", word, wrong);
        return;
    }
    if (*arg && !(at->fit = control_names(cl, arg)))
        return;
    (void)text_fits(at->word, sizeof at->word, "%s", arg); /* it is no longer than that */
    kick_all(cl);
}

void control_kick_banned(struct client *cl, const struct ban *ban)
{
    cl->listing =
        (struct listing){.peer = ban->prefix, .found = 1, .fit = (enum naming_fit)ban->fit};
    (void)text_fits(cl->listing.word, sizeof cl->listing.word, "%s", ban->word); /* the same */
    kick_all(cl);
}
