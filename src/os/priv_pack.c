/* os/priv_pack.c -- what was found, to another process and among its users */
#include "config.h"

#include "os/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- from process to process ------------------------------------------------------------------ */

/* The texts of a priv. */
static void each_text(struct priv *p, char **texts[static 5])
{
    texts[0] = &p->user;
    texts[1] = &p->home;
    texts[2] = &p->shell;
    texts[3] = &p->group;
    texts[4] = &p->others;
}

void priv_pack(const struct priv *p, void *to)
{
    struct priv head = *p;
    char **texts[5];

    each_text(&head, texts);
    for (size_t i = 0; i < 5; i++)
        if (*texts[i]) /* the place in the allocation, which is never 0, instead of an address */
            *texts[i] = (char *)(uintptr_t)(*texts[i] - (const char *)p);
    memcpy(to, p, p->size);
    memcpy(to, &head, sizeof head);
}

struct priv *priv_unpack(const void *from, size_t size)
{
    char **texts[5];
    bool good = true;

    errno = EINVAL;
    if (size <= sizeof(struct priv))
        return NULL;
    struct priv *p = malloc(size);
    if (!p)
        return NULL;
    memcpy(p, from, size);
    good = p->size == size && p->ngroups <= (size - sizeof *p) / sizeof *p->groups &&
           ((const char *)p)[size - 1] == '\0';
    each_text(p, texts);
    for (size_t i = 0; good && i < 5; i++) {
        uintptr_t at = (uintptr_t)*texts[i];
        good = at < size && (at > 0 || i > 2);
        *texts[i] = at > 0 ? (char *)p + at : NULL;
    }
    if (!good) {
        free(p);
        errno = EINVAL;
        return NULL;
    }
    p->refs = 1;
    return p;
}

/* --- shared ----------------------------------------------------------------------------------- */

struct priv *priv_ref(struct priv *p)
{
    p->refs++;
    return p;
}

void priv_unref(struct priv *p)
{
    if (p && --p->refs == 0)
        free(p);
}

bool priv_equal(const struct priv *a, const struct priv *b)
{
    if (a == b)
        return true;
    return a->uid == b->uid && a->gid == b->gid && a->ngroups == b->ngroups &&
           memcmp(a->groups, b->groups, a->ngroups * sizeof *a->groups) == 0 &&
           strcmp(a->user, b->user) == 0 && strcmp(a->home, b->home) == 0 &&
           strcmp(a->shell, b->shell) == 0;
}
