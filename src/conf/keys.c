/* conf/keys.c -- the keys that an entry's check uses up; and all keys, by name, where they fit */
#include "config.h"

#include "conf/habit.h"
#include "conf/types.h"

#include <string.h>
#include <strings.h>

#define IN(member) .offset = offsetof(struct draft, member)

static const struct key own[] = {
    {"bind", KIND_WORDS, KEY_IP, IN(address), .help = "addresses to listen on; * for all"},
    {"name", KIND_WORD, KEY_ENTRY, IN(name), .help = "what logs and doorwardctl call it"},
    {"listen", KIND_WORDS, KEY_ENTRY, IN(listen),
     .help = "[protocol:][address:]port or a path, several"},
    {"names", KIND_WORDS, KEY_ENTRY | KEY_PROGRAM, IN(names),
     .help = "what LISTEN_FDNAMES calls them"},
    {"socktype", KIND_WORD, KEY_ENTRY, IN(socktype), .help = "stream, dgram or seqpacket"},
    {"protocol", KIND_WORD, KEY_ENTRY, IN(protocol), .help = "tcp, udp, unix, rpc/tcp, ..."},
    {"acceptfilter", KIND_FILTER, KEY_TCP, .help = "dataready: as defer, for 30 seconds"},
    {"ipsec", KIND_REFUSED, 0, .help = "IPsec policies are"},
    {"unix_user", KIND_WORD, KEY_UNIX, IN(unix_user), .help = "owner of the socket's file"},
    {"unix_group", KIND_WORD, KEY_UNIX, IN(unix_group), .help = "group of the socket's file"},
    {"wait", KIND_WAIT, KEY_ENTRY, IN(waits), .help = "yes: one handler has the socket"},
    {"exec", KIND_WORD, KEY_ENTRY, IN(program), .help = "the program, an absolute path"},
    {"args", KIND_WORDS, KEY_ENTRY, IN(args), .help = "its arguments, argv[0] first"},
    {"builtin", KIND_WORD, KEY_ENTRY, IN(builtin), .help = "a builtin's name"},
    {"user", KIND_WORD, 0, IN(user), .help = "who runs the handler"},
    {"group", KIND_WORD, 0, IN(group), .help = "its group, if not the user's own"},
    {"groups", KIND_WORDS, KEY_PROGRAM, IN(groups),
     .help = "supplementary groups in place of the user's own"},
};
static const size_t nown = sizeof own / sizeof *own;

const struct key *conf_key_at(size_t i)
{
    if (i < nown)
        return &own[i];
    i -= nown;
    return i < settings_keys.count && settings_keys.rows[i].name ? &settings_keys.rows[i] : NULL;
}

/* The number of the key for conf_key_at(), which has NULL for the one behind the last: unknown. */
static size_t number_of(const char *name)
{
    size_t i = 0;

    for (const struct key *k; (k = conf_key_at(i)); i++)
        if (strcmp(k->name, name) == 0)
            break;
    return i;
}

const struct key *conf_key_find(const char *name)
{
    return conf_key_at(number_of(name));
}

const struct place *conf_key_place(const struct draft *d, const char *name)
{
    size_t i = number_of(name);

    return d->given[i] ? &d->given_at[i] : &d->place;
}

bool conf_key_given(const struct draft *d, const char *name, bool inherited)
{
    size_t i = number_of(name);

    return d->given[i] || (inherited && d->inherited[i]);
}

/* "rlimit_nofile" of "RLIMIT_NOFILE" and "LimitNOFILE", "accept_max" of "accept-max". */
static void plain_spelling(const char *word, char *out, size_t size)
{
    struct text t;

    text_init(&t, out, size);
    if (strncasecmp(word, "limit", 5) == 0 && word[5])
        text_add(&t, "rlimit_%s", word + (word[5] == '_' ? 6 : 5));
    else
        text_add(&t, "%s", word);
    for (char *p = out; *p; p++)
        *p = (char)(*p == '-' ? '_' : *p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
}

static bool unknown_key(struct conf *c, const struct word *key)
{
    const char *known = conf_habit(c, key->text), *best = NULL;
    char plain[64], limit[64];
    struct conf_near near = {.word = plain};

    plain_spelling(key->text, plain, sizeof plain);
    if (known && !conf_key_find(plain))
        return conf_error(c, &key->place, "unknown key %s: %s", conf_quote(c, key->text), known);
    if (text_fits(limit, sizeof limit, "rlimit_%s", plain) && conf_key_find(limit))
        best = limit;
    for (size_t i = 0; !best && conf_key_at(i); i++)
        conf_near_try(&near, conf_key_at(i)->name);
    if (best)
        near.best = best;
    return conf_error(c, &key->place, "unknown key %s%s", conf_quote(c, key->text),
                      conf_hint(c, &near));
}

/* A second value where a key takes one. */
static bool too_many(struct conf *c, const struct key *k, const struct word *second)
{
    if (conf_key_find(second->text))
        return conf_error(c, &second->place, "\",\" is missing before the key %s",
                          conf_quote(c, second->text));
    return conf_error(c, &second->place, "%s is a value too many: \"%s\" takes one",
                      conf_quote(c, second->text), k->name);
}

bool conf_key_set(struct conf *c, struct draft *d, const struct word *key,
                  const struct words *values, bool defaults)
{
    size_t i = number_of(key->text);
    const struct key *k = conf_key_at(i);

    if (!k)
        return unknown_key(c, key);
    if (d->given[i])
        return conf_error(c, &key->place, "key \"%s\" is given twice", k->name);
    d->given[i] = true;
    d->given_at[i] = key->place;
    if (defaults && (k->where & KEY_ENTRY))
        return conf_error(c, &key->place, "key \"%s\" has no place in .defaults", k->name);
    if (values->count == 0)
        return conf_error(c, &key->place, "key \"%s\" needs a value", k->name);
    if (values->count > 1 && !conf_type(k->kind)->many)
        return too_many(c, k, &values->at[1]);
    char *base = i < nown ? (char *)d : (char *)d->set;
    const struct given g = {c, d, k, values->at, values->count, base + k->offset};
    return conf_type(k->kind)->set(&g);
}

unsigned conf_unfit(unsigned protos, int socktype, bool wait, const struct builtin *builtin)
{
    static const unsigned fits[PROTOS] = {[PROTO_TCP] = KEY_IP | KEY_TCP,
                                          [PROTO_UDP] = KEY_IP,
                                          [PROTO_UNIX] = KEY_UNIX,
                                          [PROTO_TCPMUX] = KEY_IP | KEY_TCP};
    unsigned unfit = KEY_IP | KEY_TCP | KEY_UNIX;

    for (unsigned proto = 0; proto < PROTOS; proto++)
        if (protos & 1U << proto)
            unfit &= ~fits[proto];
    if (socktype != SOCK_STREAM || protos == 1U << PROTO_TCPMUX)
        unfit |= KEY_STREAM;
    if (socktype == SOCK_DGRAM)
        unfit |= KEY_CLIENT;
    if (wait)
        unfit |= KEY_NOWAIT;
    if (builtin)
        unfit |= KEY_PROGRAM;
    return unfit;
}

bool conf_keys_fit(struct conf *c, const struct draft *d, unsigned unfit)
{
    static const struct {
        unsigned where;
        const char *what;
    } reasons[] = {{KEY_UNIX, "a unix socket"},
                   {KEY_IP, "tcp or udp"},
                   {KEY_TCP, "tcp"},
                   {KEY_STREAM, "a stream socket of its own"},
                   {KEY_CLIENT, "streams, not for datagrams"},
                   {KEY_NOWAIT, "a nowait service"},
                   {KEY_PROGRAM, "a program, not a builtin"}};
    const struct key *k;

    for (size_t i = 0; (k = conf_key_at(i)); i++) {
        if (!d->given[i] || (k->where & unfit) == 0)
            continue;
        for (size_t j = 0; j < sizeof reasons / sizeof *reasons; j++)
            if ((k->where & unfit & reasons[j].where) != 0)
                return conf_error(c, &d->given_at[i], "key \"%s\" is for %s", k->name,
                                  reasons[j].what);
    }
    return true;
}
