/* conf/reply.c -- an answer that grows */
#include "config.h"

#include "conf/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *reply_room(struct reply *r, size_t len)
{
    if (r->no_memory)
        return NULL;
    if (r->room - r->len < len) {
        size_t room = r->room ? r->room : 128;
        while (room - r->len < len)
            room *= 2;
        char *grown = realloc(r->bytes, room);
        if (!grown) {
            r->no_memory = true;
            return NULL;
        }
        r->bytes = grown;
        r->room = room;
    }
    return r->bytes + r->len;
}

void reply_add(struct reply *r, const void *bytes, size_t len)
{
    char *to = len > 0 ? reply_room(r, len) : NULL;
    if (!to)
        return;
    memcpy(to, bytes, len);
    r->len += len;
}

void reply_fail(struct reply *r, size_t start, const char *why)
{
    r->len = start;
    r->failed = true;
    reply_add(r, why, strlen(why));
}

void reply_error(struct reply *r, size_t start, int error)
{
    reply_note(r, error);
    reply_fail(r, start, strerror(error));
}

void reply_note(struct reply *r, int error)
{
    if (error == ENOMEM)
        r->no_memory = true;
}

void reply_nothing(struct reply *r, int error)
{
    reply_note(r, error);
    r->nothing = true;
}
