/* control/saved.c -- an upgrade, as the control socket sees it: who waits for it, and who comes
 * along */
#include "config.h"

#include <string.h>

#include "control/private.h"

/* --- its end --------------------------------------------------------------------------------- */

void control_upgrade_line(struct control *c, const char *line)
{
    for (size_t i = 0; c && i < CONTROL_CLIENTS; i++)
        if (c->clients[i] && c->clients[i]->upgrade)
            (void)control_line(c->clients[i], line); /* more than an answer holds is no more told */
}

void control_upgraded(struct control *c, const char *why)
{
    for (size_t i = 0; c && i < CONTROL_CLIENTS; i++) {
        struct client *cl = c->clients[i];
        if (!cl || !cl->upgrade)
            continue;
        cl->upgrade = false;
        if (why)
            control_error(cl, "%s", why);
        else
            control_ok(cl);
        control_wake(cl);
    }
}

/* --- what goes on ---------------------------------------------------------------------------- */

static void save_client(const struct client *cl, struct state_out *o)
{
    state_record(o);
    state_put_fd(o, cl->watch.fd);
    state_put_bytes(o, cl->in, cl->in_len);
    state_put_bytes(o, cl->piece + cl->sent, cl->out.len - cl->sent);
    state_put(o, cl->upgrade);
    state_put(o, cl->closing);
    state_put(o, cl->listing.go_on ? 1 : 0);
}

void control_save(const struct control *c, struct state_out *o)
{
    state_record(o);
    state_put_fd(o, c->watch.fd);
    state_put(o, c->made.dev);
    state_put(o, c->made.ino);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->clients[i])
            save_client(c->clients[i], o);
}

/* Bytes into `to`, of `size`; how many. */
static size_t get_into(struct state_in *r, char *to, size_t size)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    if (len > size) {
        *r->bad = true;
        return 0;
    }
    memcpy(to, bytes, len);
    return len;
}

static void restore_client(struct control *c, size_t slot, struct state_in *r)
{
    int fd = state_get_fd(r);
    struct client *cl = fd >= 0 ? control_client(c, slot, fd) : NULL;
    if (!cl) {
        *r->bad = true;
        return;
    }
    cl->in_len = get_into(r, cl->in, sizeof cl->in);
    cl->out.len = get_into(r, cl->piece, sizeof cl->piece);
    cl->upgrade = state_get_flag(r);
    cl->closing = state_get_flag(r);
    if (state_get_flag(r))
        control_error(cl, "the daemon was upgraded meanwhile: ask again");
    control_wake(cl);
}

struct control *control_restore(struct master *m, const char *path, const struct control_acts *acts,
                                struct state_in *records)
{
    struct state_in r;
    struct control *c = state_next_record(records, &r) ? control_new(m, path, acts) : NULL;
    if (!c)
        return NULL;
    c->watch.fd = state_get_fd(&r);
    c->made.dev = (dev_t)state_get(&r);
    c->made.ino = (ino_t)state_get(&r);
    (void)control_begin(c); /* where it has no socket it is made anew in a while */
    for (size_t i = 0; i < CONTROL_CLIENTS && state_next_record(records, &r); i++)
        restore_client(c, i, &r);
    return c;
}
