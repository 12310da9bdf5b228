/* serve/waiting.c -- clients off the backlog who wait for another try */
#include "config.h"

#include "serve/waiting.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

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
