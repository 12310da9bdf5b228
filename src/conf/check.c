/* conf/check.c -- the one semantic check: a draft to a service in the table */
#include "config.h"

#include "base/strings.h"
#include "conf/cage.h"
#include "conf/check.h"
#include "conf/keys.h"
#include "conf/plan.h"

#include <stdlib.h>
#include <string.h>

/* --- the kind of service --------------------------------------------------------------------- */

static bool mux_name(const char *service)
{
    return strncmp(service, "tcpmux/", 7) == 0;
}

/* NULL, told: unknown. */
static const struct socktype *find_socktype(struct conf *c, const struct word *w)
{
    struct conf_near near = {.word = w->text};
    const struct socktype *t;

    for (size_t i = 0; (t = socktype_at(i)); i++) {
        if (strcmp(t->name, w->text) == 0)
            return t;
        conf_near_try(&near, t->name);
    }
    (void)conf_error(c, &w->place, "unknown socket type %s%s", conf_quote(c, w->text),
                     conf_hint(c, &near)); /* the NULL says it */
    return NULL;
}

/* A definition may leave the protocol to the other words. NULL: it may not. */
static const char *default_protocol(const struct draft *d, const struct socktype *type)
{
    if (d->service.text[0] == '/')
        return "unix";
    if (mux_name(d->service.text))
        return "tcp";
    for (unsigned proto = PROTO_TCP; type && proto <= PROTO_UDP; proto++)
        if (type->fits & 1U << proto)
            return proto_base(proto);
    return NULL;
}

static bool check_protocol(struct plan *p)
{
    struct draft *d = p->d;
    const struct socktype *type = NULL;

    if (d->socktype.text && !(type = find_socktype(p->c, &d->socktype)))
        return false;
    p->type = type;
    if (d->listen.count && !d->protocol.text) /* of endpoints that name none */
        d->protocol = (struct word){.place = d->place,
                                    .text = type && type->type == SOCK_DGRAM ? "udp" : "tcp"};
    if (!d->protocol.text) /* what is wrong with it is said of the entry */
        d->protocol = (struct word){.place = d->place, .text = default_protocol(d, type)};
    if (!d->protocol.text)
        return conf_error(p->c, &d->place, "%s\"protocol\" is missing",
                          type ? "" : "\"socktype\" or ");
    p->proto = conf_proto_find(p->c, &d->protocol);
    if (!p->proto)
        return false;
    if (d->listen.count)
        return plan_listen(p);
    p->kind = p->proto->proto;
    p->socktype = type ? type->type : proto_socktype(p->kind);
    return !type || (type->fits & 1U << p->kind) != 0 ||
           conf_error(p->c, &d->socktype.place, "socket type \"%s\" does not fit protocol \"%s\"",
                      type->name, p->proto->name);
}

static bool check_wait(struct plan *p)
{
    struct draft *d = p->d;
    const struct place *at = d->wait.text ? &d->wait.place : &d->place;

    if (!d->wait.text)
        d->waits = p->socktype == SOCK_DGRAM || (d->listen.count && !p->builtin);
    if (p->kind == PROTO_UNIX && p->socktype == SOCK_DGRAM && !d->waits)
        return conf_error(p->c, at, "a unix dgram service must be \"wait\"");
    if (p->kind == PROTO_TCPMUX && d->waits)
        return conf_error(p->c, at, "a tcpmux service must be \"nowait\"");
    if (p->builtin && p->socktype == SOCK_STREAM && d->waits)
        return conf_error(p->c, at, "the builtin \"%s\" must be \"nowait\"", p->builtin->name);
    return true;
}

/* --- the service ----------------------------------------------------------------------------- */

static bool no_address(struct plan *p)
{
    const struct words *list = &p->d->address;

    return list->count == 0 || p->d->inherited_address ||
           conf_error(p->c, &list->at[0].place, "%s has no address of its own: %s",
                      conf_quote(p->c, p->d->service.text), conf_quote(p->c, list->at[0].text));
}

static bool check_path(struct plan *p)
{
    const struct word *w = &p->d->service;
    struct conf_spot spot = {
        .mode = MODE_UNIX, .proto = PROTO_UNIX, .socktype = p->socktype, .path = w->text};

    if (w->text[0] != '/')
        return conf_error(p->c, &w->place,
                          "service %s is not an absolute path, as protocol \"unix\" needs",
                          conf_quote(p->c, w->text));
    return conf_path_fits(p->c, w) && conf_spot_add(p->c, &p->spots, &spot) && no_address(p) &&
           conf_unix_owner(p->c, p->d);
}

/* tcpmux/name, tcpmux/+name: RFC 1078 has printable names, and a line's length. */
static bool check_mux(struct plan *p)
{
    const struct word *w = &p->d->service;
    const char *name = w->text + strlen("tcpmux/");

    p->mux_plus = *name == '+';
    name += p->mux_plus;
    p->kind = PROTO_TCPMUX;
    if (p->proto->proto != PROTO_TCP || p->proto->rpc)
        return conf_error(p->c, &p->d->protocol.place,
                          "a tcpmux service does not fit protocol \"%s\"", p->proto->name);
    if (*name == '\0' || strlen(name) > 256 || strcasecmp(name, "help") == 0)
        return conf_error(p->c, &w->place, "%s is no name for a tcpmux service",
                          conf_quote(p->c, w->text));
    for (const char *at = name; *at != '\0'; at++)
        if (*at < '!' || *at > '~')
            return conf_error(p->c, &w->place, "%s is no name for a tcpmux service",
                              conf_quote(p->c, w->text));
    return no_address(p);
}

static bool check_service(struct plan *p)
{
    struct draft *d = p->d;
    const struct word *w = &d->service;

    if (d->listen.count)
        return true; /* done, with the protocols */
    if (p->kind == PROTO_UNIX)
        return check_path(p);
    if (w->text[0] == '/')
        return conf_error(p->c, &d->protocol.place, "the path %s needs protocol \"unix\"",
                          conf_quote(p->c, w->text));
    if (p->proto->rpc) {
        if (!conf_rpc_find(p->c, d, &p->rpc))
            return false;
    } else if (mux_name(w->text)) {
        return check_mux(p);
    } else if (!conf_port_find(p->c, w, proto_base(p->kind), &p->port)) {
        return false;
    }
    const struct conf_wish wish = {
        .proto = p->proto, .socktype = p->socktype, .port = p->port.port};
    return conf_spots(p->c, d, &wish, &p->spots);
}

/* --- settings -------------------------------------------------------------------------------- */

/* Builtins without a process run as doorward itself: their user is looked up, no more. */
static bool needs_process(const struct plan *p)
{
    return !p->builtin || p->builtin->how == BUILTIN_FORK || p->builtin->how == BUILTIN_TABLES ||
           p->builtin->how == BUILTIN_MUX;
}

/* Why libwrap cannot be asked about this service's peers; NULL if it can. */
static const char *no_hosts_access(const struct plan *p)
{
    bool lends_all = p->d->set->handler.handoff == HANDOFF_LISTEN_FDS;
    if (!p->builtin && p->d->waits && (p->socktype != SOCK_DGRAM || lends_all))
        return "a wait service: only its program knows the peers";
    if (p->builtin && p->builtin->how == BUILTIN_DGRAM)
        return "a builtin that answers without a process";
    return NULL;
}

/* What cannot be applied keeps the service closed: an error where the entry itself asks for it, a
 * warning where -w or -W mean it among others, so that the rest can be reloaded. */
static bool check_policy(struct plan *p, bool asked)
{
    const struct settings *set = p->d->set;
    const char *why = set->access.hosts_access ? no_hosts_access(p) : NULL;

    if (!p->builtin && p->d->waits && set->access.rules.count > 0)
        return conf_error(p->c, &p->d->place,
                          "\"allow\" and \"deny\" cannot be applied to a wait service: only its "
                          "program knows the peers");
    if (why && asked)
        return conf_error(p->c, &p->d->place, "hosts_access cannot be applied to %s", why);
    if (why) {
        conf_warn(p->c, &p->d->place,
                  "%s is not served: %s cannot be applied to %s (see hosts_access)",
                  conf_quote(p->c, p->d->service.text), p->builtin ? "-W" : "-w", why);
        p->d->off = true;
    }
    return true;
}

static bool check_settings(struct plan *p)
{
    struct settings *set = p->d->set;
    const struct conf_options *opt = p->c->opt;
    bool asked = conf_key_given(p->d, "hosts_access", true);

    if (!asked)
        set->access.hosts_access = p->builtin ? opt->hosts_internal : opt->hosts_external;
    if (p->kind == PROTO_UNIX)
        set->access.hosts_access = false; /* its tables know nothing of uids */
    if (p->builtin && p->builtin->how == BUILTIN_MUX)
        set->access.hosts_access =
            false; /* each service behind it is asked about by its own name */
    if (!check_policy(p, asked))
        return false;
#ifndef HAVE_LIBWRAP
    if (set->access.hosts_access)
        return conf_error(p->c, &p->d->place, "hosts_access is not supported in this build");
#endif
    if (p->builtin && p->builtin->ip_max > 0 && set->limits.source.rate.interval == 0 &&
        !p->d->ip_rate_given && !conf_key_given(p->d, "ip_max", true))
        set->limits.source.rate = rate_make(p->builtin->ip_max, NS_PER_MIN, 0);
    return true;
}

/* A word that logs and doorwardctl(1) take as it stands, and that no other entry has. */
static bool check_name(struct plan *p)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    const struct word *w = &p->d->name;
    const struct table *t = p->c->table;

    if (!w->text)
        return true;
    if (!*w->text || *w->text == '-' || w->text[strspn(w->text, letters)] || strlen(w->text) > 64)
        return conf_error(p->c, &w->place,
                          "name %s is not one word of up to 64 letters, digits and . _ @ -",
                          conf_quote(p->c, w->text));
    for (size_t i = 0; i < t->count; i++) {
        const struct entry *e = t->services[i]->entry;
        if (!e->off && e->name != e->word && strcmp(e->name, w->text) == 0)
            return conf_error(p->c, &w->place, "name %s is that of the entry at %s:%u",
                              conf_quote(p->c, w->text), e->file, e->line);
    }
    return true;
}

static bool check_fit(struct plan *p)
{
    unsigned protos = p->kind == PROTO_TCPMUX ? 1U << PROTO_TCPMUX : 0;

    for (size_t i = 0; i < p->spots.count; i++)
        protos |= 1U << p->spots.at[i].proto;
    return conf_keys_fit(p->c, p->d, conf_unfit(protos, p->socktype, p->d->waits, p->builtin));
}

/* The one among the last few that says the same, else the draft's own. */
static struct settings *shared(struct conf *c, struct settings *set)
{
    for (size_t i = 0; i < CONF_RECENT; i++)
        if (c->recent[i] && settings_equal(c->recent[i], set))
            return c->recent[i];
    struct settings **oldest = &c->recent[c->recent_turn++ % CONF_RECENT];
    settings_unref(*oldest);
    *oldest = settings_ref(set);
    return set;
}

/* --- the service into the table -------------------------------------------------------------- */

static struct program *make_program(const struct plan *p)
{
    const struct words *args = &p->d->args;
    const char *path = !p->builtin ? p->d->program.text : NULL;

    if (args->count == 0 || p->builtin)
        return program_new(p->builtin, path, NULL, 0);
    const char **argv = malloc(args->count * sizeof *argv);
    if (!argv)
        return NULL;
    for (size_t i = 0; i < args->count; i++)
        argv[i] = args->at[i].text;
    struct program *program = program_new(NULL, path, argv, args->count);
    free(argv);
    return program;
}

static struct service *make_service(const struct plan *p)
{
    struct program *program = make_program(p);

    if (!program)
        return NULL;
    const char *path = p->spots.count == 1 ? p->spots.at[0].path : NULL;
    struct service *s =
        service_new_at(p->d->service.text, p->d->name.text, path, program, shared(p->c, p->d->set));
    if (!s) {
        program_free(program);
        return NULL;
    }
    s->entry->file = p->d->place.file;
    s->entry->line = p->d->place.line;
    s->entry->column = p->d->place.column;
    s->entry->off = p->d->off;
    s->entry->proto = (uint8_t)p->kind;
    s->entry->socktype = (uint8_t)p->socktype;
    s->entry->wait = p->d->waits;
    s->entry->mux_plus = p->mux_plus;
    s->entry->rpc_prog = p->rpc.program;
    s->entry->rpc_lo = p->rpc.lo;
    s->entry->rpc_hi = p->rpc.hi;
    return s;
}

/* By the sockets' places; tcpmux has none, and its connections a name. */
static bool name_descriptors(const struct plan *p, struct entry *e)
{
    bool good = true;

    if (p->d->set->handler.handoff == HANDOFF_STDIN)
        return true;
    for (size_t i = 0; i < p->spots.count; i++)
        good &= strings_add(&e->names, p->spots.at[i].name);
    return good && (p->spots.count > 0 || strings_add(&e->names, e->word));
}

/* Who lists the entries of files asks where they stand. */
static bool note_span(const struct plan *p, struct entry *e)
{
    /* a file has at most 16 MiB */
    const struct span span = {(uint32_t)p->d->at, (uint32_t)p->d->end, (uint32_t)p->d->onoff};
    e->span = p->c->opt->all ? table_span(p->c->table, &span) : 0;
    return e->span || !p->c->opt->all;
}

static void add_service(const struct plan *p)
{
    struct service *s = make_service(p);
    bool good = s && name_descriptors(p, s->entry) && note_span(p, s->entry);

    for (size_t i = 0; good && i < p->spots.count; i++) {
        const struct conf_spot *spot = &p->spots.at[i];
        const struct endpoint e = {.at = spot->at,
                                   .path = spot->path,
                                   .mode = (uint8_t)spot->mode,
                                   .proto = (uint8_t)spot->proto,
                                   .socktype = (uint8_t)spot->socktype,
                                   .soft = spot->soft};
        good = service_listen_on(s, &e);
    }
    if (good && table_add(p->c->table, s))
        return;
    service_free(s);
    (void)conf_no_memory(p->c); /* counted */
}

static void check_one(struct conf *c, struct draft *d)
{
    /* Each needs what those before it found. */
    static bool (*const steps[])(struct plan * p) = {check_protocol, check_service,  plan_program,
                                                     check_wait,     check_name,     check_fit,
                                                     plan_handoff,   check_settings, plan_cage};
    struct plan p = {.c = c, .d = d};
    bool good = d->service.text;

    for (size_t i = 0; good && i < sizeof steps / sizeof *steps; i++)
        good = steps[i](&p);
    /* The user hangs on nothing: what is wrong with him is worth saying too. */
    if (d->user.text || good)
        d->set->who = conf_user_find(c, d, good && needs_process(&p));
    plan_look(&p, d->set->who);
    /* Closed for a layer it is there all the same, to be seen. */
    bool good_but_closed = c->errors == d->errors_before + p.missing && !d->broken;
    if (good_but_closed && (!d->off || c->opt->all))
        add_service(&p);
    free(p.spots.at);
}

/* The settings once more, for another service of the same entry: the first one's are finished. */
static bool settings_again(struct conf *c, struct draft *d)
{
    struct settings *again = settings_copy(d->set);

    if (!again)
        return conf_no_memory(c);
    settings_unref(d->set);
    d->set = again;
    if (again->who)
        priv_unref(again->who);
    again->who = NULL;
    return true;
}

void conf_check(struct conf *c, struct draft *d)
{
    check_one(c, d);
    if (!d->also.text || !draft_good(c, d) || !settings_again(c, d))
        return;
    d->protocol = d->also;
    check_one(c, d);
}
