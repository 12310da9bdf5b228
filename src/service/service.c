/* service/service.c -- one service: its program, listeners, names and state */
#include "config.h"

#include "service/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"

struct program *program_new(const struct builtin *b, const char *path, const char *const *argv,
                            size_t argc)
{
    const char *base = b ? b->name : strrchr(path, '/') + 1;
    const char *const *from = argc ? argv : &base;
    size_t n = argc ? argc : 1, bytes = path ? strlen(path) + 1 : 0;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(from[i]) + 1;

    struct program *p = malloc(sizeof *p + (n + 1) * sizeof(char *) + bytes);
    if (!p)
        return NULL;
    p->builtin = b;
    p->argv = (char **)(p + 1);
    char *at = (char *)(p->argv + n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(from[i]) + 1;
        p->argv[i] = memcpy(at, from[i], len);
        at += len;
    }
    p->argv[n] = NULL;
    p->path = path ? memcpy(at, path, strlen(path) + 1) : NULL;
    return p;
}

void program_free(struct program *p)
{
    free(p);
}

bool program_equal(const struct program *a, const struct program *b)
{
    if (a->builtin != b->builtin || (a->path && strcmp(a->path, b->path) != 0))
        return false;
    return strings_equal(a->argv, b->argv);
}

static struct entry *entry_new(const char *word, const char *name, struct program *prog,
                               struct settings *set)
{
    size_t size = strlen(word) + 1, named = name ? strlen(name) + 1 : 0;
    struct entry *e = malloc(sizeof *e + size + named);
    if (!e)
        return NULL;
    *e = (struct entry){.program = prog, .settings = settings_ref(set)};
    memcpy(e->word, word, size);
    e->name = name ? memcpy(e->word + size, name, named) : e->word;
    return e;
}

static void entry_free(struct entry *e)
{
    program_free(e->program);
    settings_unref(e->settings);
    free(e);
}

static uint32_t last_id;

void service_restore_id(struct service *s, uint32_t id)
{
    s->id = id;
    if (id > last_id)
        last_id = id;
}

struct service *service_new(const char *word, const char *name, struct program *prog,
                            struct settings *set)
{
    struct service *s = malloc(sizeof *s);
    struct entry *e = s ? entry_new(word, name, prog, set) : NULL;
    if (!e) {
        free(s);
        return NULL;
    }
    *s = (struct service){.entry = e, .id = ++last_id, .last_status = -1};
    return s;
}

/* The list, not the listeners. */
static void drop_listeners(struct service *s)
{
    if (s->listeners != &s->first)
        free(s->listeners);
    s->listeners = NULL;
}

void service_free(struct service *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->nlisteners; i++)
        free(s->listeners[i]);
    drop_listeners(s);
    free(s->history);
    entry_free(s->entry);
    free(s);
}

bool service_append(struct service *s, struct listener *l)
{
    struct listener **grown = &s->first;
    if (s->nlisteners == UINT16_MAX)
        return false;
    if (s->nlisteners == 0) {
        drop_listeners(s); /* it may have had some */
    } else {
        bool alone = s->listeners == &s->first;
        grown = realloc(alone ? NULL : s->listeners,
                        (s->nlisteners + (size_t)1) * sizeof(struct listener *));
        if (!grown)
            return false;
        if (alone)
            grown[0] = s->first;
    }
    s->listeners = grown;
    s->listeners[s->nlisteners++] = l;
    l->service = s;
    return true;
}

void service_take_listeners(struct service *s, struct service *from)
{
    drop_listeners(s);
    s->first = from->first;
    s->listeners = from->listeners == &from->first ? &s->first : from->listeners;
    s->nlisteners = from->nlisteners;
    from->listeners = NULL;
    from->nlisteners = 0;
}

bool service_listen_on(struct service *s, const struct addr *at, enum family_mode mode, bool soft)
{
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        return false;
    l->watch.fd = -1;
    if (mode != MODE_UNIX)
        l->at = *at;
    l->mode = (uint8_t)mode;
    l->soft = soft;
    if (service_append(s, l))
        return true;
    free(l);
    return false;
}

const char *service_proto_name(const struct service *s)
{
    bool v4 = false, v6 = false, dual = false, any = false;
    if (s->entry->proto != PROTO_TCP && s->entry->proto != PROTO_UDP)
        return proto_base(s->entry->proto);
    for (size_t i = 0; i < s->nlisteners; i++) {
        const struct listener *l = s->listeners[i];
        dual |= l->mode == MODE_DUAL;
        any |= l->soft;
        v4 |= l->mode == MODE_V4;
        v6 |= l->mode == MODE_V6ONLY;
    }
    if (dual || any || v4 == v6)
        v4 = v6 = true; /* a plain word's family may have gone to another entry */
    return proto_word_name(s->entry->proto, v4, v6, dual, s->entry->rpc_prog != 0);
}

const char *service_socktype_name(const struct service *s)
{
    return socktype_name(s->entry->socktype);
}

const char *listener_address(const struct listener *l, char out[static ADDR_TEXT])
{
    return l->mode == MODE_UNIX ? l->service->entry->path : addr_format_port(&l->at, out);
}

/* The most telling first. */
static const struct hold_word hold_words[] = {
    {HOLD_ADMIN, "paused", "admin"},      {HOLD_FAULT, "fault", NULL},
    {HOLD_FULL, "full", "accept_max"},    {HOLD_RATE, "rate", "service_max"},
    {HOLD_SHARE, "full", "handlers_max"}, {HOLD_STARTS, "listening", NULL},
};

static const struct hold_word *first_word(unsigned held)
{
    for (size_t i = 0; i < sizeof hold_words / sizeof hold_words[0]; i++)
        if (held & (unsigned)hold_words[i].why)
            return &hold_words[i];
    return NULL;
}

const struct hold_word *service_held(const struct service *s)
{
    return first_word(s->held);
}

const struct hold_word *hold_word(enum hold why)
{
    return first_word(why);
}

/* A wait service has one handler for each socket that is open. */
uint32_t service_running_max(const struct service *s)
{
    if (!s->entry->wait)
        return s->entry->settings->limits.accept_max;
    uint32_t open = 0;
    for (size_t i = 0; i < s->nlisteners; i++)
        open += s->listeners[i]->watch.fd >= 0;
    return open > 0 ? open : 1;
}

const char *service_state(const struct service *s)
{
    const struct hold_word *word = service_held(s);
    if (s->drain_at && s->running)
        return "draining";
    if (word)
        return word->state;
    size_t down = 0, waiting = 0;
    for (size_t i = 0; i < s->nlisteners; i++) {
        down += s->listeners[i]->watch.fd < 0;
        waiting += s->listeners[i]->waiter != 0;
    }
    if (s->nlisteners && down == s->nlisteners)
        return "down";
    return waiting && waiting + down == s->nlisteners ? "waiting" : "listening";
}
