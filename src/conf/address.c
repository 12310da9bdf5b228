/* conf/address.c -- the service field's address and name; addresses to listeners */
#include "config.h"

#include "base/value.h"
#include "conf/address.h"
#include "conf/ask.h"
#include "conf/keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* What a host name was resolved to, for the next entry with the same one. */
struct conf_host {
    struct conf_spots spots; /* port 0; mode and soft mean nothing */
    char name[];
};

const struct proto_word *conf_proto_find(struct conf *c, const struct word *w)
{
    struct conf_near near = {.word = w->text};
    const struct proto_word *p;

    for (size_t i = 0; (p = proto_word_at(i)); i++) {
        if (strcmp(p->name, w->text) == 0)
            return p;
        conf_near_try(&near, p->name);
    }
    (void)conf_error(c, &w->place, "unknown protocol %s%s", conf_quote(c, w->text),
                     conf_hint(c, &near)); /* the NULL says it */
    return NULL;
}

/* --- the service field ----------------------------------------------------------------------- */

/* FreeBSD's :user:group:mode:/path; an empty part is as if it were not there. */
static bool split_unix(struct conf *c, struct draft *d, const struct word *w)
{
    const char *text = w->text;
    struct word part[4];
    size_t at = 1, n = 0;

    for (; n < 3; n++) {
        size_t len = strcspn(text + at, ":");
        if (text[at + len] != ':')
            break;
        part[n] = draft_cut(c, d, w, at, len);
        at += len + 1;
    }
    if (n < 3 || text[at] != '/')
        return conf_error(c, &w->place, "%s is not :user:group:mode:/path", conf_quote(c, text));
    part[3] = draft_cut(c, d, w, at, strlen(text + at));
    for (n = 0; n < 4; n++)
        if (!part[n].text)
            return false;
    if (*part[0].text != '\0')
        d->unix_user = part[0];
    if (*part[1].text != '\0')
        d->unix_group = part[1];
    d->service = part[3];
    if (*part[2].text == '\0')
        return true;
    enum value_fault wrong = value_mode(part[2].text, &d->set->owner.mode);
    return !wrong || conf_bad_value(c, &part[2], "mode", wrong, 0, 0);
}

/* The comma-separated addresses in the first `len` bytes of `w`. */
static bool split_addresses(struct conf *c, struct draft *d, const struct word *w, size_t len)
{
    d->address.count = 0;
    for (size_t at = 0; at <= len;) {
        size_t n = strcspn(w->text + at, ",");
        if (n > len - at)
            n = len - at;
        struct word one = draft_cut(c, d, w, at, n);
        if (!one.text || !words_add(c, &d->address, &one))
            return false;
        if (n == 0)
            return conf_error(c, &one.place, "an address is missing in %s", conf_quote(c, w->text));
        at += n + 1;
    }
    return true;
}

bool conf_split_service(struct conf *c, struct draft *d, const struct word *w)
{
    const char *text = w->text, *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');

    d->service = *w;
    if (text[0] == '/')
        return true;
    if (text[0] == ':' && strstr(text, ":/"))
        return split_unix(c, d, w);
    if (!colon && !bracket)
        return true;
    if (!colon || (bracket && colon < bracket) || colon[1] == '\0')
        return conf_error(c, &w->place, "the service is missing after the address %s",
                          conf_quote(c, text));
    d->inherited_address = false;
    d->service = draft_cut(c, d, w, (size_t)(colon + 1 - text), strlen(colon + 1));
    return d->service.text && split_addresses(c, d, w, (size_t)(colon - text));
}

bool conf_default_address(struct conf *c, struct draft *scope, const struct word *w, size_t len)
{
    scope->address.count = 0;
    if (len == 1 && w->text[0] == '*')
        return true;
    if (split_addresses(c, scope, w, len))
        return true;
    if (scope->address.count > 0) /* told: not once more for each entry */
        c->bad_default = scope->address.at[scope->address.count - 1].place;
    return false;
}

/* --- addresses ------------------------------------------------------------------------------- */

static bool same_spot(const struct conf_spot *a, const struct conf_spot *b)
{
    if (a->proto != b->proto || a->mode != b->mode)
        return false;
    return a->path ? strcmp(a->path, b->path) == 0 : addr_compare(&a->at, &b->at) == 0;
}

bool conf_spot_add(struct conf *c, struct conf_spots *spots, const struct conf_spot *spot)
{
    for (size_t i = 0; i < spots->count; i++)
        if (same_spot(&spots->at[i], spot))
            return true; /* a host's files may name an address twice */
    if (spots->count == spots->room) {
        size_t room = spots->room == 0 ? 4 : spots->room * 2;
        struct conf_spot *grown = realloc(spots->at, room * sizeof *grown);
        if (!grown)
            return conf_no_memory(c);
        spots->at = grown;
        spots->room = room;
    }
    spots->at[spots->count++] = *spot;
    return true;
}

bool conf_path_fits(struct conf *c, const struct word *path)
{
    struct sockaddr_un un;

    return strlen(path->text) < sizeof un.sun_path ||
           conf_error(c, &path->place, "the path %s is too long for a socket (%zu bytes)",
                      conf_quote(c, path->text), sizeof un.sun_path - 1);
}

void conf_forget_host(struct conf *c)
{
    if (c->host)
        free(c->host->spots.at);
    free(c->host);
    c->host = NULL;
}

/* Could it be a host's name? What looks like a number is none, though getaddrinfo(3) takes it. */
static bool name_like(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const char *last = strrchr(text, '.');

    last = last ? last + 1 : text;
    return *text != '\0' && text[strspn(text, letters)] == '\0' && strlen(text) < 254 &&
           (*last < '0' || *last > '9');
}

/* What the addresses of one entry are made for. */
struct want {
    struct conf *c;
    const struct conf_wish *wish;
    const struct proto_word *proto; /* of the wish */
    struct draft *d;
    const struct place *port;
    bool is_default; /* the address is not the entry's own */
    struct conf_spots *spots;
};

/* An address that is none, for any entry: told at its own place, and of a default once. */
static void bad_address(const struct want *x, const struct place *at, const char *name,
                        const char *why)
{
    struct conf *c = x->c;
    const struct place *told = &c->bad_default;

    if (x->is_default) {
        x->d->broken = true;
        if (told->file == at->file && told->line == at->line && told->column == at->column)
            return;
        c->bad_default = *at;
    }
    if (why)
        (void)conf_error(c, at, "host %s: %s", conf_quote(c, name), why);
    else
        (void)conf_error(c, at, "%s is not an address", conf_quote(c, name));
}

/* All addresses of a host name, for both families, remembered for the next entry. NULL: told. */
static const struct conf_spots *resolve(const struct want *x, const struct place *at,
                                        const char *name)
{
    struct conf *c = x->c;
    bool good = true;

    if (c->host && strcmp(c->host->name, name) == 0)
        return &c->host->spots;
    if (!name_like(name)) {
        bad_address(x, at, name, NULL);
        return NULL;
    }
    struct answer a = ask(c->ask, ASK_HOST, name, NULL);
    if (a.failed) {
        bad_address(x, at, name, a.bytes);
        return NULL;
    }
    conf_forget_host(c);
    c->host = calloc(1, sizeof *c->host + strlen(name) + 1);
    if (!c->host)
        good = conf_no_memory(c);
    else
        memcpy(c->host->name, name, strlen(name) + 1);
    for (size_t i = 0; good && (i + 1) * sizeof(struct addr) <= a.len; i++) {
        struct conf_spot spot = {.mode = MODE_V4};
        memcpy(&spot.at, a.bytes + i * sizeof spot.at, sizeof spot.at);
        good = addr_family(&spot.at) == AF_UNSPEC || conf_spot_add(c, &c->host->spots, &spot);
    }
    return good ? &c->host->spots : NULL;
}

static bool takes(const struct proto_word *proto, const struct addr *a)
{
    return addr_family(a) == AF_INET ? proto->v4 : proto->v6;
}

static bool add_mode(const struct want *x, const struct addr *a, bool soft, enum family_mode mode)
{
    struct conf_spot spot = {.at = *a,
                             .soft = soft,
                             .mode = mode,
                             .proto = x->proto->proto,
                             .socktype = x->wish->socktype,
                             .name = x->wish->name,
                             .endpoint = x->wish->endpoint};

    addr_set_port(&spot.at, x->wish->port);
    return conf_spot_add(x->c, x->spots, &spot);
}

static bool add_one(const struct want *x, const struct addr *a, bool soft)
{
    enum family_mode mode = addr_family(a) == AF_INET          ? MODE_V4
                            : x->proto->dual && addr_is_any(a) ? MODE_DUAL
                                                               : MODE_V6ONLY;
    return add_mode(x, a, soft, mode);
}

/* "*": each family a socket of its own, or one for both. */
static bool add_any(const struct want *x)
{
    struct addr v4 = addr_any(AF_INET, x->wish->port), v6 = addr_any(AF_INET6, x->wish->port);
    bool plain = x->proto->v4 && x->proto->v6;

    if (x->proto->dual || (plain && x->wish->one))
        return add_mode(x, &v6, !x->proto->dual, MODE_DUAL);
    return (!x->proto->v4 || add_one(x, &v4, plain)) && (!x->proto->v6 || add_one(x, &v6, plain));
}

/* What does not fit an entry is its own fault if the address is a default. */
static const struct place *fault_place(const struct want *x, const struct place *at)
{
    return x->is_default ? x->port : at;
}

static bool add_numeric(const struct want *x, const struct place *at, const char *text,
                        const struct addr *a)
{
    if (takes(x->proto, a))
        return add_one(x, a, false);
    return conf_error(x->c, fault_place(x, at),
                      "%s %s is IPv%d, which protocol \"%s\" does not take",
                      x->is_default ? "the default address" : "address", conf_quote(x->c, text),
                      addr_family(a) == AF_INET ? 4 : 6, x->proto->name);
}

static bool add_host(const struct want *x, const struct place *at, const char *text)
{
    const struct conf_spots *found = resolve(x, at, text);
    bool plain = x->proto->v4 && x->proto->v6 && !x->proto->dual, any = false;

    if (!found)
        return false;
    for (size_t i = 0; i < found->count; i++) {
        if (!takes(x->proto, &found->at[i].at))
            continue;
        any = true;
        if (!add_one(x, &found->at[i].at, plain))
            return false;
    }
    return any || conf_error(x->c, fault_place(x, at), "host %s has no address for protocol \"%s\"",
                             conf_quote(x->c, text), x->proto->name);
}

static bool add_text(const struct want *x, const struct place *at, const char *text)
{
    struct addr a;

    if (strcmp(text, "*") == 0)
        return add_any(x);
    if (addr_parse(&a, text))
        return add_numeric(x, at, text, &a);
    return add_host(x, at, text);
}

bool conf_spot_covered(const struct conf_spots *spots, const struct conf_spot *spot)
{
    for (size_t i = 0; i < spots->count; i++) {
        const struct conf_spot *any = &spots->at[i];
        if (any->proto != spot->proto || spot->path || addr_port(&any->at) != addr_port(&spot->at))
            continue;
        if (any != spot && addr_is_any(&any->at) && !addr_is_any(&spot->at) &&
            (any->mode == MODE_DUAL || addr_family(&any->at) == addr_family(&spot->at)))
            return true;
    }
    return false;
}

static void drop_covered(struct conf_spots *spots)
{
    for (size_t i = spots->count; i-- > 0;)
        if (conf_spot_covered(spots, &spots->at[i]))
            memmove(&spots->at[i], &spots->at[i + 1], (--spots->count - i) * sizeof spots->at[i]);
}

/* Those of the entry, or of the default. */
static bool add_all(struct want *x)
{
    /* Where an option's is told. */
    static const struct place option = {.file = "-a"};
    const struct draft *d = x->d;
    const struct conf *c = x->c;

    for (size_t i = 0; i < d->address.count; i++) {
        const struct word *w = &d->address.at[i];
        if (!add_text(x, &w->place, w->text))
            return false;
    }
    if (d->address.count > 0)
        return true;
    x->is_default = true;
    return add_text(x, &option, c->opt->bind ? c->opt->bind : "*");
}

bool conf_spots(struct conf *c, struct draft *d, const struct conf_wish *wish,
                struct conf_spots *spots)
{
    struct want x = {c, wish, wish->proto, d, &d->service.place, d->inherited_address, spots};

    if (!add_all(&x))
        return false;
    drop_covered(spots);
    return true;
}

bool conf_spots_at(struct conf *c, struct draft *d, const struct conf_wish *wish,
                   const struct word *address, const struct word *port, struct conf_spots *spots)
{
    struct want x = {c, wish, wish->proto, d, &port->place, !address, spots};

    return address ? add_text(&x, &address->place, address->text) : add_all(&x);
}
