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

static struct entry *entry_new(const char *word, const char *name, const char *path,
                               struct program *prog, struct settings *set)
{
    size_t size = strlen(word) + 1, named = name ? strlen(name) + 1 : 0;
    size_t stands = path && strcmp(path, word) != 0 ? strlen(path) + 1 : 0, at = size + named;
    struct entry *e = malloc(sizeof *e + size + named + stands);
    if (!e)
        return NULL;
    *e = (struct entry){.program = prog, .settings = settings_ref(set)};
    memcpy(e->word, word, size);
    e->name = name ? memcpy(e->word + size, name, named) : e->word;
    if (stands)
        memcpy(e->word + at, path, stands);
    e->path = !path ? (uint32_t)ENTRY_NO_PATH : stands ? (uint32_t)at : 0;
    return e;
}

static void entry_free(struct entry *e)
{
    program_free(e->program);
    settings_unref(e->settings);
    strings_free(e->names);
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
    return service_new_at(word, name, NULL, prog, set);
}

struct service *service_new_at(const char *word, const char *name, const char *path,
                               struct program *prog, struct settings *set)
{
    struct service *s = malloc(sizeof *s);
    struct entry *e = s ? entry_new(word, name, path, prog, set) : NULL;
    if (!e) {
        free(s);
        return NULL;
    }
    *s = (struct service){.entry = e, .id = ++last_id, .last_status = NO_STATUS};
    return s;
}

void service_drop_listeners(struct service *s)
{
    if (s->nlisteners > 1)
        free(s->sockets.many);
    s->nlisteners = 0;
}

void service_free(struct service *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->nlisteners; i++)
        free(service_listeners(s)[i]);
    service_drop_listeners(s);
    free(s->history);
    entry_free(s->entry);
    free(s);
}

bool service_append(struct service *s, struct listener *l)
{
    if (s->nlisteners == UINT16_MAX)
        return false;
    if (s->nlisteners == 0) {
        s->sockets.only = l;
    } else {
        struct listener **grown = realloc(s->nlisteners > 1 ? s->sockets.many : NULL,
                                          (s->nlisteners + (size_t)1) * sizeof(struct listener *));
        if (!grown)
            return false;
        if (s->nlisteners == 1)
            grown[0] = s->sockets.only;
        grown[s->nlisteners] = l;
        s->sockets.many = grown;
    }
    s->nlisteners++;
    l->service = s;
    return true;
}

size_t service_prune(struct service *s)
{
    struct listener **all = service_listeners(s);
    size_t kept = 0;
    for (size_t i = 0; i < s->nlisteners; i++) {
        if (all[i]->dead)
            free(all[i]);
        else
            all[kept++] = all[i];
    }
    if (s->nlisteners > 1 && kept <= 1) {
        struct listener *only = kept ? all[0] : NULL;
        free(s->sockets.many);
        s->sockets.only = only;
    }
    s->nlisteners = (uint16_t)kept;
    return kept;
}

void service_take_listeners(struct service *s, struct service *from)
{
    service_drop_listeners(s);
    s->sockets = from->sockets;
    s->nlisteners = from->nlisteners;
    from->nlisteners = 0;
}

bool service_listen_on(struct service *s, const struct endpoint *e)
{
    size_t size = e->path ? strlen(e->path) + 1 : 0;
    struct listener *l = calloc(1, sizeof *l + size);
    if (!l)
        return false;
    l->watch.fd = -1;
    if (e->path)
        memcpy(l->path, e->path, size);
    else
        l->at = e->at;
    l->mode = e->mode;
    l->proto = e->proto;
    l->socktype = e->socktype;
    l->soft = e->soft;
    l->place = (uint8_t)s->nlisteners; /* of more than ENTRY_SOCKETS nobody asks */
    if (service_append(s, l))
        return true;
    free(l);
    return false;
}

unsigned service_protos(const struct service *s)
{
    unsigned protos = 0;
    for (size_t i = 0; i < s->nlisteners; i++)
        protos |= 1U << service_listeners(s)[i]->proto;
    return protos ? protos : 1U << s->entry->proto;
}

/* What sockets of one protocol take, or-ed. */
enum { V4 = 1, V6 = 2, DUAL = 4, PLAIN = 8 /* whose family may have gone to another entry */ };

static unsigned families(const struct listener *l)
{
    static const unsigned of_mode[] = {
        [MODE_V4] = V4, [MODE_V6ONLY] = V6, [MODE_DUAL] = DUAL, [MODE_UNIX] = 0};
    return l->soft && l->mode != MODE_DUAL ? PLAIN : of_mode[l->mode];
}

static const char *word_of(const struct entry *e, enum proto proto, unsigned taken)
{
    bool both = taken & (DUAL | PLAIN) || !(taken & V4) == !(taken & V6);
    if (proto != PROTO_TCP && proto != PROTO_UDP)
        return proto_base(proto);
    return proto_word_name(proto, both || taken & V4, both || taken & V6, taken & DUAL,
                           e->rpc_prog != 0);
}

const char *listener_proto_name(const struct listener *l)
{
    const struct entry *e = l->service->entry;
    return entry_lends_all(e) ? word_of(e, l->proto, families(l)) : service_proto_name(l->service);
}

const char *service_proto_name(const struct service *s)
{
    static const char *const mixed[] = {[1 << PROTO_TCP | 1 << PROTO_UDP] = "tcp,udp",
                                        [1 << PROTO_TCP | 1 << PROTO_UNIX] = "tcp,unix",
                                        [1 << PROTO_UDP | 1 << PROTO_UNIX] = "udp,unix",
                                        [1 << PROTO_TCP | 1 << PROTO_UDP | 1 << PROTO_UNIX] =
                                            "tcp,udp,unix"};
    unsigned protos = service_protos(s);
    const char *several = protos < sizeof mixed / sizeof *mixed ? mixed[protos] : NULL;
    unsigned taken = 0;
    for (size_t i = 0; i < s->nlisteners; i++)
        taken |= families(service_listeners(s)[i]);
    return several ? several : word_of(s->entry, s->entry->proto, taken);
}

const char *service_socktype_name(const struct service *s)
{
    enum { STREAM = 1, DGRAM = 2, SEQPACKET = 4 };
    static const char *const mixed[] = {[STREAM | DGRAM] = "stream,dgram",
                                        [STREAM | SEQPACKET] = "stream,seqpacket",
                                        [DGRAM | SEQPACKET] = "dgram,seqpacket",
                                        [STREAM | DGRAM | SEQPACKET] = "stream,dgram,seqpacket"};
    unsigned types = 0;
    for (size_t i = 0; i < s->nlisteners; i++) {
        int type = service_listeners(s)[i]->socktype;
        types |= type == SOCK_STREAM ? STREAM : type == SOCK_DGRAM ? DGRAM : SEQPACKET;
    }
    return types && mixed[types] ? mixed[types] : socktype_name(s->entry->socktype);
}

const char *listener_address(const struct listener *l, char out[static ADDR_TEXT])
{
    return l->mode == MODE_UNIX ? l->path : addr_format_port(&l->at, out);
}

const char *listener_endpoint(const struct listener *l, const char *address,
                              char out[static ENDPOINT_TEXT])
{
    unsigned protos = service_protos(l->service);
    const char *what = NULL;
    if (l->mode != MODE_UNIX && protos & (protos - 1))
        what = listener_proto_name(l);
    else if (l->mode == MODE_UNIX && l->socktype != SOCK_STREAM &&
             l->socktype != l->service->entry->socktype)
        what = socktype_name(l->socktype);
    if (!what)
        return address;
    struct text t;
    text_init(&t, out, ENDPOINT_TEXT);
    text_add(&t, "%s%s%s", what ? what : "", what ? ":" : "", address);
    return out;
}

void listener_leave(struct listener **first, struct listener *l)
{
    while (*first && *first != l)
        first = &(*first)->with;
    if (*first)
        *first = l->with;
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
        open += service_listeners(s)[i]->watch.fd >= 0;
    return open > 0 && !entry_lends_all(s->entry) ? open : 1;
}

const char *service_state(const struct service *s)
{
    const struct hold_word *word = service_held(s);
    if (s->drain_at && s->running)
        return "draining";
    if (cage_is_closed(&s->entry->settings->cage))
        return "closed";
    if (word)
        return word->state;
    size_t down = 0, waiting = 0;
    for (size_t i = 0; i < s->nlisteners; i++) {
        down += service_listeners(s)[i]->watch.fd < 0;
        waiting += service_listeners(s)[i]->waiter != 0;
    }
    if (s->nlisteners && down == s->nlisteners)
        return "down";
    return waiting && waiting + down == s->nlisteners ? "waiting" : "listening";
}
