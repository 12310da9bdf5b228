/* handler/errlog_saved.c -- handlers' stderr as one doorward hands it to the next */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "handler/errlog_parts.h"

void errlog_save(const struct errlog *e, struct state_out *o)
{
    state_put_text(o, e ? voice_service(e->voice) : NULL);
    if (!e)
        return;
    state_put_fd(o, e->watch.fd);
    state_put(o, e->question.whose.user);
    state_put(o, (uint64_t)e->pid);
    state_put(o, e->most);
    state_put(o, e->said);
    state_put(o, e->full);
    state_put_bytes(o, e->line, e->len);
    state_put_bytes(o, e->last, e->last_len);
}

/* Bytes into `to`, `most` of them; how many. */
static size_t get_bytes(struct state_in *r, char *to, size_t most)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    *r->bad |= len > most;
    if (len > most)
        return 0;
    memcpy(to, bytes, len);
    return len;
}

static void restore(struct errlog *e, struct state_in *r)
{
    e->pid = (pid_t)state_get_upto(r, INT32_MAX);
    e->most = (size_t)state_get(r);
    e->said = (size_t)state_get(r);
    e->full = state_get_flag(r);
    e->len = get_bytes(r, e->line, sizeof e->line - 1); /* a whole piece would have been said */
    e->last_len = get_bytes(r, e->last, sizeof e->last);
}

struct errlog *errlog_restore(struct loop *loop, struct helpers *helpers, const void *service,
                              struct state_in *r)
{
    struct errlog_owner o = {loop, helpers, state_get_text(r), {service, 0}};
    if (!*o.name)
        return NULL;
    int fd = state_get_fd(r);
    o.whose.user = (uid_t)state_get_upto(r, UINT32_MAX);
    struct errlog *e = malloc(sizeof *e);
    struct voice *voice = e ? voice_join(loop, o.name) : NULL;
    if (!voice) {
        *r->bad = true; /* no memory */
        free(e);
        return NULL;
    }
    errlog_fill(e, &o, voice, fd);
    restore(e, r);
    *r->bad |= fd >= 0 && loop_watch(loop, &e->watch) < 0; /* likewise */
    return e;
}

static void save_left(void *arg, const struct errlog *e)
{
    state_record(arg);
    errlog_save(e, arg);
}

void errlogs_save(struct state_out *o)
{
    errlog_each_left(save_left, o);
}

void errlogs_restore(struct loop *loop, struct helpers *helpers, struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        struct errlog *e = errlog_restore(loop, helpers, NULL, &r);
        if (e)
            errlog_left(e);
    }
}
