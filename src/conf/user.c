/* conf/user.c -- users and groups of an entry to ids */
#include "config.h"

#include "conf/ask.h"
#include "conf/keys.h"
#include "conf/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Why nobody is found: a fault, or no answer at all. */
struct refusal {
    enum priv_fault fault;
    const char *why;
};

static struct refusal refusal_of(const struct answer *a)
{
    struct refusal r = {.fault = PRIV_USER_FAILED, .why = a->bytes};
    if (a->failed)
        return r;
    if (a->len >= sizeof(struct ask_id))
        memcpy(&r.fault, a->bytes + offsetof(struct ask_id, fault), sizeof r.fault);
    if (r.fault > PRIV_NO_MEMORY)
        r.fault = PRIV_USER_FAILED;
    r.why = priv_fault_text(r.fault);
    return r;
}

/* One more user of what an answer gave before; NULL: it has not, or is forgotten. */
static struct priv *remembered(const struct conf *c, const char *answer)
{
    for (size_t i = 0; i < CONF_RECENT; i++)
        if (c->users[i].answer == answer)
            return priv_ref(c->users[i].p);
    return NULL;
}

static void remember(struct conf *c, const char *answer, struct priv *p)
{
    struct conf_user *oldest = &c->users[c->user_turn++ % CONF_RECENT];
    priv_unref(oldest->p);
    *oldest = (struct conf_user){answer, priv_ref(p)};
}

void conf_forget_users(struct conf *c)
{
    for (size_t i = 0; i < CONF_RECENT; i++)
        priv_unref(c->users[i].p);
}

/* Thousands of entries name the same few users: they share what was found. */
static struct priv *find(struct conf *c, const char *user, const char *group, struct refusal *no)
{
    struct answer a = ask(c->ask, ASK_USER, user ? user : "-", group);
    struct priv *p = a.failed ? NULL : remembered(c, a.bytes);

    *no = (struct refusal){.fault = PRIV_FOUND};
    if (p)
        return p;
    *no = refusal_of(&a);
    if (a.failed || no->fault != PRIV_FOUND)
        return NULL;
    p = priv_unpack(a.bytes + sizeof(struct ask_id), a.len - sizeof(struct ask_id));
    if (p) {
        remember(c, a.bytes, p);
    } else {
        no->fault = errno == ENOMEM ? PRIV_NO_MEMORY : PRIV_USER_FAILED;
        no->why = priv_fault_text(no->fault);
        if (errno == ENOMEM)
            (void)conf_no_memory(c); /* the NULL says it */
    }
    return p;
}

/* Say why there is no `user` or, where it is about that, no `group` (either may have no text). */
static bool refuse(struct conf *c, const struct word *user, const struct word *group,
                   const struct refusal *no)
{
    const struct word *w = user;

    if (!user->text || (group->text && no->fault == PRIV_NO_GROUP))
        w = group;
    if (no->fault == PRIV_NO_USER || no->fault == PRIV_NO_GROUP)
        return conf_error(c, &w->place, "%s %s", no->why, conf_quote(c, w->text));
    return conf_error(c, &w->place, "user %s: %s", conf_quote(c, w->text), no->why);
}

/* The same for an entry, which need not name anybody. */
static void refuse_entry(struct conf *c, const struct draft *d, const struct refusal *no)
{
    if (d->user.text || d->group.text)
        (void)refuse(c, &d->user, &d->group, no); /* the caller has nobody */
    else
        (void)conf_error(c, &d->place, "the user who runs doorward: %s", no->why); /* the same */
}

/* user.group, where no user has that name with its dot. NULL: told. */
static struct priv *dotted(struct conf *c, struct draft *d, struct refusal no)
{
    const struct word whole = d->user;
    const char *dot = strrchr(whole.text, '.');
    struct priv *p = NULL;

    if (dot && dot != whole.text && dot[1] != '\0') {
        size_t at = (size_t)(dot - whole.text);
        d->user = draft_cut(c, d, &whole, 0, at);
        d->group = draft_cut(c, d, &whole, at + 1, strlen(dot + 1));
        if (!d->user.text || !d->group.text)
            return NULL;
        p = find(c, d->user.text, d->group.text, &no);
    }
    if (!p)
        (void)refuse(c, no.fault == PRIV_NO_USER ? &whole : &d->user, &d->group, &no);
    return p;
}

/* The id and the name of a user or a group alone. False: told. */
static bool find_id(struct conf *c, enum ask_kind kind, const struct word *w,
                    struct priv_name *found)
{
    struct answer a = ask(c->ask, kind, w->text, NULL);
    struct refusal no = refusal_of(&a);

    if (a.failed || no.fault != PRIV_FOUND)
        return refuse(c, w, w, &no);
    memcpy(found, a.bytes + offsetof(struct ask_id, found), sizeof *found);
    found->name[sizeof found->name - 1] = '\0';
    return true;
}

/* One of the supplementary groups: its gid, and its name to the others. False: told. */
static bool find_group(struct conf *c, const struct word *w, gid_t *gid, struct text *names)
{
    struct priv_name found;

    if (!find_id(c, ASK_GID, w, &found))
        return false;
    *gid = (gid_t)found.id;
    text_add(names, "%s%s", names->len > 0 ? "," : "", found.name);
    return true;
}

/* `from` with other supplementary groups, which are `list` and its gid. NULL: told. */
static struct priv *with_groups(struct conf *c, const struct priv *from, const struct words *list)
{
    size_t room = list->count * sizeof(struct priv_name);
    gid_t *gids = calloc(list->count, sizeof *gids);
    char *words = malloc(room);
    struct priv *p = NULL;
    bool good = gids && words;
    struct text names;

    if (good)
        text_init(&names, words, room);
    for (size_t i = 0; good && i < list->count; i++)
        good = find_group(c, &list->at[i], &gids[i], &names);
    if (good)
        p = priv_with_groups(from, gids, list->count, words);
    if (!gids || !words || (good && !p))
        (void)conf_no_memory(c); /* the NULL says it */
    free(gids);
    free(words);
    return p;
}

/* What only root can do for an entry, at the word that asks for it; NULL: nothing. */
static const char *beyond_us(const struct draft *d, const struct priv *p, const struct word **at,
                             const char **name)
{
    *at = d->user.text ? &d->user : NULL;
    *name = p->user;
    if (geteuid() == 0)
        return NULL;
    if (p->uid != geteuid())
        return "only root can run handlers as user";
    if (d->groups.count > 0) {
        *at = &d->groups.at[0];
        *name = p->others;
        return "only root can give handlers the groups";
    }
    if (priv_possible(p))
        return NULL;
    *at = d->group.text ? &d->group : *at;
    *name = p->group ? p->group : d->group.text;
    return "only root can run handlers as group";
}

/* An error, but `-t` may be run by anyone for what another will run. */
static bool possible(struct conf *c, const struct draft *d, const struct priv *p)
{
    const struct word *at;
    const char *name, *what = beyond_us(d, p, &at, &name);
    const struct place *place = at ? &at->place : &d->place;

    if (!what)
        return true;
    name = conf_quote(c, name ? name : p->user);
    if (!c->opt->check_only)
        return conf_error(c, place, "%s %s", what, name);
    conf_warn(c, place, "%s %s", what, name);
    return true;
}

struct priv *conf_user_find(struct conf *c, struct draft *d, bool needed)
{
    struct refusal no;
    struct priv *p, *other;

    /* A group from .defaults goes with the user from there. */
    if (conf_key_given(d, "user", false) && !conf_key_given(d, "group", false))
        d->group.text = NULL;
    if (!d->user.text && needed && geteuid() == 0) {
        (void)conf_error(c, &d->place, "\"user\" is missing: root runs doorward");
        return NULL;
    }
    p = find(c, d->user.text, d->group.text, &no);
    if (!p && d->user_may_dot && no.fault == PRIV_NO_USER)
        p = dotted(c, d, no);
    else if (!p)
        refuse_entry(c, d, &no);
    if (!p)
        return NULL;
    if (d->groups.count > 0) {
        other = with_groups(c, p, &d->groups);
        priv_unref(p);
        p = other;
    }
    if (p && needed && !possible(c, d, p)) {
        priv_unref(p);
        p = NULL;
    }
    return p;
}

static bool keep_name(struct conf *c, char **to, const struct priv_name *found)
{
    free(*to);
    *to = strdup(found->name);
    return *to || conf_no_memory(c);
}

bool conf_unix_owner(struct conf *c, struct draft *d)
{
    struct priv_name found;

    if (d->unix_user.text) {
        if (!find_id(c, ASK_UID, &d->unix_user, &found) ||
            !keep_name(c, &d->set->owner.user, &found))
            return false;
        d->set->owner.uid = (uid_t)found.id;
    }
    if (d->unix_group.text) {
        if (!find_id(c, ASK_GID, &d->unix_group, &found) ||
            !keep_name(c, &d->set->owner.group, &found))
            return false;
        d->set->owner.gid = (gid_t)found.id;
    }
    return true;
}
