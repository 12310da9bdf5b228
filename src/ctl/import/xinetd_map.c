/* ctl/import/xinetd_map.c -- an entry of xinetd to a definition: what it is, runs, and lets in */
#include "config.h"

#include "ctl/import/xinetd_map.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/value.h"
#include "ctl/import/net.h"
#include "ctl/import/xinetd_attr.h"

/* --- what it is ------------------------------------------------------------------------------- */

/* The kind of socket, and whether doorward has such a thing. */
static void judge_kind(struct xin_mapping *m)
{
    const char *socktype = xin_first(m->e, "socket_type"), *protocol = xin_first(m->e, "protocol");
    m->socktype = socktype ? socktype : "stream";
    m->base = strcmp(m->socktype, "dgram") == 0 ? "udp" : "tcp";
    m->waits = xin_is(m->e, "wait", "yes");
    m->mux = ctl_words_have(&m->type, "TCPMUX") || ctl_words_have(&m->type, "TCPMUXPLUS");
    m->rpc = ctl_words_have(&m->type, "RPC");
    m->builtin = ctl_words_have(&m->type, "INTERNAL");
    if (strcmp(m->socktype, "stream") != 0 && strcmp(m->socktype, "dgram") != 0)
        ctl_def_refuse(&m->def, "socket_type %s: doorward has stream and dgram for IP.",
                       m->socktype);
    if (protocol && strncmp(protocol, m->base, 3) != 0)
        ctl_def_refuse(&m->def, "protocol %s: doorward has tcp and udp.", protocol);
}

static void map_protocol(struct xin_mapping *m)
{
    const char *family = "";
    if (ctl_words_have(&m->flags, "IPv4"))
        family = "4";
    else if (xin_is(m->e, "v6only", "yes"))
        family = "6";
    else if (ctl_words_have(&m->flags, "IPv6"))
        family = "46"; /* such a socket takes IPv4 too */
    ctl_def_key(&m->def, "socktype", m->socktype);
    ctl_def_raw(&m->def, "protocol", "%s%s%s", m->rpc ? "rpc/" : "", m->base, family);
}

/* The name that it shall have, as doorward writes it. */
static void name_service(struct xin_mapping *m, char *out, size_t size)
{
    const char *name = m->e->name, *port = xin_first(m->e, "port"),
               *number = xin_first(m->e, "rpc_number");
    const char *version = xin_first(m->e, "rpc_version");
    const struct servent *se = getservbyname(name, m->base);
    uint64_t n = 0;
    bool fits = true;
    if (m->mux) {
        fits = text_fits(out, size, "tcpmux/%s%s",
                         ctl_words_have(&m->type, "TCPMUXPLUS") ? "+" : "", name);
    } else if (m->rpc) {
        fits = text_fits(out, size, "%s/%s", number ? number : name, version ? version : "1");
        if (!number && !getrpcbyname(name))
            ctl_def_refuse(&m->def, "rpc(5) does not know \"%s\": give its number.", name);
#ifndef HAVE_TIRPC
        ctl_def_refuse(&m->def, "This doorward was built without Sun RPC.");
#endif
    } else if (port && value_number(port, 1, 65535, &n)) {
        ctl_def_refuse(&m->def, "port %s is none.", port);
        fits = text_fits(out, size, "%s", port);
    } else if (port && !(se && ntohs((uint16_t)se->s_port) == n)) {
        fits = text_fits(out, size, "%s", port);
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
    if (!slash) {
        ctl_def_refuse(&m->def, "server is missing, or no absolute path.");
        return;
    }
    ctl_def_key(&m->def, "exec", server);
    if (!ctl_words_have(&m->flags, "NAMEINARGS") && args.count > 0)
        ctl_words_add(&argv, slash + 1, strlen(slash + 1));
    for (size_t i = 0; i < args.count; i++)
        ctl_words_add(&argv, args.at[i], strlen(args.at[i]));
    ctl_def_list(&m->def, "args", &argv);
    ctl_words_free(&argv);
}

/* Without "groups = yes" a server has no supplementary groups; doorward's has those of the user. */
static void map_groups(struct xin_mapping *m, const char *user, const char *group)
{
    const struct passwd *pw = user ? getpwnam(user) : NULL;
    int count = 0;
    if (!pw || m->builtin || xin_is(m->e, "groups", "yes"))
        return;
    gid_t gid = pw->pw_gid;
    (void)getgrouplist(pw->pw_name, gid, NULL, &count); /* says how many: -1 is no error here */
    const struct group *gr = getgrgid(gid);
    if (count > 1 && group)
        ctl_def_key(&m->def, "groups", group);
    else if (count > 1 && gr)
        ctl_def_key(&m->def, "groups", gr->gr_name);
}

static void map_user(struct xin_mapping *m)
{
    const char *user = xin_first(m->e, "user"), *group = xin_first(m->e, "group");
    if (!user && m->builtin)
        user = "nobody";
    if (user)
        ctl_def_key(&m->def, "user", user);
    else
        ctl_def_refuse(&m->def, "user is missing.");
    if (group)
        ctl_def_key(&m->def, "group", group);
    ctl_def_check_user(&m->def, user, group);
    map_groups(m, user, group);
}

/* --- who may come ----------------------------------------------------------------------------- */

/* The addresses of only_from or no_access. What is a name cannot be judged by address. */
static void read_peers(struct xin_mapping *m, const char *attr, struct ctl_words *out)
{
    struct ctl_words given = xin_words(m->e, attr);
    for (size_t i = 0; i < given.count; i++) {
        if (ctl_net_xinetd(given.at[i], out))
            continue;
        if (strcmp(attr, "only_from") == 0)
            ctl_def_note(&m->def,
                         "only_from %s: doorward judges by address, never by name; so it is not let"
                         " in. Give its addresses.",
                         given.at[i]);
        else
            ctl_def_weak(&m->def,
                         "no_access %s: doorward judges by address, never by name. Give its"
                         " addresses.",
                         given.at[i]);
    }
}

static void map_access(struct xin_mapping *m)
{
    const struct xin_attr *only = xin_find(m->e, "only_from");
    struct ctl_words allow = {.at = NULL}, deny = {.at = NULL};
    read_peers(m, "only_from", &allow);
    read_peers(m, "no_access", &deny);
    if (m->waits && !m->builtin && (only || deny.count > 0)) {
        ctl_def_weak(&m->def, "only_from, no_access: of a wait service only the program knows the"
                              " peers (xinetd looks at the first packet alone).");
    } else {
        if (only && allow.count == 0)
            ctl_def_raw(&m->def, "deny", "0.0.0.0/0 ::/0");
        else
            ctl_def_list(&m->def, "deny", &deny);
        ctl_def_list(&m->def, "allow", &allow);
    }
    ctl_words_free(&allow);
    ctl_words_free(&deny);
}

/* xinetd asks libwrap by itself. */
static void map_libwrap(struct xin_mapping *m)
{
    bool asked = !ctl_words_have(&m->flags, "NOLIBWRAP");
    if (m->builtin ? strcmp(m->base, "udp") == 0 || strcmp(m->e->name, "tcpmux") == 0 : m->waits)
        return; /* it cannot be asked for these: print_head() says so */
#ifdef HAVE_LIBWRAP
    ctl_def_key(&m->def, "hosts_access", asked ? "yes" : "no");
#else
    if (asked)
        ctl_def_note(&m->def, "This doorward was built without libwrap: hosts.allow and hosts.deny"
                              " are not asked.");
#endif
    if (xin_first(m->e, "libwrap"))
        ctl_def_note(&m->def, "libwrap = %s: hosts.allow is asked for argv[0]; name it in args.",
                     xin_first(m->e, "libwrap"));
}

/* By `defaults`: enabled names those that are on, disabled those that are not. */
static bool switched_off(const struct xin_mapping *m, const struct xin_entry *defaults)
{
    const char *id = xin_first(m->e, "id") ? xin_first(m->e, "id") : m->e->name;
    const struct xin_attr *on = xin_find(defaults, "enabled"),
                          *off = xin_find(defaults, "disabled");
    return (on && !ctl_words_have(&on->values, id)) || (off && ctl_words_have(&off->values, id));
}

void xin_map(struct xin_entry *e, const struct xin_entry *defaults)
{
    struct xin_mapping m = {.e = e};
    char service[512] = "";
    m.type = xin_words(e, "type");
    m.flags = xin_words(e, "flags");
    ctl_def_begin(&m.def);
    ctl_def_note(&m.def, "%s:%u: service %s%s%s", e->file, e->line, e->name,
                 xin_first(e, "id") ? ", id " : "", xin_first(e, "id") ? xin_first(e, "id") : "");
    m.def.off = switched_off(&m, defaults);
    judge_kind(&m);
    name_service(&m, service, sizeof service);
    map_protocol(&m);
    if (!(m.builtin && strcmp(m.base, "tcp") == 0))
        ctl_def_key(&m.def, "wait", m.waits ? "yes" : "no");
    if (m.builtin)
        map_builtin(&m, service);
    else
        map_program(&m);
    map_user(&m);
    map_libwrap(&m);
    for (size_t i = 0; i < e->count; i++)
        xin_map_attr(&m, &e->attrs[i]);
    map_access(&m);
    ctl_def_end(&m.def, service);
}
