/* ctl/edit/edit.c -- add, enable, disable, remove */
#include "config.h"

#include "ctl/edit/edit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/edit/change.h"
#include "ctl/edit/daemon.h"
#include "ctl/edit/pick.h"
#include "ctl/edit/target.h"
#include "ctl/edit/where.h"
#include "ctl/terminal.h"

enum { DONE = 0, REFUSED = 1, NOTHING = 3, GO = -1, AS_OFF = -2 };

/* What is to be done to an entry that is there. */
struct verb {
    const char *done, *would, *already;
    enum pick (*pick)(const struct listing *l, const char *file, const struct listed **e);
    bool (*change)(struct bytes *out, const struct bytes *text, const struct listed *e);
    bool stays;
};

static const struct verb enable = {"enabled",   "would enable", " is on",
                                   pick_enable, change_enable,  true},
                         disable = {"disabled",   "would disable", " is off",
                                    pick_disable, change_disable,  true},
                         takeout = {"removed",   "would remove", " is not there",
                                    pick_remove, change_remove,  false};

struct edit {
    const struct ctl_edit *asked;
    const struct verb *verb; /* NULL: add */
    char *word;              /* the name, or the text to add */
    struct where where;
    struct listing before, after;
    const struct listed *found; /* in `before`; of add in `after`, once it is there */
    struct target target;
    struct bytes old, fresh;
};

/* --- words ----------------------------------------------------------------------------------- */

/* "enabled ftp/tcp (/etc/inetd.conf:3), ...": where it stands in `file`. */
static void say(const struct listed *e, const char *file, const char *before, const char *after)
{
    char line[PATH_MAX + 1024];
    if (!text_fits(line, sizeof line, "%s%s%s%s%s (%s:%zu)%s", before, *before ? " " : "", e->name,
                   *e->protocol ? "/" : "", e->protocol, file, e->line, after))
        return; /* it fits */
    ctl_put_harmless(stdout, line);
    (void)putchar('\n'); /* main looks at stdout in the end */
}

/* The lines of `said` that begin with `prefix`. */
static void tell_lines(const struct bytes *said, const char *prefix)
{
    for (const char *at = said->at, *end; at && *at; at = end + (*end == '\n')) {
        end = at + strcspn(at, "\n");
        if (strncmp(at, prefix, strlen(prefix)) != 0)
            continue;
        char *line = ctl_copy(at, (size_t)(end - at));
        ctl_put_harmless(stderr, line);
        (void)fputc('\n', stderr); /* nobody else to tell */
        free(line);
    }
}

static int refuse_name(const struct edit *e, const char *why)
{
    const char *near = pick_near(&e->before, e->word);
    ctl_complain("%s \"%s\"%s%s%s", why, e->word, near ? ": did you mean \"" : "", near ? near : "",
                 near ? "\"?" : "");
    if (!e->before.good)
        tell_lines(&e->before.problems, ""); /* it may be in a line that cannot be read */
    return REFUSED;
}

/* --- which entry ----------------------------------------------------------------------------- */

static int find(struct edit *e)
{
    const char *file = e->where.filter;
    listing_free(&e->before);
    e->found = NULL;
    if (!listing_read(&e->before, &e->where.places, e->verb ? e->word : NULL, NULL, NULL))
        return REFUSED;
    if (!e->verb)
        return GO;
    switch (e->verb->pick(&e->before, file, &e->found)) {
    case PICK_ONE:
        return GO;
    case PICK_NOTHING:
        return NOTHING;
    case PICK_MANY:
        ctl_complain("\"%s\" is more than one entry: say which, FILE:LINE does it always", e->word);
        pick_tell(&e->before, file);
        return REFUSED;
    case PICK_UNKNOWN:
        break;
    }
    const struct listed *broken = pick_broken(&e->before, file);
    if (broken) {
        ctl_complain("%s:%zu: %s has an error: mend it first", broken->file, broken->line, e->word);
        tell_lines(&e->before.problems, broken->file);
        return REFUSED;
    }
    if (e->verb->stays)
        return refuse_name(e, "no entry is named");
    ctl_complain("no entry is named \"%s\"", e->word);
    return NOTHING;
}

/* --- what it would be ------------------------------------------------------------------------ */

static int refuse_difference(const struct difference *d)
{
    const struct listed *e = d->gone ? d->gone : d->come;
    ctl_complain("%s:%zu: this would change %s/%s as well", e ? e->file : "", e ? e->line : 0,
                 e ? e->name : "", e ? e->protocol : "");
    return REFUSED;
}

/* The file with the change is read as a whole, before anything is written; where that has an error
 * `problems` are told. */
static int foresee(struct edit *e, const struct bytes *problems)
{
    if (!listing_read(&e->after, &e->where.places, NULL, e->where.instead, &e->fresh))
        return REFUSED;
    if (e->after.good)
        return GO;
    tell_lines(problems, "");
    return REFUSED;
}

static int foresee_change(struct edit *e)
{
    struct difference d;
    if (!e->verb->change(&e->fresh, &e->old, e->found)) {
        ctl_complain("%s:%zu: its words are not where they are expected: change it by hand",
                     e->found->file, e->found->line);
        return REFUSED;
    }
    /* Errors that are there already are told at their places. */
    int status = foresee(e, e->before.good ? &e->after.problems : &e->before.problems);
    if (status != GO)
        return status;
    pick_compare(&e->before, &e->after, &d);
    if (d.mixed || d.ngone == 0 || !listed_together(d.gone, e->found) ||
        d.ncome != (e->verb->stays ? d.ngone : 0))
        return refuse_difference(&d);
    return GO;
}

/* What is there already that is the new one, or that is in its way. */
static int look_for_double(struct edit *e, const struct listed *come)
{
    for (size_t i = 0; i < e->before.count; i++) {
        const struct listed *old = &e->before.at[i];
        if (listed_is_file(old) || !listed_collide(old, come))
            continue;
        e->found = old;
        bool same = strcmp(old->meaning, come->meaning) == 0;
        if (same && (listed_on(old) || !listed_on(come)))
            return NOTHING;
        if (same)
            return AS_OFF;
        if (!listed_on(old) || !listed_on(come))
            continue;
        ctl_complain("%s:%zu: %s/%s is there already, and says something else:", old->file,
                     old->line, old->name, old->protocol);
        ctl_complain("  %s", old->meaning);
        ctl_complain("remove or disable it first");
        return REFUSED;
    }
    e->found = come;
    return GO;
}

static int foresee_entry(struct edit *e)
{
    struct bytes text = {.at = NULL};
    struct difference d;
    bytes_string(&text, e->word);
    (void)change_add(&e->fresh, &e->old, &text); /* where does not matter */
    bytes_free(&text);
    int status = foresee(e, &e->after.problems);
    if (status != GO)
        return status;
    pick_compare(&e->before, &e->after, &d);
    if (d.ngone > 0)
        return refuse_difference(&d);
    if (d.ncome == 0 || d.mixed || strcmp(d.come->state, "commented") == 0) {
        ctl_complain(d.mixed ? "that is more than one entry: add them one by one"
                             : "that is no entry");
        return REFUSED;
    }
    return look_for_double(e, d.come);
}

/* --- doing it -------------------------------------------------------------------------------- */

static int put_back(struct edit *e)
{
    ctl_complain("%s", target_put_back(&e->target) ? "the file is as it was"
                                                   : "the file is as it should not be");
    return REFUSED;
}

static int carry_out(struct edit *e)
{
    struct bytes said = {.at = NULL};
    char tail[256];
    (void)text_fits(tail, sizeof tail, "%s",
                    e->where.other ? ", which the daemon does not read" : ", no daemon to tell");
    if (!target_write(&e->target, &e->fresh, &e->old))
        return REFUSED;
    bool good = !e->where.daemon || daemon_reload(e->asked->socket, &said);
    if (!good)
        tell_lines(&said, "");
    if (good && e->where.daemon)
        (void)text_fits(tail, sizeof tail, ", reloaded: %.*s",
                        said.at ? (int)strcspn(said.at, "\n") : 0, said.at ? said.at : "");
    bytes_free(&said);
    if (!good)
        return put_back(e);
    target_keep(&e->target);
    say(e->found, e->where.path, e->verb ? e->verb->done : "added", tail);
    return DONE;
}

/* Nothing is to be changed; but has the daemon read what is there? */
static int tell_again(struct edit *e)
{
    struct bytes said = {.at = NULL};
    if (e->asked->check || !e->target.untold)
        return NOTHING;
    bool good = !e->where.daemon || daemon_reload(e->asked->socket, &said);
    if (!good)
        tell_lines(&said, "");
    bytes_free(&said);
    if (!good)
        return REFUSED;
    target_keep(&e->target);
    return e->where.daemon ? DONE : NOTHING;
}

static int conclude(struct edit *e, int status)
{
    if (status == GO && e->asked->check) {
        say(e->found, e->found->file, e->verb ? e->verb->would : "would add", "");
        return DONE;
    }
    if (status == GO)
        return carry_out(e);
    if (status != NOTHING || !e->found)
        return status;
    status = tell_again(e);
    if (status == DONE)
        say(e->found, e->found->file, "", " was changed before; the daemon is told now");
    else if (status == NOTHING)
        say(e->found, e->found->file, "", e->verb ? e->verb->already : " is there already");
    return status;
}

/* What is not there may be the work of a command that was killed before it told the daemon. */
static int pick_up(struct edit *e)
{
    int status = NOTHING;
    for (size_t i = 0; i < e->before.count && status != REFUSED; i++) {
        const char *file = e->before.at[i].file;
        if (!listed_is_file(&e->before.at[i]) || e->asked->check || !target_left(file) ||
            (e->where.filter && strcmp(file, e->where.filter) != 0))
            continue;
        int told = target_open(&e->target, file, NULL) && target_lock(&e->target) ? tell_again(e)
                                                                                  : REFUSED;
        if (told == DONE)
            ctl_complain("%s was changed before; the daemon is told now", file);
        status = told == NOTHING ? status : told;
        target_close(&e->target);
    }
    return status;
}

/* --- the way ---------------------------------------------------------------------------------- */

/* Which file it is: into `e->where`. */
static int find_file(struct edit *e)
{
    int status = find(e);
    if (status == REFUSED || (e->verb && !e->found))
        return status;
    if (e->verb)
        where_set(&e->where, e->found->file);
    else
        where_set_new(&e->where);
    return status;
}

/* In the file, which nobody else changes meanwhile, unless it is only to be said. */
static int work(struct edit *e)
{
    const char *model = strcmp(e->where.instead, e->where.path) == 0 ? NULL : e->where.instead;
    char *path = ctl_copy(e->where.path, strlen(e->where.path));
    bool good = (e->asked->check || where_make(&e->where)) &&
                target_open(&e->target, e->where.path, model) &&
                (e->asked->check || target_lock(&e->target));
    int status = good ? find_file(e) : REFUSED;
    /* It may have been another one's turn before. */
    if (good && e->where.path && strcmp(path, e->where.path) != 0) {
        ctl_complain("%s: the entry has moved meanwhile: try again", path);
        status = REFUSED;
    }
    free(path);
    if (status == GO && !target_read(&e->target, &e->old))
        status = REFUSED;
    if (status == GO)
        status = e->verb ? foresee_change(e) : foresee_entry(e);
    return status == AS_OFF ? status : conclude(e, status);
}

static void leave(struct edit *e)
{
    listing_free(&e->before);
    listing_free(&e->after);
    bytes_free(&e->old);
    bytes_free(&e->fresh);
    target_close(&e->target);
}

static int go(struct edit *e)
{
    int status = find_file(e);
    if (status == GO || (status == NOTHING && e->found))
        status = work(e);
    else if (status == NOTHING)
        status = pick_up(e);
    if (status != AS_OFF) {
        leave(e);
        return status;
    }
    /* What is to be added is there, switched off. */
    char place[PATH_MAX + 32];
    (void)text_fits(place, sizeof place, "%s:%zu", e->found->file, e->found->line); /* it fits */
    free(e->word);
    e->word = ctl_copy(place, strlen(place));
    e->verb = &enable;
    free(e->where.filter);
    e->where.filter = NULL;
    leave(e);
    return go(e);
}

static int edit(const struct ctl_edit *asked, const struct verb *verb, char *word)
{
    struct edit e = {
        .asked = asked, .verb = verb, .word = word, .target = {.folder = -1, .lock = -1}};
    int status = where_find(&e.where, asked->socket, asked->file);
    if (status == 0)
        status = go(&e);
    where_free(&e.where);
    free(e.word);
    return status;
}

static int edit_named(const struct ctl_edit *asked, const struct verb *verb)
{
    return edit(asked, verb, ctl_copy(asked->word, strlen(asked->word)));
}

int ctl_edit_enable(const struct ctl_edit *asked)
{
    return edit_named(asked, &enable);
}

int ctl_edit_disable(const struct ctl_edit *asked)
{
    return edit_named(asked, &disable);
}

int ctl_edit_remove(const struct ctl_edit *asked)
{
    return edit_named(asked, &takeout);
}

int ctl_edit_add(const struct ctl_edit *asked)
{
    struct bytes text = {.at = NULL};
    if (asked->word) {
        bytes_string(&text, asked->word);
    } else if (!bytes_read(&text, STDIN_FILENO)) {
        ctl_complain("standard input: %s", strerror(errno));
        bytes_free(&text);
        return REFUSED;
    }
    if (strlen(text.at) == text.len)
        return edit(asked, NULL, text.at);
    ctl_complain("there is a NUL byte in it");
    bytes_free(&text);
    return REFUSED;
}
