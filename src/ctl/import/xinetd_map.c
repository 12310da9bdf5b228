/* ctl/import/xinetd_map.c -- an entry of xinetd to a definition: what it is, runs, and lets in */
#include "config.h"

#include "ctl/import/xinetd_map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/value.h"
#include "ctl/import/xinetd_access.h"
#include "ctl/import/xinetd_attr.h"

/* --- what it is ------------------------------------------------------------------------------- */

/* The kind of socket, and whether doorward has such a thing. One of the two words tells the
 * other. */
static void judge_kind(struct xin_mapping *m)
{
    const char *socktype = xin_first(m->e, "socket_type"), *protocol = xin_first(m->e, "protocol");
    bool dgram = socktype ? strcasecmp(socktype, "dgram") == 0
                          : protocol && strcasecmp(protocol, "udp") == 0;
    m->socktype = dgram ? "dgram" : "stream";
    m->base = dgram ? "udp" : "tcp";
    m->waits = xin_is(m->e, "wait", "yes");
    m->mux = ctl_words_have(&m->type, "TCPMUX") || ctl_words_have(&m->type, "TCPMUXPLUS");
    m->rpc = ctl_words_have(&m->type, "RPC");
    m->builtin = ctl_words_have(&m->type, "INTERNAL");
    if (socktype && strcasecmp(socktype, m->socktype) != 0)
        ctl_def_refuse(&m->def, "socket_type %s: doorward has stream and dgram for IP.", socktype);
    if (protocol && strcasecmp(protocol, m->base) != 0)
        ctl_def_refuse(&m->def, "protocol %s: doorward has tcp and udp.", protocol);
    if (!socktype && !protocol)
        ctl_def_refuse(&m->def, "socket_type is missing.");
    if (!xin_first(m->e, "wait"))
        ctl_def_refuse(&m->def, "wait is missing.");
    if (m->mux && !ctl_words_have(&m->type, "UNLISTED"))
        ctl_def_weak(&m->def, "type = TCPMUX: xinetd takes it with UNLISTED only.");
    if (m->mux && strcmp(m->base, "tcp") != 0)
        ctl_def_refuse(&m->def, "type = TCPMUX: that is for tcp.");
}

/* The address of bind as numbers, "" for none. */
static const char *bound(struct xin_mapping *m, char *room, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *bind = xin_first(m->e, "bind");
    if (!bind)
        bind = xin_first(m->e, "interface");
    room[0] = '\0';
    if (!bind || m->mux)
        return room;
    if (getaddrinfo(bind, NULL, &hints, &found) != 0)
        ctl_def_refuse(&m->def, "bind = %s: this machine knows no such address.", bind);
    else if (found->ai_next || getnameinfo(found->ai_addr, found->ai_addrlen, room, (socklen_t)size,
                                           NULL, 0, NI_NUMERICHOST) != 0)
        ctl_def_refuse(&m->def, "bind = %s: that is more than one address; name one.", bind);
    if (found)
        freeaddrinfo(found);
    return room;
}

/* "4", "6", "46" for a socket that takes both, "" for one of each. */
static const char *family(const struct xin_mapping *m, const char *bind)
{
    bool only = xin_is(m->e, "v6only", "yes"), six = ctl_words_have(&m->flags, "IPv6");
    if (ctl_words_have(&m->flags, "IPv4") && !six)
        return "4";
    if (*bind && !strchr(bind, ':'))
        return "4";
    if (only || (*bind && strcmp(bind, "::") != 0))
        return "6";
    return six || *bind ? "46" : "";
}

static void map_listen(struct xin_mapping *m, const char *bind)
{
    const char *numbers = family(m, bind);
    ctl_def_key(&m->def, "socktype", m->socktype);
    ctl_def_raw(&m->def, "protocol", "%s%s%s", m->rpc ? "rpc/" : "", m->base, numbers);
    if (*bind)
        ctl_def_key(&m->def, "bind", bind);
    if (*bind &&
        (strchr(bind, ':') ? strcmp(numbers, "4") == 0 : ctl_words_have(&m->flags, "IPv6")))
        ctl_def_refuse(&m->def, "bind = %s: that is no address of the family in flags.", bind);
    if (m->mux && (xin_first(m->e, "bind") || xin_first(m->e, "interface")))
        ctl_def_note(&m->def, "bind: a tcpmux service has no address of its own.");
}

/* In doorward the last entry of a socket gets it, in xinetd the first. */
static void take_socket(struct xin_mapping *m, const char *service, const char *bind,
                        struct ctl_words *served)
{
    char socket[700];
    if (m->def.off || m->def.refused ||
        !text_fits(socket, sizeof socket, "%s/%s/%s", service, m->base, bind))
        return;
    if (ctl_words_have(served, socket))
        ctl_def_weak(&m->def, "An entry before it has this socket.");
    else
        ctl_words_add(served, socket, strlen(socket));
}

static bool rpc_listed(const char *name)
{
#ifdef HAVE_GETRPCBYNAME
    return !!getrpcbyname(name);
#else
    (void)name; /* this C library reads no rpc(5) */
    return false;
#endif
}

/* The name that it shall have, as doorward writes it. */
static void name_service(struct xin_mapping *m, char *out, size_t size)
{
    const char *name = m->e->name, *port = xin_first(m->e, "port"),
               *number = xin_first(m->e, "rpc_number");
    const char *version = xin_first(m->e, "rpc_version");
    const char *protocol = xin_first(m->e, "protocol"); /* xinetd asks for it as it is written */
    const struct servent *se = getservbyname(name, protocol ? protocol : m->base);
    bool unlisted = ctl_words_have(&m->type, "UNLISTED"), fits = true;
    uint64_t n = 0;
    if (port && *port == '+')
        port++;
    if (m->mux) {
        fits = text_fits(out, size, "tcpmux/%s%s",
                         ctl_words_have(&m->type, "TCPMUXPLUS") ? "+" : "", name);
    } else if (m->rpc) {
        fits = text_fits(out, size, "%s/%s", unlisted && number ? number : name,
                         version ? version : "1");
        if (!version)
            ctl_def_refuse(&m->def, "rpc_version is missing.");
        if (!(unlisted && number) && !rpc_listed(name))
            ctl_def_refuse(&m->def, "rpc(5) does not know \"%s\": give its number.", name);
#ifndef HAVE_TIRPC
        ctl_def_refuse(&m->def, "This doorward was built without Sun RPC.");
#endif
    } else if (port && value_number(port, 1, 65535, &n)) {
        ctl_def_refuse(&m->def, "port %s is none.", port);
        fits = text_fits(out, size, "%s", port);
    } else if (port && !(se && ntohs((uint16_t)se->s_port) == n)) {
        fits = text_fits(out, size, "%llu", (unsigned long long)n);
        if (!unlisted)
            ctl_def_weak(&m->def,
                         "port %s is not what services(5) says, and type has no UNLISTED:"
                         " xinetd passes over it.",
                         port);
    } else if (unlisted && !port) {
        ctl_def_refuse(&m->def, "port is missing, with type = UNLISTED.");
        fits = text_fits(out, size, "%s", name);
    } else {
        fits = text_fits(out, size, "%s", name);
        if (!se)
            ctl_def_refuse(&m->def, "services(5) has no %s service \"%s\": give its port.", m->base,
                           name);
    }
    if (!fits)
        ctl_def_refuse(&m->def, "The name is too long.");
}

/* --- what it runs ----------------------------------------------------------------------------- */

static void map_builtin(struct xin_mapping *m, const char *service)
{
    static const char *const known[] = {"echo", "discard", "chargen", "daytime", "time", "tcpmux"};
    const char *name = m->e->name;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], name) == 0) {
            if (strcmp(service, name) != 0)
                ctl_def_key(&m->def, "builtin", name);
            if (m->waits && strcmp(m->base, "tcp") == 0)
                ctl_def_note(&m->def, "wait = yes: a builtin over tcp is nowait.");
            return;
        }
    ctl_def_key(&m->def, "builtin", name);
    ctl_def_refuse(&m->def,
                   "INTERNAL %s: no builtin of doorward; doorwardctl status shows what xinetd's"
                   " services and servers do.",
                   name);
}

static void map_program(struct xin_mapping *m)
{
    const char *server = xin_first(m->e, "server"), *slash = server ? strrchr(server, '/') : NULL;
    struct ctl_words args = xin_words(m->e, "server_args"), argv = {.at = NULL};
    const struct xin_attr *redirect = xin_find(m->e, "redirect");
    if (redirect && redirect->values.count == 2) {
        ctl_def_refuse(&m->def,
                       "redirect: doorward copies no data. With exec = /usr/bin/socat, args = socat"
                       " - TCP:%s:%s it does the same.",
                       redirect->values.at[0], redirect->values.at[1]);
        return;
    }
    if (!slash || server[0] != '/' || !slash[1]) {
        ctl_def_refuse(&m->def, "server is missing, or no absolute path.");
        return;
    }
    if (access(server, X_OK) != 0)
        ctl_def_weak(&m->def, "server %s: %s; xinetd switches the service off.", server,
                     strerror(errno));
    if (!ctl_words_have(&m->flags, "NAMEINARGS") && args.count > 0)
        ctl_words_add(&argv, slash + 1, strlen(slash + 1));
    for (size_t i = 0; i < args.count; i++)
        ctl_words_add(&argv, args.at[i], strlen(args.at[i]));
    ctl_def_program(&m->def, server, &argv);
    ctl_words_free(&argv);
}

/* The names of all groups of the user, his own first. */
static void find_groups(const struct passwd *pw, struct ctl_words *out)
{
    gid_t list[256], own = pw->pw_gid;
    int count = sizeof list / sizeof list[0];
    char number[16];
    if (getgrouplist(pw->pw_name, own, list, &count) < 0)
        count = sizeof list / sizeof list[0]; /* the first ones: fewer is not wider */
    for (int i = 0; i < count; i++)
        if (text_fits(number, sizeof number, "%lu", (unsigned long)list[i]))
            ctl_words_add(out, number, strlen(number));
}

/* Without "groups = yes" a server has no supplementary groups but its own; doorward's has those of
 * the user. With it, and a group, the user's own one stays among them. A number as the user is its
 * own group in xinetd, whatever passwd(5) says. */
static void map_groups(struct xin_mapping *m, const char *user, const char *group)
{
    bool wanted = xin_is(m->e, "groups", "yes"), number = user[strspn(user, "0123456789")] == '\0';
    const struct passwd *pw = number ? getpwuid((uid_t)strtoul(user, NULL, 10)) : getpwnam(user);
    struct ctl_words groups = {.at = NULL};
    if (pw)
        find_groups(pw, &groups);
    size_t count = groups.count;
    const struct group *gr = pw ? getgrgid(pw->pw_gid) : NULL;
    if (!group)
        group = number ? user : gr ? gr->gr_name : NULL;
    if (number)
        ctl_def_key(&m->def, "group", group);
    if (wanted && !pw)
        ctl_def_weak(&m->def, "groups = yes: passwd(5) does not know user %s.", user);
    if (wanted && xin_first(m->e, "group"))
        ctl_def_list(&m->def, "groups", &groups);
    else if (!wanted && group && (number || count > 1))
        ctl_def_key(&m->def, "groups", group);
    ctl_words_free(&groups);
}

static void map_user(struct xin_mapping *m)
{
    const char *user = xin_first(m->e, "user"), *group = xin_first(m->e, "group");
    if (!user && m->builtin)
        user = "nobody";
    if (!user) {
        ctl_def_refuse(&m->def, "user is missing.");
        return;
    }
    bool number = user[strspn(user, "0123456789")] == '\0';
    ctl_def_key(&m->def, "user", user);
    if (group && !number)
        ctl_def_key(&m->def, "group", group);
    ctl_def_check_user(&m->def, user, group);
    if (!m->builtin)
        map_groups(m, user, group);
    else if (number)
        ctl_def_key(&m->def, "group", group ? group : user);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* By `defaults`: enabled names those that are on, disabled those that are not. */
static bool switched_off(const struct xin_mapping *m, const struct xin_entry *defaults)
{
    const char *id = xin_first(m->e, "id") ? xin_first(m->e, "id") : m->e->name;
    const struct xin_attr *on = xin_find(defaults, "enabled"),
                          *off = xin_find(defaults, "disabled");
    return (on && !ctl_words_have(&on->values, id)) || (off && ctl_words_have(&off->values, id));
}

/* What was seen while it was read. */
static void tell(struct xin_mapping *m, const struct xin_world *world)
{
    const struct xin_entry *e = m->e;
    for (size_t i = 0; i < e->notes.count; i++)
        ctl_def_note(&m->def, "%s", e->notes.at[i]);
    for (size_t i = 0; i < e->doubts.count; i++)
        ctl_def_weak(&m->def, "%s", e->doubts.at[i]);
    if (e->broken)
        ctl_def_refuse(&m->def, "xinetd drops the entry, for this line: %s", e->broken);
    if (world->off)
        ctl_def_note(&m->def, "Off, as all: see above.");
    m->def.off |= world->off || switched_off(m, world->defaults);
}

/* What xinetd calls it, where the entry's first word does not say it; no two have the same. */
static void map_name(struct xin_mapping *m, const char *service)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    static struct ctl_words given;
    const char *id = xin_first(m->e, "id"), *name = id ? id : m->e->name;
    if (strcmp(name, service) == 0 || !*name || *name == '-' || name[strspn(name, letters)] ||
        strlen(name) > 64 || ctl_words_have(&given, name))
        return;
    ctl_words_add(&given, name, strlen(name));
    ctl_def_key(&m->def, "name", name);
}

void xin_map(struct xin_entry *e, const struct xin_world *world, struct ctl_words *served)
{
    struct xin_mapping m = {.e = e};
    char service[512] = "", room[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    m.type = xin_words(e, "type");
    m.flags = xin_words(e, "flags");
    ctl_def_begin(&m.def);
    ctl_def_note(&m.def, "%s:%u: service %s%s%s", e->file, e->line, e->name,
                 xin_first(e, "id") ? ", id " : "", xin_first(e, "id") ? xin_first(e, "id") : "");
    tell(&m, world);
    judge_kind(&m);
    name_service(&m, service, sizeof service);
    const char *bind = bound(&m, room, sizeof room);
    map_listen(&m, bind);
    if (!m.builtin)
        map_name(&m, service);
    if (!(m.builtin && strcmp(m.base, "tcp") == 0))
        ctl_def_key(&m.def, "wait", m.waits ? "yes" : "no");
    if (m.builtin)
        map_builtin(&m, service);
    else
        map_program(&m);
    map_user(&m);
    for (size_t i = 0; i < e->count; i++)
        xin_map_attr(&m, &e->attrs[i]);
    xin_map_access(&m);
    take_socket(&m, service, bind, served);
    ctl_def_end(&m.def, service);
}
