/* conf/listen.c -- the key "listen": the endpoints of an entry, and how its handler gets them */
#include "config.h"

#include "conf/keys.h"
#include "conf/plan.h"

#include <string.h>
#include <sys/un.h>

/* What stands before an endpoint's address. */
struct head {
    const struct proto_word *proto; /* NULL: none */
    const struct socktype *type;    /* of a path; NULL: none */
    size_t len;                     /* with its colon */
    size_t endpoint;                /* which it is */
};

static const struct socktype *find_type(const char *text, size_t len)
{
    const struct socktype *t;

    for (size_t i = 0; (t = socktype_at(i)); i++)
        if (strlen(t->name) == len && memcmp(t->name, text, len) == 0)
            return t;
    return NULL;
}

static const struct proto_word *find_proto(const char *text, size_t len)
{
    const struct proto_word *p;

    for (size_t i = 0; (p = proto_word_at(i)); i++)
        if (strlen(p->name) == len && memcmp(p->name, text, len) == 0)
            return p;
    return NULL;
}

/* A word before the colon that is none: a host's name, or a slip of the hand? */
static bool judge_head(struct plan *p, const struct word *w, size_t len)
{
    struct word head = draft_cut(p->c, p->d, w, 0, len);
    struct conf_near near = {.word = head.text};
    const struct proto_word *word;
    const struct socktype *type;

    if (!head.text)
        return false;
    for (size_t i = 0; (word = proto_word_at(i)); i++)
        conf_near_try(&near, word->name);
    for (size_t i = 0; w->text[len + 1] == '/' && (type = socktype_at(i)); i++)
        conf_near_try(&near, type->name);
    if (w->text[len + 1] != '/' && (!near.best || strchr(head.text, '.')))
        return true;
    return conf_error(p->c, &head.place, "unknown protocol %s%s", conf_quote(p->c, head.text),
                      conf_hint(p->c, &near));
}

static bool split_head(struct plan *p, const struct word *w, struct head *h)
{
    const char *text = w->text, *last = strrchr(text, ':');
    size_t len = strcspn(text, ":");
    struct addr numeric;

    *h = (struct head){.endpoint = h->endpoint};
    if (len == 0 || !text[len] || *text == '[' || *text == '/')
        return true;
    h->proto = find_proto(text, len);
    h->type = h->proto ? NULL : find_type(text, len);
    if (h->proto || (h->type && text[len + 1] == '/')) {
        h->len = len + 1;
        return true;
    }
    h->type = NULL;
    struct word host = draft_cut(p->c, p->d, w, 0, (size_t)(last - text));
    return host.text && (addr_parse(&numeric, host.text) || judge_head(p, w, len));
}

/* --- one endpoint ---------------------------------------------------------------------------- */

static bool add_path(struct plan *p, const struct word *w, const struct head *h)
{
    struct word path = draft_cut(p->c, p->d, w, h->len, strlen(w->text + h->len));
    const struct socktype *type = h->type ? h->type : p->type;
    struct conf_spot spot = {.mode = MODE_UNIX,
                             .proto = PROTO_UNIX,
                             .socktype = type ? type->type : SOCK_STREAM,
                             .path = path.text,
                             .name = path.text,
                             .endpoint = h->endpoint};

    if (!path.text)
        return false;
    if (h->proto && h->proto->proto != PROTO_UNIX)
        return conf_error(p->c, &path.place, "the path %s needs protocol \"unix\"",
                          conf_quote(p->c, path.text));
    if (type && !(type->fits & 1U << PROTO_UNIX))
        return conf_error(p->c, &w->place, "socket type \"%s\" does not fit protocol \"unix\"",
                          type->name);
    return conf_path_fits(p->c, &path) && conf_spot_add(p->c, &p->spots, &spot);
}

/* [address:]port behind a protocol. */
static bool add_port(struct plan *p, const struct word *w, const struct head *h)
{
    const char *rest = w->text + h->len, *colon = strrchr(rest, ':');
    size_t at = h->len, len = colon ? (size_t)(colon - rest) : 0;
    struct conf_wish wish = {
        .proto = h->proto ? h->proto : p->proto, .one = true, .endpoint = h->endpoint};
    struct word address = {.text = NULL};

    if (wish.proto->proto == PROTO_UNIX)
        return conf_error(p->c, &w->place, "%s is not an absolute path, as protocol \"unix\" needs",
                          conf_quote(p->c, w->text));
    if (wish.proto->rpc)
        return conf_error(p->c, &w->place, "\"listen\" has no RPC services");
    if (colon) {
        address = draft_cut(p->c, p->d, w, at, len);
        at += len + 1;
        if (!address.text)
            return false;
    }
    struct word port = draft_cut(p->c, p->d, w, at, strlen(w->text + at));
    if (!port.text)
        return false;
    if (!*port.text || (colon && !len) || strchr(port.text, ']'))
        return conf_error(p->c, &w->place, "%s is not [PROTOCOL:][ADDRESS:]PORT or a path",
                          conf_quote(p->c, w->text));
    struct conf_port found;
    if (!conf_port_find(p->c, &port, proto_base(wish.proto->proto), &found))
        return false;
    wish.port = found.port;
    wish.socktype = proto_socktype(wish.proto->proto);
    wish.name = port.text;
    return conf_spots_at(p->c, p->d, &wish, address.text ? &address : NULL, &port, &p->spots);
}

static bool add_endpoint(struct plan *p, size_t i)
{
    const struct word *w = &p->d->listen.at[i];
    size_t before = p->spots.count;
    struct head head = {.endpoint = i};

    if (!split_head(p, w, &head) || !(w->text[head.len] == '/' ? add_path : add_port)(p, w, &head))
        return false;
    return p->spots.count > before ||
           conf_error(p->c, &w->place, "%s is listed twice", conf_quote(p->c, w->text));
}

/* --- all of them ----------------------------------------------------------------------------- */

/* The word before "on" is a name, no more. */
static bool check_word(struct plan *p)
{
    const struct draft *d = p->d;

    if (!d->inherited_address && d->address.count > 0)
        return conf_error(p->c, &d->address.at[0].place,
                          "with \"listen\" the addresses stand there: %s",
                          conf_quote(p->c, d->address.at[0].text));
    return !strchr(d->service.text, '/') ||
           conf_error(p->c, &d->service.place, "with \"listen\" the entry begins with a name: %s",
                      conf_quote(p->c, d->service.text));
}

/* No address beside the wildcard that has it. */
static bool check_covered(struct plan *p)
{
    for (size_t i = 0; i < p->spots.count; i++) {
        const struct conf_spot *spot = &p->spots.at[i];
        const struct word *w = &p->d->listen.at[spot->endpoint];
        if (conf_spot_covered(&p->spots, spot))
            return conf_error(p->c, &w->place, "another endpoint has the address of %s, too",
                              conf_quote(p->c, w->text));
    }
    return true;
}

/* Sockets of the type that is given, or the type is a slip of the hand. */
static bool check_type(struct plan *p)
{
    for (size_t i = 0; p->type && i < p->spots.count; i++)
        if (p->spots.at[i].socktype == p->type->type)
            return true;
    return !p->type ||
           conf_error(p->c, &p->d->socktype.place,
                      "socket type \"%s\" is that of no endpoint of \"listen\"", p->type->name);
}

bool plan_listen(struct plan *p)
{
    const struct words *list = &p->d->listen;
    bool good = check_word(p);

    for (size_t i = 0; i < list->count; i++)
        good &= add_endpoint(p, i); /* each is worth saying */
    if (!good || !check_covered(p) || !check_type(p))
        return false;
    p->kind = p->spots.at[0].proto;
    p->socktype = p->spots.at[0].socktype;
    for (size_t i = 0; i < p->spots.count; i++)
        if (p->spots.at[i].proto == PROTO_UNIX)
            return conf_unix_owner(p->c, p->d);
    return true;
}

/* --- the hand-over --------------------------------------------------------------------------- */

/* sd_listen_fds(3): printable, without a colon. */
static bool is_name(const char *text)
{
    for (const char *at = text; *at; at++)
        if (*at < ' ' || *at > '~' || *at == ':')
            return false;
    return *text && strlen(text) <= LISTEN_NAME;
}

static bool check_names(struct plan *p)
{
    const struct words *list = &p->d->names;
    size_t endpoints = p->d->listen.count ? p->d->listen.count : 1;

    for (size_t i = 0; i < list->count; i++)
        if (!is_name(list->at[i].text))
            return conf_error(p->c, &list->at[i].place,
                              "%s is no name for a descriptor: printable characters but \":\"",
                              conf_quote(p->c, list->at[i].text));
    if (list->count && list->count != endpoints)
        return conf_error(p->c, &list->at[0].place, "%zu name%s for %zu endpoint%s", list->count,
                          list->count == 1 ? "" : "s", endpoints, endpoints == 1 ? "" : "s");
    return true;
}

/* What stands in `names`, else what the endpoint is called. */
static bool name_sockets(struct plan *p)
{
    for (size_t i = 0; i < p->spots.count; i++) {
        struct conf_spot *spot = &p->spots.at[i];
        if (p->d->names.count)
            spot->name = p->d->names.at[spot->endpoint].text;
        else if (!spot->name)
            spot->name = p->d->service.text;
        if (!is_name(spot->name))
            return conf_error(p->c, &p->d->place,
                              "%s is no name for a descriptor: \"names\" is missing",
                              conf_quote(p->c, spot->name));
    }
    return p->spots.count <= ENTRY_SOCKETS ||
           conf_error(p->c, &p->d->place, "%zu sockets are too many for one handler (at most %d)",
                      p->spots.count, ENTRY_SOCKETS);
}

/* A handler that has its sockets elsewhere has none to write to. */
static bool check_outputs(struct plan *p)
{
    static const char *const names[] = {"stderr", "stdout"};
    struct handler_settings *set = &p->d->set->handler;
    uint8_t *const to[] = {&set->stderr_to, &set->stdout_to};
    static const enum stderr_to normal[] = {STDERR_LOG, STDERR_NULL};

    for (size_t i = 0; i < 2; i++) {
        if (*to[i] != STDERR_SOCKET)
            continue;
        if (conf_key_given(p->d, names[i], false))
            return conf_error(p->c, conf_key_place(p->d, names[i]),
                              "\"%s = socket\" is for handoff = stdin: log or null", names[i]);
        *to[i] = (uint8_t)normal[i];
    }
    return true;
}

bool plan_handoff(struct plan *p)
{
    struct draft *d = p->d;
    const struct words *list = &d->listen;
    struct handler_settings *set = &d->set->handler;

    if (p->builtin && list->count)
        return conf_error(p->c, &list->at[0].place, "\"listen\" is for a program, not a builtin");
    if (p->builtin)
        set->handoff = HANDOFF_STDIN; /* .defaults may say otherwise */
    if (list->count > 1 && !d->waits)
        return conf_error(p->c, d->wait.text ? &d->wait.place : &d->place,
                          "a nowait service has one endpoint: \"listen\" has %zu", list->count);
    if (list->count > 1 && set->handoff == HANDOFF_STDIN)
        return conf_error(
            p->c,
            conf_key_given(d, "handoff", false) ? conf_key_place(d, "handoff") : &list->at[1].place,
            "stdin is one socket, \"listen\" has %zu: write handoff = listen_fds", list->count);
    if (set->handoff == HANDOFF_STDIN)
        return !d->names.count ||
               conf_error(p->c, &d->names.at[0].place, "\"names\" is for handoff = listen_fds");
    return check_names(p) && name_sockets(p) && check_outputs(p);
}
