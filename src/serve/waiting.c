/* serve/waiting.c -- clients off the backlog who wait for another try */
#include "config.h"

#include "serve/waiting.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "service/saved.h"
#include "service/via.h"

void waiting_turn_away(const struct start *st)
{
    (void)close(st->fd); /* as the contract says */
    free(st->via);
}

void waiting_add(struct service *s, const struct start *st)
{
    struct start *copy = malloc(sizeof *copy);
    if (!copy) {
        log_warnx("%s: no memory to keep a client waiting", s->entry->name);
        waiting_turn_away(st); /* he sees the end of the connection and may come again */
        return;
    }
    *copy = *st;
    copy->next = NULL;
    copy->placed = false;
    copy->err = -1;
    struct start **last = &s->waiting;
    while (*last)
        last = &(*last)->next;
    *last = copy;
}

struct start *waiting_take(struct service *s)
{
    struct start *first = s->waiting;
    if (first)
        s->waiting = first->next;
    return first;
}

void waiting_close(struct service *s)
{
    struct start *st;
    while ((st = waiting_take(s))) {
        waiting_turn_away(st);
        free(st);
    }
}

/* --- an upgrade ------------------------------------------------------------------------------ */

void waiting_put(const struct start *st, int fd, struct state_out *o)
{
    state_put(o, st->service->id);
    state_put_fd(o, fd);
    state_put(o, st->has_peer);
    state_put_addr(o, &st->peer);
    state_put(o, st->has_local);
    state_put_addr(o, &st->local);
    state_put_bytes(o, st->via ? st->via->lines : NULL, st->via ? st->via->len : 0);
    state_put(o, st->kicked);
}

/* What came before him; NULL: nothing did. */
static struct via *get_via(struct state_in *r)
{
    size_t len;
    const char *lines = state_get_bytes(r, &len);
    struct via *via = len > 0 && len <= VIA_MOST ? malloc(sizeof *via + len) : NULL;
    if (len > 0 && (!via || lines[len - 1] != '\0')) {
        *r->bad = true;
        free(via);
        return NULL;
    }
    if (via) {
        via->len = len;
        memcpy(via->lines, lines, len);
    }
    return via;
}

bool waiting_get(struct start *st, const struct table *t, struct state_in *r)
{
    *st = (struct start){.service = table_get(t, r), .err = -1};
    st->fd = state_get_fd(r);
    st->has_peer = state_get_flag(r);
    st->peer = state_get_addr(r);
    st->has_local = state_get_flag(r);
    st->local = state_get_addr(r);
    st->via = get_via(r);
    st->kicked = state_get_flag(r);
    if (st->service && st->fd >= 0 && !*r->bad)
        return true;
    *r->bad = true;
    free(st->via);
    return false;
}

void waiting_save(const struct table *t, struct state_out *o)
{
    for (size_t i = 0; i < t->count; i++)
        for (const struct start *st = t->services[i]->waiting; st; st = st->next) {
            state_record(o);
            waiting_put(st, st->fd, o);
        }
}

void waiting_restore(const struct table *t, struct state_in *records)
{
    struct state_in r;
    struct start st;
    while (state_next_record(records, &r))
        if (waiting_get(&st, t, &r))
            waiting_add(st.service, &st);
}
