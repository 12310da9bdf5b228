/* conf/user.c -- users and groups of an entry to ids */
#include "config.h"

#include "conf/keys.h"
#include "conf/name.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* priv_find(3) without the databases: whoever asks for whom, it is us. */
static struct priv *find(const struct conf *c, const char *user, const char *group,
                         const char **why)
{
    return c->opt->offline ? priv_find(NULL, NULL, why) : priv_find(user, group, why);
}

/* Say what priv_find() said of `user` or, where it is about that, of `group` (may have no text). */
static bool refuse(struct conf *c, const struct word *user, const struct word *group,
                   const char *why)
{
    const struct word *w = user;

    if (strcmp(why, "out of memory") == 0)
        return conf_no_memory(c);
    if (user->text == NULL || (group->text != NULL && strcmp(why, "no such group") == 0))
        w = group;
    if (strncmp(why, "no such ", 8) == 0)
        return conf_error(c, &w->place, "%s %s", why, conf_quote(c, w->text));
    return conf_error(c, &w->place, "user %s: %s", conf_quote(c, w->text), why);
}

/* user.group, where no user has that name with its dot. NULL: told. */
static struct priv *dotted(struct conf *c, struct draft *d)
{
    const struct word whole = d->user;
    const char *dot = strrchr(whole.text, '.'), *why = "no such user";
    struct priv *p = NULL;

    if (dot != NULL && dot != whole.text && dot[1] != '\0') {
        size_t at = (size_t)(dot - whole.text);
        d->user = draft_cut(c, d, &whole, 0, at);
        d->group = draft_cut(c, d, &whole, at + 1, strlen(dot + 1));
        if (d->user.text == NULL || d->group.text == NULL)
            return NULL;
        p = find(c, d->user.text, d->group.text, &why);
    }
    if (p == NULL)
        (void)refuse(c, strcmp(why, "no such user") == 0 ? &whole : &d->user, &d->group, why);
    return p;
}

/* `from` with other supplementary groups, which are `list` and its gid. */
static struct priv *with_groups(struct conf *c, struct priv *from, const struct words *list)
{
    size_t user = strlen(from->user) + 1, home = strlen(from->home) + 1;
    size_t shell = strlen(from->shell) + 1, ngroups = list->count + 1;
    struct priv *p = malloc(sizeof *p + ngroups * sizeof(gid_t) + user + home + shell);

    if (p == NULL) {
        (void)conf_no_memory(c);
        return NULL;
    }
    *p = *from;
    p->refs = 1;
    p->ngroups = ngroups;
    p->groups[0] = from->gid;
    p->user = memcpy(&p->groups[ngroups], from->user, user);
    p->home = memcpy(p->user + user, from->home, home);
    p->shell = memcpy(p->home + home, from->shell, shell);
    for (size_t i = 0; i < list->count; i++) {
        const char *why = NULL;
        struct priv *g = find(c, "0", list->at[i].text, &why);
        if (g == NULL) {
            (void)refuse(c, &list->at[i], &list->at[i], why); /* the NULL says it */
            priv_unref(p);
            return NULL;
        }
        p->groups[i + 1] = g->gid;
        priv_unref(g);
    }
    return p;
}

/* Only root can change who it is; `-t` may be run by anyone. */
static bool possible(struct conf *c, const struct draft *d, const struct priv *p)
{
    const struct place *at = d->user.text != NULL ? &d->user.place : &d->place;
    const char *user = conf_quote(c, p->user);

    if (priv_possible(p))
        return true;
    if (!c->opt->check_only)
        return conf_error(c, at, "only root can run handlers as user %s", user);
    conf_warn(c, at, "only root can run handlers as user %s", user);
    return true;
}

struct priv *conf_user_find(struct conf *c, struct draft *d, bool needed)
{
    const char *why = NULL;
    struct priv *p, *other;

    /* A group from .defaults goes with the user from there. */
    if (conf_key_given(d, "user", false) && !conf_key_given(d, "group", false))
        d->group.text = NULL;
    if (d->user.text == NULL && needed && geteuid() == 0) {
        (void)conf_error(c, &d->place, "\"user\" is missing: root runs doorward");
        return NULL;
    }
    p = find(c, d->user.text, d->group.text, &why);
    if (p == NULL && d->user_may_dot && strcmp(why, "no such user") == 0)
        p = dotted(c, d);
    else if (p == NULL)
        (void)refuse(c, &d->user, &d->group, why);
    if (p == NULL)
        return NULL;
    if (d->groups.count > 0) {
        other = with_groups(c, p, &d->groups);
        priv_unref(p);
        p = other;
    }
    if (p != NULL && needed && !possible(c, d, p)) {
        priv_unref(p);
        p = NULL;
    }
    return p;
}

bool conf_unix_owner(struct conf *c, struct draft *d)
{
    const char *why = NULL;
    struct priv *p;

    if (d->unix_user.text != NULL) {
        /* Only the uid counts here, and a bare one needs a group to be found. */
        p = find(c, d->unix_user.text, "0", &why);
        if (p == NULL)
            return refuse(c, &d->unix_user, &d->unix_group, why);
        d->set->owner.uid = p->uid;
        priv_unref(p);
    }
    if (d->unix_group.text != NULL) {
        p = find(c, "0", d->unix_group.text, &why);
        if (p == NULL)
            return refuse(c, &d->unix_group, &d->unix_group, why);
        d->set->owner.gid = p->gid;
        priv_unref(p);
    }
    return true;
}
