/* conf/keys.c -- the table of keys of a definition */
#include "config.h"

#include "conf/keys.h"

#include <limits.h>
#include <string.h>

#define IN_DRAFT(member)    offsetof(struct draft, member)
#define IN_SETTINGS(member) offsetof(struct settings, member)
#define MOST                1000000 /* of any count: more is a slip of the hand */

static const struct conf_key keys[] = {
    {"bind", KEY_WORDS, KEY_IP, IN_DRAFT(address), 0, 0, "addresses to listen on; * for all"},
    {"socktype", KEY_WORD, KEY_ENTRY, IN_DRAFT(socktype), 0, 0, "stream, dgram or seqpacket"},
    {"protocol", KEY_WORD, KEY_ENTRY, IN_DRAFT(protocol), 0, 0, "tcp, udp, unix, rpc/tcp, ..."},
    {"sndbuf", KEY_SIZE, 0, IN_SETTINGS(sock.sndbuf), 1, INT_MAX, "SO_SNDBUF in bytes"},
    {"recvbuf", KEY_SIZE, 0, IN_SETTINGS(sock.rcvbuf), 1, INT_MAX, "SO_RCVBUF in bytes"},
    {"acceptfilter", KEY_REFUSED, 0, 0, 0, 0, "accept filters are"},
    {"ipsec", KEY_REFUSED, 0, 0, 0, 0, "IPsec policies are"},
    {"backlog", KEY_INT, 0, IN_SETTINGS(sock.backlog), 1, 65535, "connections that may queue"},
    {"keepalive", KEY_BOOL, KEY_TCP, IN_SETTINGS(sock.keepalive), 0, 0, "SO_KEEPALIVE"},
    {"nodelay", KEY_BOOL, KEY_TCP, IN_SETTINGS(sock.nodelay), 0, 0, "TCP_NODELAY"},
    {"freebind", KEY_BOOL, KEY_IP, IN_SETTINGS(sock.freebind), 0, 0,
     "bind to addresses that are not there yet"},
    {"device", KEY_DEVICE, KEY_IP, IN_SETTINGS(sock.device), 0, 0, "SO_BINDTODEVICE"},
    {"reuseport", KEY_BOOL, KEY_IP, IN_SETTINGS(sock.reuseport), 0, 0, "SO_REUSEPORT"},
    {"tos", KEY_INT, KEY_IP, IN_SETTINGS(sock.tos), 0, 255, "type of service, traffic class"},
    {"unix_user", KEY_WORD, KEY_UNIX, IN_DRAFT(unix_user), 0, 0, "owner of the socket's file"},
    {"unix_group", KEY_WORD, KEY_UNIX, IN_DRAFT(unix_group), 0, 0, "group of the socket's file"},
    {"unix_mode", KEY_MODE, KEY_UNIX, IN_SETTINGS(unix_mode), 0, 0777, "its mode, octal"},
    {"wait", KEY_WAIT, KEY_ENTRY, IN_DRAFT(waits), 0, 0, "yes: one handler has the socket"},
    {"exec", KEY_WORD, KEY_ENTRY, IN_DRAFT(program), 0, 0, "the program, an absolute path"},
    {"args", KEY_WORDS, KEY_ENTRY, IN_DRAFT(args), 0, 0, "its arguments, argv[0] first"},
    {"builtin", KEY_WORD, KEY_ENTRY, IN_DRAFT(builtin), 0, 0, "a builtin's name"},
    {"user", KEY_WORD, 0, IN_DRAFT(user), 0, 0, "who runs the handler"},
    {"group", KEY_WORD, 0, IN_DRAFT(group), 0, 0, "its group, if not the user's own"},
    {"groups", KEY_WORDS, KEY_PROGRAM, IN_DRAFT(groups), 0, 0,
     "supplementary groups in place of the user's own"},
    {"accept_max", KEY_U32, 0, IN_SETTINGS(accept_max), 0, MOST, "concurrent handlers"},
    {"service_max", KEY_RATE, 0, IN_SETTINGS(service_max), 0, MOST, "starts per time"},
    {"source_max", KEY_U32, 0, IN_SETTINGS(source.max), 0, MOST, "handlers per source"},
    {"ip_max", KEY_RATE, 0, IN_SETTINGS(source.rate), 0, MOST, "starts per source and time"},
    {"source_prefix", KEY_PREFIX, 0, 0, 0, 0, "v4bits/v6bits that make one source"},
    {"allow", KEY_RULES, 0, IN_SETTINGS(access), 1, 0, "peers that may in"},
    {"deny", KEY_RULES, 0, IN_SETTINGS(access), 0, 0, "peers that may not"},
    {"hosts_access", KEY_BOOL, KEY_IP, IN_SETTINGS(hosts_access), 0, 0,
     "ask hosts.allow, hosts.deny"},
    {"timeout", KEY_TIME, KEY_PROGRAM, IN_SETTINGS(timeout), 0, 0, "how long a handler may run"},
    {"linger", KEY_TIME, KEY_TCP | KEY_NOWAIT, IN_SETTINGS(linger), 0, 0,
     "how long to read on after the handler's end"},
    {"env", KEY_ENV, KEY_PROGRAM, IN_SETTINGS(env), 0, 0, "NAME=value to add"},
    {"pass_env", KEY_NAMES, KEY_PROGRAM, IN_SETTINGS(pass_env), 0, 0, "variables to hand on"},
    {"umask", KEY_MODE, KEY_PROGRAM, IN_SETTINGS(umask), 0, 0777, "the handler's umask, octal"},
    {"nice", KEY_SIGNED, KEY_PROGRAM, IN_SETTINGS(nice), -20, 19, "added to its nice value"},
    {"directory", KEY_PATH, KEY_PROGRAM, IN_SETTINGS(directory), 0, 0, "where it starts"},
    {"chroot", KEY_PATH, KEY_PROGRAM, IN_SETTINGS(chroot), 0, 0, "its root directory"},
    {"rlimit_as", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "address space"},
    {"rlimit_core", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "core dump"},
    {"rlimit_cpu", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "seconds of CPU"},
    {"rlimit_data", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "data segment"},
    {"rlimit_fsize", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "size of a file"},
    {"rlimit_memlock", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "locked memory"},
    {"rlimit_nofile", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "descriptors"},
    {"rlimit_nproc", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "processes of the user"},
    {"rlimit_rss", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "resident memory"},
    {"rlimit_stack", KEY_RLIMIT, KEY_PROGRAM, 0, 0, 0, "stack"},
    {"stderr", KEY_CHOICE, KEY_PROGRAM, IN_SETTINGS(stderr_to), 0, 0, "socket, log or null"},
};
static const size_t nkeys = sizeof keys / sizeof *keys;

_Static_assert(sizeof keys / sizeof *keys <= 64, "a bit of draft.given for each key");

const struct conf_key *conf_key_at(size_t i)
{
    return i < nkeys ? &keys[i] : NULL;
}

const struct conf_key *conf_key_find(const char *name)
{
    for (size_t i = 0; i < nkeys; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static uint64_t bit(const struct conf_key *k)
{
    return UINT64_C(1) << (k - keys);
}

bool conf_key_given(const struct draft *d, const char *name, bool inherited)
{
    const struct conf_key *k = conf_key_find(name);
    uint64_t given = inherited ? d->given | d->inherited : d->given;

    return k != NULL && (given & bit(k)) != 0;
}

static bool unknown_key(struct conf *c, const struct word *key)
{
    struct conf_near near = {.word = key->text};

    for (size_t i = 0; i < nkeys; i++)
        conf_near_try(&near, keys[i].name);
    return conf_error(c, &key->place, "unknown key %s%s", conf_quote(c, key->text),
                      conf_hint(c, &near));
}

/* Keys that take one value say so; the setters of the others know better. */
static bool one_value(const struct conf_key *k)
{
    switch (k->type) {
    case KEY_WORDS:
    case KEY_RATE:
    case KEY_ENV:
    case KEY_NAMES:
    case KEY_RULES:
    case KEY_REFUSED:
        return false;
    default:
        return true;
    }
}

bool conf_key_set(struct conf *c, struct draft *d, const struct word *key,
                  const struct words *values, bool defaults)
{
    const struct conf_key *k = conf_key_find(key->text);

    if (k == NULL)
        return unknown_key(c, key);
    if ((d->given & bit(k)) != 0)
        return conf_error(c, &key->place, "key \"%s\" is given twice", k->name);
    d->given |= bit(k);
    d->given_at[k - keys] = key->place;
    if (defaults && (k->where & KEY_ENTRY) != 0)
        return conf_error(c, &key->place, "key \"%s\" has no place in .defaults", k->name);
    if (values->count == 0)
        return conf_error(c, &key->place, "key \"%s\" needs a value", k->name);
    if (values->count > 1 && one_value(k) && conf_key_find(values->at[1].text) != NULL)
        return conf_error(c, &values->at[1].place, "\",\" is missing before the key %s",
                          conf_quote(c, values->at[1].text));
    if (values->count > 1 && one_value(k))
        return conf_error(c, &values->at[1].place, "%s is a value too many: \"%s\" takes one",
                          conf_quote(c, values->at[1].text), k->name);
    return conf_type_set(c, d, k, values);
}

unsigned conf_unfit(enum proto proto, bool wait, const struct builtin *builtin)
{
    unsigned unfit = proto == PROTO_UNIX ? KEY_IP | KEY_TCP : KEY_UNIX;

    if (proto == PROTO_UDP)
        unfit |= KEY_TCP;
    if (wait)
        unfit |= KEY_NOWAIT;
    if (builtin != NULL)
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
                   {KEY_NOWAIT, "a nowait service"},
                   {KEY_PROGRAM, "a program, not a builtin"}};

    if (d->given == 0)
        return true;
    for (size_t i = 0; i < nkeys; i++) {
        if ((d->given & bit(&keys[i])) == 0 || (keys[i].where & unfit) == 0)
            continue;
        for (size_t j = 0; j < sizeof reasons / sizeof *reasons; j++)
            if ((keys[i].where & unfit & reasons[j].where) != 0)
                return conf_error(c, &d->given_at[i], "key \"%s\" is for %s", keys[i].name,
                                  reasons[j].what);
    }
    return true;
}
