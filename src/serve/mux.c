/* serve/mux.c -- tcpmux: read the name of a service, then start that service */
#include "config.h"

#include "serve/mux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admit/hold.h"
#include "base/log.h"
#include "handler/drain.h"
#include "serve/start.h"
#include "serve/waiting.h"

enum {
    PATIENCE_S = 10,
    LINGER_S = 2,
    NAME_ROOM = 258 /* a name of 256 characters and CRLF */
};

/* A client whose line is not complete yet; counts as running for the tcpmux service. */
struct mux {
    struct mux *next;
    struct watch watch;
    struct timer timer;
    struct master *master;
    struct service *service;
    struct start client; /* his connection is the watch's */
    uint32_t slot;
    size_t len;
    char line[NAME_ROOM];
};

static struct mux *talks;

/* End the talk; his connection, and what `*client` (NULL: not wanted) has, is the caller's. */
static int finish(struct mux *x, struct start *client)
{
    int fd = x->watch.fd;
    struct mux **at = &talks;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    loop_unwatch(x->master->loop, &x->watch);
    loop_timer_stop(x->master->loop, &x->timer);
    admit_release(x->master, x->service, x->slot);
    if (client)
        *client = x->client;
    else
        free(x->client.via);
    free(x);
    return fd;
}

static void say(int fd, const char *text)
{
    /* A fresh connection takes a line; who does not take it does not get it. */
    (void)send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* All is said. What the client sent ahead is read, or the kernel would reset the connection and he
 * might never see the answer. */
static void hang_up(struct loop *loop, int fd)
{
    struct drain *g = drain_new(loop, NULL, NULL, fd, LINGER_S * NS_PER_S);
    (void)close(fd); /* the drain has its own */
    if (g)
        drain_begin(g);
}

static void refuse(struct mux *x, const char *text)
{
    struct loop *loop = x->master->loop;
    int fd = finish(x, NULL);
    say(fd, text);
    hang_up(loop, fd);
}

static void time_is_up(struct timer *t)
{
    refuse(loop_owner(t, struct mux, timer), "-No service name came\r\n");
}

/* "tcpmux/name" or "tcpmux/+name" without its beginning. */
static const char *mux_name(const struct service *s)
{
    const char *name = strchr(s->entry->word, '/') + 1;
    return *name == '+' ? name + 1 : name;
}

static bool is_muxed(const struct service *s)
{
    return s->entry->proto == PROTO_TCPMUX && s->mark != MARK_GONE &&
           !cage_is_closed(&s->entry->settings->cage);
}

static struct service *find(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (is_muxed(t->services[i]) && strcasecmp(mux_name(t->services[i]), name) == 0)
            return t->services[i];
    return NULL;
}

static void help(struct mux *x)
{
    const struct table *t = x->master->table;
    struct loop *loop = x->master->loop;
    int fd = finish(x, NULL);
    for (size_t i = 0; i < t->count; i++) {
        if (!is_muxed(t->services[i]))
            continue;
        say(fd, mux_name(t->services[i]));
        say(fd, "\r\n");
    }
    hang_up(loop, fd); /* RFC 1078: the list, then the end */
}

static void hand_on(struct mux *x, struct service *s)
{
    struct master *m = x->master;
    struct addr peer = x->client.peer;
    struct start client;
    if (!admit_passes(m, s)) {
        /* He is off the backlog and cannot wait there. */
        tally_reject(m->loop, s, &peer, s->held & HOLD_RATE ? REJECT_RATE : REJECT_ACCEPT);
        refuse(x, "-Service busy\r\n");
        return;
    }
    enum reject why;
    if (!admit_allowed(m, s, &peer, &why)) { /* before it says "+Go" */
        admit_refuse(m, s, &peer, why);
        refuse(x, "-Access denied\r\n");
        return;
    }
    int fd = finish(x, &client);
    if (s->entry->mux_plus)
        say(fd, "+Go\r\n");
    client.service = s;
    client.placed = false;
    (void)start_peer(m, &client); /* refused is told */
}

static void line_complete(struct mux *x)
{
    size_t len = x->len - 1; /* the LF */
    if (len && x->line[len - 1] == '\r')
        len--;
    x->line[len] = '\0';
    struct service *s = find(x->master->table, x->line);
    if (strcasecmp(x->line, "help") == 0)
        help(x);
    else if (s)
        hand_on(x, s);
    else
        refuse(x, "-Service not available\r\n");
}

/* Look first, then take no more than the line: what follows it is the service's. */
static void readable(struct watch *w)
{
    struct mux *x = loop_owner(w, struct mux, watch);
    char *at = x->line + x->len;
    ssize_t n = recv(w->fd, at, sizeof x->line - x->len, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        (void)close(finish(x, NULL)); /* he has gone */
        return;
    }
    const char *lf = memchr(at, '\n', (size_t)n);
    size_t take = lf ? (size_t)(lf - at) + 1 : (size_t)n;
    if (recv(w->fd, at, take, MSG_DONTWAIT) != (ssize_t)take) {
        refuse(x, "-Read error\r\n"); /* what was just there is always there */
        return;
    }
    x->len += take;
    if (lf)
        line_complete(x);
    else if (x->len == sizeof x->line)
        refuse(x, "-Service name too long\r\n");
}

/* A talk with the client, to be over at `due`. NULL with errno: the caller's still. */
static struct mux *begin(struct master *m, const struct start *client, uint64_t due)
{
    struct mux *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    *x = (struct mux){.next = talks,
                      .watch = {.ready = readable, .fd = client->fd},
                      .timer = {.fire = time_is_up},
                      .master = m,
                      .service = client->service,
                      .client = *client,
                      .slot = SOURCE_NONE};
    if (loop_watch(m->loop, &x->watch) == 0 && loop_timer(m->loop, &x->timer, due) == 0)
        return talks = x;
    loop_unwatch(m->loop, &x->watch);
    free(x);
    return NULL;
}

void mux_client(struct master *m, const struct start *client)
{
    struct service *s = client->service;
    uint32_t slot;
    enum reject why;
    bool in = client->placed ? admit_settle(m, s, &client->peer, client->since, &slot, &why)
                             : admit_peer(m, s, &client->peer, &slot, &why);
    if (!in) {
        waiting_turn_away(client);
        admit_refuse(m, s, &client->peer, why);
        return;
    }
    struct mux *x = begin(m, client, loop_now() + PATIENCE_S * NS_PER_S);
    if (!x) {
        log_warn("%s: a client is turned away", s->entry->name);
        waiting_turn_away(client);
        admit_undo(m, s, slot, client->placed ? client->since : loop_now());
        return;
    }
    x->slot = slot;
    hold_success(s, loop_now());
}

void mux_forget(const struct service *s)
{
    struct mux *next;
    for (struct mux *x = talks; x; x = next) {
        next = x->next;
        if (x->service == s)
            refuse(x, "-Service not available\r\n");
    }
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void mux_save(struct state_out *o)
{
    for (const struct mux *x = talks; x; x = x->next) {
        state_record(o);
        waiting_put(&x->client, x->watch.fd, o);
        state_put(o, x->timer.due);
        state_put_bytes(o, x->line, x->len);
    }
}

static void restore(struct master *m, const struct start *client, struct state_in *r)
{
    struct mux *x = begin(m, client, state_get(r));
    if (!x) {
        *r->bad = true; /* or no memory */
        return;
    }
    size_t len;
    const char *line = state_get_bytes(r, &len);
    if (len >= sizeof x->line) {
        *r->bad = true;
        return;
    }
    memcpy(x->line, line, len);
    x->len = len;
    admit_again(m, client->service);
}

void mux_restore(struct master *m, struct state_in *records)
{
    struct state_in r;
    struct start client;
    while (state_next_record(records, &r))
        if (waiting_get(&client, m->table, &r))
            restore(m, &client, &r);
}

void mux_recount(struct master *m)
{
    for (struct mux *x = talks; x; x = x->next)
        x->slot = admit_recount(m, x->service, &x->client.peer, x->slot);
}
