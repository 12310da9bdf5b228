/* control/status.c -- the state of a service in words, for the log and for doorwardctl */
#include "config.h"

#include "control/status.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "admit/history.h"
#include "admit/hold.h"
#include "base/text.h"
#include "listen/listen.h"
#include "listen/rpc_told.h"

/* Of plain tcp and udp the family that could not be opened is left out, unless none was. */
void status_addresses(const struct service *s, char out[static STATUS_ADDRESS])
{
    char one[ENDPOINT_TEXT], at[ADDR_TEXT];
    struct text t;
    bool open = false;
    text_init(&t, out, STATUS_ADDRESS);
    for (size_t i = 0; i < s->nlisteners; i++)
        open |= service_listeners(s)[i]->watch.fd >= 0;
    bool all = !open && !s->entry->rpc_prog; /* which has no port yet */
    for (size_t i = 0; i < s->nlisteners; i++) {
        const struct listener *l = service_listeners(s)[i];
        if (all || l->watch.fd >= 0 || !l->soft)
            text_add(&t, "%s%s", t.len ? " " : "",
                     listener_endpoint(l, listen_address(l, at), one));
    }
    if (t.len == 0)
        text_add(&t, "-");
}

static void get_last_exit(const struct service *s, struct status *st)
{
    int status = s->last_status;
    st->last_exit[0] = '\0';
    if (status == NO_STATUS)
        return;
    st->exit_at = s->history ? s->history->last : 0;
    /* 24 bytes hold the longest int. */
    if (WIFSIGNALED(status))
        (void)text_fits(st->last_exit, sizeof st->last_exit, "signal=%d", WTERMSIG(status));
    else
        (void)text_fits(st->last_exit, sizeof st->last_exit, "status=%d", WEXITSTATUS(status));
}

/* A socket that cannot be opened comes first: it is what keeps the service down. */
static int error_of_listeners(const struct service *s)
{
    int error = 0;
    for (size_t i = 0; i < s->nlisteners && error == 0; i++)
        error = listen_error(service_listeners(s)[i]);
    return error;
}

/* Its sockets are open, but who looks for its port does not find it. */
static bool is_unregistered(const struct service *s)
{
    return s->entry->rpc_prog && s->mark != MARK_GONE && rpc_told_refused(s->entry->rpc_prog);
}

static void get_last_error(const struct service *s, struct status *st)
{
    int error = error_of_listeners(s);
    const char *why = error ? strerror(error) : NULL;
    const struct cage *cage = &s->entry->settings->cage;
    char layers[CAGE_WORDS];
    const char *step = error ? "listen" : hold_last_fault(s, &why, &st->error_at);
    if (cage->lacks) /* a longer one is cut */
        (void)text_fits(st->last_error, sizeof st->last_error, "sandbox: without %s",
                        cage_layer_names(cage->lacks, layers));
    else if (!error && is_unregistered(s))
        (void)text_fits(st->last_error, sizeof st->last_error, "rpcbind: not registered");
    else if (step) /* a longer one is cut */
        (void)text_fits(st->last_error, sizeof st->last_error, "%s: %s", step, why);
}

bool status_is_down(const struct service *s)
{
    const char *state = service_state(s);
    return strcmp(state, "down") == 0 || strcmp(state, "closed") == 0 ||
           strcmp(state, "fault") == 0;
}

void status_get(const struct service *s, struct status *st)
{
    const char *reason = hold_reason(s);
    if (!reason && cage_is_closed(&s->entry->settings->cage))
        reason = "sandbox";
    if (!reason && error_of_listeners(s))
        reason = "listen";
    if (cage_is_closed(&s->entry->settings->cage))
        reason = "sandbox";
    if (!reason && is_unregistered(s))
        reason = "rpcbind";
    *st = (struct status){.name = s->entry->name,
                          .protocol = service_proto_name(s),
                          .socktype = service_socktype_name(s),
                          .wait = s->entry->wait ? "wait" : "nowait",
                          .state = s->mark == MARK_GONE ? "removed" : service_state(s),
                          .why = reason ? reason : "",
                          .running = s->running,
                          .max = service_running_max(s),
                          .started = s->started};
    status_addresses(s, st->address);
    get_last_error(s, st);
    get_last_exit(s, st);
    for (size_t i = 0; i < REJECT_REASONS; i++) {
        st->rejects[i] = tally_rejected(s, (enum reject)i);
        st->rejected += st->rejects[i];
    }
}

static void add_count(struct text *t, const char *key, uint64_t n)
{
    text_add(t, " %s=%" PRIu64, key, n);
}

static void add_age(struct text *t, const char *key, uint64_t at)
{
    if (at)
        text_seconds(t, key, loop_now() - at);
}

void status_line(const struct status *st, struct text *t)
{
    text_add(t, "state");
    text_field(t, "service", st->name);
    text_field(t, "protocol", st->protocol);
    text_field(t, "address", st->address);
    text_field(t, "state", st->state);
    if (*st->why)
        text_field(t, "reason", st->why);
    if (st->max)
        text_add(t, " running=%" PRIu32 "/%" PRIu32, st->running, st->max);
    else
        text_add(t, " running=%" PRIu32 "/-", st->running);
    add_count(t, "started", st->started);
    add_count(t, "rejected", st->rejected);
    for (size_t i = 0; i < REJECT_REASONS; i++)
        if (st->rejects[i])
            add_count(t, reject_name((enum reject)i), st->rejects[i]);
    if (*st->last_exit)
        text_field(t, "last_exit", st->last_exit);
    add_age(t, "exit_age", st->exit_at);
    if (*st->last_error)
        text_field(t, "last_error", st->last_error);
    add_age(t, "error_age", st->error_at);
}
