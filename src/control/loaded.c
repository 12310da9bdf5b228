/* control/loaded.c -- how the last load of the configuration went */
#include "config.h"

#include "control/loaded.h"

#include <inttypes.h>

#include "base/log.h"

static void copy(char *to, size_t size, const char *from)
{
    struct text t;
    text_init(&t, to, size);
    text_string(&t, from);
    text_mark_cut(&t);
}

void loaded_error(struct loaded *l, const char *line)
{
    if (!*l->next)
        copy(l->next, sizeof l->next, line);
}

void loaded_end(struct loaded *l, enum loaded_how how, size_t errors,
                const struct table_change *change)
{
    struct text t;
    l->how = how;
    l->at = loop_now();
    l->errors = errors;
    copy(l->error, sizeof l->error, l->next);
    l->next[0] = '\0';
    text_init(&t, l->what, sizeof l->what);
    if (how != LOADED_GOOD)
        return;
    const struct reload_told told = table_change_told(change);
    reload_words(&told, &t);
}

/* Why nobody is served, where that is so; NULL: there are services. */
static const char *nothing_of(const struct loaded *l, const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->services[i]->mark != MARK_GONE)
            return NULL;
    return l->how == LOADED_START && l->errors > 0 ? "no entry is without an error"
                                                   : "there is no entry";
}

void loaded_say_nothing(const struct loaded *l, const struct table *t)
{
    const char *why = nothing_of(l, t);
    if (why)
        log_warnx("nothing is served: %s", why);
}

bool loaded_line(const struct loaded *l, const struct table *table, struct text *t)
{
    static const char *const results[] = {
        [LOADED_START] = "start", [LOADED_GOOD] = "good", [LOADED_REFUSED] = "refused"};
    const char *nothing = nothing_of(l, table);
    if (l->how == LOADED_NONE)
        return false;
    text_add(t, "load");
    text_field(t, "result", results[l->how]);
    text_seconds(t, "age", loop_now() - l->at);
    text_add(t, " errors=%" PRIu64, l->errors);
    if (*l->error)
        text_field(t, "error", l->error);
    text_string(t, l->what);
    if (nothing)
        text_field(t, "nothing", nothing);
    return true;
}

void loaded_save(const struct loaded *l, struct state_out *o)
{
    state_record(o);
    state_put(o, l->how);
    state_put(o, l->at);
    state_put(o, l->errors);
    state_put_text(o, l->error);
    state_put_text(o, l->what);
}

void loaded_restore(struct loaded *l, struct state_in *records)
{
    struct state_in r;
    if (!state_next_record(records, &r))
        return;
    l->how = (enum loaded_how)state_get_upto(&r, LOADED_HOWS - 1);
    l->at = state_get(&r);
    l->errors = state_get(&r);
    copy(l->error, sizeof l->error, state_get_text(&r));
    copy(l->what, sizeof l->what, state_get_text(&r));
}
