/* service/settings.c -- what entries share: settings and vectors of strings */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "service/service.h"

static size_t strings_count(char *const *v)
{
    size_t n = 0;
    while (v && v[n])
        n++;
    return n;
}

bool strings_add(char ***v, const char *text)
{
    size_t n = strings_count(*v);
    char **grown = realloc(*v, (n + 2) * sizeof(char *));
    if (!grown)
        return false;
    *v = grown;
    grown[n] = strdup(text);
    grown[n + 1] = NULL;
    return grown[n] != NULL;
}

void strings_free(char **v)
{
    for (size_t i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

bool strings_equal(char *const *a, char *const *b)
{
    size_t n = strings_count(a);
    if (n != strings_count(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool strings_copy(char ***to, char *const *from)
{
    *to = NULL;
    for (size_t i = 0; from && from[i]; i++)
        if (!strings_add(to, from[i]))
            return false;
    return true;
}

static bool text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool text_copy(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

struct settings *settings_new(void)
{
    struct settings *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->refs = 1;
    set->accept_max = 256;
    set->source_v4bits = 32;
    set->source_v6bits = 64;
    set->umask = 022;
    set->sock.sndbuf = set->sock.rcvbuf = set->sock.backlog = set->sock.tos = -1;
    set->unix_uid = (uid_t)-1;
    set->unix_gid = (gid_t)-1;
    set->unix_mode = 0666;
    return set;
}

struct settings *settings_copy(const struct settings *from)
{
    struct settings *to = malloc(sizeof *to);
    if (!to)
        return NULL;
    *to = *from;
    to->refs = 1;
    to->environment = NULL;
    to->who = from->who ? priv_ref(from->who) : NULL;
    to->rlimits = NULL;
    /* All owned pointers are set by the copies below, whether they succeed or not. */
    bool good = access_copy(&to->access, &from->access);
    good &= strings_copy(&to->env, from->env);
    good &= strings_copy(&to->pass_env, from->pass_env);
    good &= text_copy(&to->directory, from->directory);
    good &= text_copy(&to->chroot, from->chroot);
    good &= text_copy(&to->sock.device, from->sock.device);
    if (from->nrlimits) {
        size_t bytes = from->nrlimits * sizeof *from->rlimits;
        to->rlimits = malloc(bytes);
        if (to->rlimits)
            memcpy(to->rlimits, from->rlimits, bytes);
        good &= to->rlimits != NULL;
    }
    if (good)
        return to;
    settings_unref(to);
    return NULL;
}

struct settings *settings_ref(struct settings *set)
{
    set->refs++;
    return set;
}

void settings_unref(struct settings *set)
{
    if (!set || --set->refs > 0)
        return;
    if (set->who)
        priv_unref(set->who);
    access_free(&set->access);
    strings_free(set->env);
    strings_free(set->pass_env);
    strings_free(set->environment);
    free(set->directory);
    free(set->chroot);
    free(set->sock.device);
    free(set->rlimits);
    free(set);
}

static bool rate_equal(const struct rate *a, const struct rate *b)
{
    return a->interval == b->interval && a->burst == b->burst;
}

static bool limits_equal(const struct settings *a, const struct settings *b)
{
    return a->accept_max == b->accept_max && rate_equal(&a->service_max, &b->service_max) &&
           a->source.max == b->source.max && rate_equal(&a->source.rate, &b->source.rate) &&
           a->source_v4bits == b->source_v4bits && a->source_v6bits == b->source_v6bits &&
           a->hosts_access == b->hosts_access && access_equal(&a->access, &b->access);
}

static bool sockopts_equal(const struct sockopts *a, const struct sockopts *b)
{
    return a->sndbuf == b->sndbuf && a->rcvbuf == b->rcvbuf && a->backlog == b->backlog &&
           a->tos == b->tos && a->keepalive == b->keepalive && a->nodelay == b->nodelay &&
           a->freebind == b->freebind && a->reuseport == b->reuseport &&
           text_equal(a->device, b->device);
}

static bool rlimits_equal(const struct settings *a, const struct settings *b)
{
    if (a->nrlimits != b->nrlimits)
        return false;
    for (size_t i = 0; i < a->nrlimits; i++) {
        const struct priv_rlimit *x = &a->rlimits[i], *y = &b->rlimits[i];
        if (x->which != y->which || x->value.rlim_cur != y->value.rlim_cur ||
            x->value.rlim_max != y->value.rlim_max)
            return false;
    }
    return true;
}

/* What the handler's surroundings are made of. */
static bool handler_equal(const struct settings *a, const struct settings *b)
{
    return priv_equal(a->who, b->who) && a->resolve_names == b->resolve_names &&
           a->stderr_to == b->stderr_to && a->timeout == b->timeout && a->linger == b->linger &&
           strings_equal(a->env, b->env) && strings_equal(a->pass_env, b->pass_env) &&
           a->pass_all == b->pass_all && a->umask == b->umask && a->nice == b->nice &&
           text_equal(a->directory, b->directory) && text_equal(a->chroot, b->chroot) &&
           rlimits_equal(a, b);
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    return a == b || (limits_equal(a, b) && handler_equal(a, b) &&
                      sockopts_equal(&a->sock, &b->sock) && a->unix_uid == b->unix_uid &&
                      a->unix_gid == b->unix_gid && a->unix_mode == b->unix_mode);
}
