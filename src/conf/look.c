/* conf/look.c -- what an entry names in the file system: could its program, its folders be used? */
#include "config.h"

#include "base/argv0.h"
#include "conf/ask.h"
#include "conf/keys.h"
#include "conf/plan.h"

#include <stdlib.h>
#include <string.h>

/* The second word of such a question, see conf/ask.h. NULL: out of memory. */
static char *looks_for(const struct priv *who, const char *root)
{
    enum { NUMBER = 24 };
    size_t size = who ? (who->ngroups + 2) * NUMBER + strlen(who->user) : 0;
    struct text t;

    size += strlen(root) + sizeof "\n\n";
    char *word = malloc(size);
    if (!word)
        return NULL;
    text_init(&t, word, size);
    if (who)
        text_add(&t, "%lu %lu", (unsigned long)who->uid, (unsigned long)who->gid);
    for (size_t i = 0; who && i < who->ngroups; i++)
        text_add(&t, " %lu", (unsigned long)who->groups[i]);
    text_add(&t, "\n%s\n%s", who ? who->user : "", root);
    return word;
}

/* What is wrong with it is a warning: it may appear, or be mended, later; and whose it is may have
 * it so that nobody answers: that vetoes no load. True: nothing is. */
static bool look(struct plan *p, enum ask_kind kind, const struct place *at, const char *what,
                 const char *path, const struct priv *who, const char *root)
{
    char *word = looks_for(who, root ? root : "");
    if (!word)
        return conf_no_memory(p->c);
    struct answer a = ask(p->c->ask, kind, path, word);
    free(word);
    if (!a.failed && a.len == 0)
        return true;
    conf_warn(p->c, at, "%s %s%s%s", what, conf_quote(p->c, path), a.failed ? ": " : " ", a.bytes);
    return false;
}

static void look_at_handler(struct plan *p, const struct priv *who)
{
    const struct handler_settings *set = &p->d->set->handler;
    const struct word *w = &p->d->program;

    if (set->chroot &&
        !look(p, ASK_DIRECTORY, conf_key_place(p->d, "chroot"), "chroot", set->chroot, NULL, NULL))
        return; /* what is below it cannot be seen */
    if (!p->builtin && w->text && w->text[0] == '/')
        (void)look(p, ASK_PROGRAM, &w->place, "program", w->text, who, set->chroot); /* told */
    if (!set->directory && !p->builtin && w->text && p->d->args.count > 1 &&
        argv0_loose_script(w->text, p->d->args.at[1].text))
        conf_warn(p->c, &p->d->args.at[1].place,
                  "%s is looked for in \"/\", where handlers start: write its whole path",
                  conf_quote(p->c, p->d->args.at[1].text));
    if (set->directory)
        (void)look(p, ASK_DIRECTORY, conf_key_place(p->d, "directory"), "directory", set->directory,
                   who, set->chroot); /* told */
}

static void look_at_sockets(struct plan *p)
{
    char folder[4096];

    for (size_t i = 0; i < p->spots.count; i++) {
        const struct conf_spot *spot = &p->spots.at[i];
        const struct word *w =
            p->d->listen.count ? &p->d->listen.at[spot->endpoint] : &p->d->service;
        const char *slash = spot->path ? strrchr(spot->path, '/') : NULL;
        if (slash > spot->path &&
            text_fits(folder, sizeof folder, "%.*s", (int)(slash - spot->path), spot->path))
            (void)look(p, ASK_DIRECTORY, &w->place, "the socket's folder", folder, NULL,
                       NULL); /* told */
    }
}

void plan_look(struct plan *p, const struct priv *who)
{
    look_at_handler(p, who);
    look_at_sockets(p);
}
