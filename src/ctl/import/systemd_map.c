/* ctl/import/systemd_map.c -- the sections of a socket and a service unit to keys, or to comments
 * that say why not */
#include "config.h"

#include "ctl/import/systemd.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"

/* --- [Socket]
 * ------------------------------------------------------------------------------------- */

static void map_backlog(struct sd_import *s, const char *value, const char *key)
{
    uint64_t n = 0;
    if (!value_number(value, 1, 65535, &n)) /* more than that is no limit */
        ctl_def_number(&s->def, key, (unsigned long)n);
}

static void map_count(struct sd_import *s, const char *value, const char *key)
{
    uint64_t n = 0;
    if (value_number(value, 0, 1000000, &n))
        sd_say(s, value, "no number.");
    else if (n > 0 && s->accept)
        ctl_def_number(&s->def, key, (unsigned long)n);
}

static void map_tcp_switch(struct sd_import *s, const char *value, const char *key)
{
    bool yes = false;
    if (s->tcp && !value_bool(value, &yes) && yes)
        ctl_def_key(&s->def, key, "yes");
}

static void map_ip_switch(struct sd_import *s, const char *value, const char *key)
{
    bool yes = false;
    if (!s->is_unix && !value_bool(value, &yes) && yes)
        ctl_def_key(&s->def, key, "yes");
}

static void map_device(struct sd_import *s, const char *value, const char *key)
{
    if (!s->is_unix)
        ctl_def_key(&s->def, key, value);
}

static void map_tos(struct sd_import *s, const char *value, const char *key)
{
    static const struct {
        const char *name;
        unsigned long tos;
    } names[] = {{"low-delay", 16}, {"throughput", 8}, {"reliability", 4}, {"low-cost", 2}};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i].name) == 0)
            ctl_def_number(&s->def, key, names[i].tos);
    if (!value_number(value, 0, 255, &n))
        ctl_def_number(&s->def, key, (unsigned long)n);
}

/* Burst starts in an interval: the long run is kept, in the unit in which it is a whole number. */
static void map_trigger(struct sd_import *s, const char *value, const char *key)
{
    const char *interval = unit_get(&s->socket, "Socket", "TriggerLimitIntervalSec");
    unsigned long ms = 2000, units[] = {1000, 60000, 3600000};
    uint64_t burst = 0;
    if ((interval && (!sd_time(interval, &ms) || ms == 0)) ||
        value_number(value, 1, 1000000, &burst)) {
        sd_say(s, value, "no limit that doorward could take over.");
        return;
    }
    size_t unit = 0;
    while (unit < 2 && burst * units[unit] % ms != 0)
        unit++;
    unsigned long n = (unsigned long)burst * units[unit] / ms;
    ctl_def_raw(&s->def, key, "%lu/%c burst %lu", n ? n : 1UL, "smh"[unit], (unsigned long)burst);
    sd_say(s, value, "systemd lets the unit fail there, doorward lets the clients wait.");
}

/* Allowed first, then denied: with "any" denied it is the same as an allow list. */
static void map_addresses(struct sd_import *s, const struct unit *u, const char *section)
{
    struct ctl_words allow = {.at = NULL}, deny = {.at = NULL}, in = {.at = NULL},
                     out = {.at = NULL};
    bool good = true;
    unit_words(u, section, "IPAddressAllow", &allow);
    unit_words(u, section, "IPAddressDeny", &deny);
    for (size_t i = 0; i < allow.count; i++)
        good &= ctl_net_systemd(allow.at[i], &in);
    for (size_t i = 0; i < deny.count; i++)
        good &= ctl_net_systemd(deny.at[i], &out);
    bool any = ctl_words_have(&deny, "any");
    if (deny.count == 0 || s->is_unix) {
        ; /* what is allowed was allowed anyway; paths have no addresses */
    } else if (!s->accept) {
        ctl_def_weak(&s->def, "IPAddressDeny: of a wait service only the program knows the peers.");
    } else if (!good || (!any && allow.count > 0)) {
        ctl_def_weak(&s->def,
                     "IPAddressAllow, IPAddressDeny: in doorward the longest prefix decides,"
                     " in systemd allow always wins; write allow and deny yourself.");
    } else if (any && in.count > 0) {
        ctl_def_list(&s->def, "allow", &in);
    } else {
        ctl_def_list(&s->def, "deny", &out);
    }
    ctl_words_free(&allow);
    ctl_words_free(&deny);
    ctl_words_free(&in);
    ctl_words_free(&out);
}

void sd_map_socket(struct sd_import *s)
{
    static const char ready[] = "doorward starts no commands of its own.";
    static const struct sd_row rows[] = {
        {"ListenStream", NULL, NULL},
        {"ListenDatagram", NULL, NULL},
        {"ListenSequentialPacket", NULL, NULL},
        {"ListenFIFO", NULL, NULL},
        {"ListenSpecial", NULL, NULL},
        {"ListenNetlink", NULL, NULL},
        {"ListenMessageQueue", NULL, NULL},
        {"ListenUSBFunction", NULL, NULL},
        {"Accept", NULL, NULL},
        {"Service", NULL, NULL},
        {"BindIPv6Only", NULL, NULL},
        {"SocketUser", NULL, NULL},
        {"SocketGroup", NULL, NULL},
        {"SocketMode", NULL, NULL},
        {"IPAddressAllow", NULL, NULL},
        {"IPAddressDeny", NULL, NULL},
        {"RemoveOnStop", NULL, NULL}, /* doorward always does */
        {"FileDescriptorName", NULL, NULL},
        {"TriggerLimitIntervalSec", NULL, NULL},
        {"Backlog", map_backlog, "backlog"},
        {"KeepAlive", map_tcp_switch, "keepalive"},
        {"NoDelay", map_tcp_switch, "nodelay"},
        {"FreeBind", map_ip_switch, "freebind"},
        {"ReusePort", map_ip_switch, "reuseport"},
        {"BindToDevice", map_device, "device"},
        {"IPTOS", map_tos, "tos"},
        {"ReceiveBuffer", sd_size_key, "recvbuf"},
        {"SendBuffer", sd_size_key, "sndbuf"},
        {"MaxConnections", map_count, "accept_max"},
        {"MaxConnectionsPerSource", map_count, "source_max"},
        {"TriggerLimitBurst", map_trigger, "service_max"},
        {"DirectoryMode", sd_say, "doorward makes no folders: let tmpfiles.d make it."},
        {"Symlinks", sd_say, "doorward makes none: let tmpfiles.d make them."},
        {"ExecStartPre", sd_say, ready},
        {"ExecStartPost", sd_say, ready},
        {"ExecStopPre", sd_say, ready},
        {"ExecStopPost", sd_say, ready},
        {"PassCredentials", sd_say, "the peer's credentials are in UNIXREMOTEEUID and so on."},
        {"SELinuxContextFromNet", sd_say_weak, "doorward sets no SELinux context."},
    };
    sd_map_rows(s, &s->socket, "Socket", rows, sizeof rows / sizeof rows[0]);
    if (unit_get(&s->socket, "Socket", "IPAddressDeny"))
        map_addresses(s, &s->socket, "Socket");
    else
        map_addresses(s, &s->service, "Service");
}

/* --- [Service]: the program
 * ----------------------------------------------------------------------- */

static bool is_socket(const struct sd_import *s, const char *key)
{
    const char *value = unit_get(&s->service, "Service", key);
    return value && strcmp(value, "socket") == 0;
}

static bool needs_shell(const struct ctl_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (strpbrk(words->at[i], "$%"))
            return true;
    return false;
}

/* The prefixes of ExecStart=: "-" and ":" mean nothing here, the others are privileges. */
static const char *skip_prefixes(struct sd_import *s, const char *text)
{
    for (; *text && strchr("-@:+!|", *text); text++)
        if (*text == '@')
            ctl_def_note(&s->def, "ExecStart=@: the second word is argv[0], see args.");
        else if (*text == '+' || *text == '!')
            ctl_def_note(&s->def, "ExecStart=%c: doorward runs it as its user, no more.", *text);
    return text;
}

/*
 * A program that does not take the socket as stdin expects it as descriptor 3, with LISTEN_FDS and
 * its own pid in the environment: sh arranges that and becomes the program.
 */
static void put_args(struct sd_import *s, const char *path, const struct ctl_words *argv)
{
    static const char arrange[] = "exec 3<&0 </dev/null >&2; export LISTEN_FDS=1 LISTEN_PID=$$;"
                                  " exec \"$0\" \"$@\"";
    struct ctl_words args = {.at = NULL};
    bool by_stdin = is_socket(s, "StandardInput");
    ctl_def_key(&s->def, "exec", by_stdin ? path : "/bin/sh");
    if (!by_stdin) {
        ctl_words_add(&args, "sh", 2);
        ctl_words_add(&args, "-c", 2);
        ctl_words_add(&args, arrange, strlen(arrange));
        ctl_words_add(&args, path, strlen(path));
    } else if (argv->count > 1 || argv->at[0][0] != '/') {
        const char *slash = strrchr(argv->at[0], '/');
        const char *name = slash ? slash + 1 : argv->at[0];
        ctl_words_add(&args, name, strlen(name));
    }
    for (size_t i = 1; i < argv->count; i++)
        ctl_words_add(&args, argv->at[i], strlen(argv->at[i]));
    ctl_def_list(&s->def, "args", &args);
    ctl_words_free(&args);
}

static void map_exec(struct sd_import *s)
{
    const char *start = unit_get(&s->service, "Service", "ExecStart");
    struct ctl_words argv = {.at = NULL};
    if (start)
        (void)unit_split(skip_prefixes(s, start), &argv); /* half a quote is what it is */
    if (argv.count == 0) {
        ctl_def_refuse(&s->def, "ExecStart is missing.");
        return;
    }
    if (needs_shell(&argv))
        ctl_def_refuse(&s->def, "ExecStart=%s: doorward expands neither variables nor specifiers.",
                       start);
    char *path = ctl_find_program(argv.at[0]);
    if (path)
        put_args(s, path, &argv);
    else
        ctl_def_refuse(&s->def, "ExecStart=%s: the program is not in the usual folders.", start);
    free(path);
    ctl_words_free(&argv);
}

/* Standard error: where the socket is stdin it goes to the client unless told otherwise; where it
 * is descriptor 3, to the journal. */
static void map_stderr(struct sd_import *s)
{
    const char *value = unit_get(&s->service, "Service", "StandardError");
    bool by_stdin = is_socket(s, "StandardInput");
    if (value && strcmp(value, "null") == 0)
        ctl_def_key(&s->def, "stderr", "null");
    else if (!by_stdin || (value && strcmp(value, "socket") != 0 && strcmp(value, "inherit") != 0))
        ctl_def_key(&s->def, "stderr", "log");
}

static void map_user(struct sd_import *s)
{
    const char *user = unit_get(&s->service, "Service", "User");
    const char *group = unit_get(&s->service, "Service", "Group");
    if (unit_yes(&s->service, "Service", "DynamicUser", false)) {
        ctl_def_refuse(&s->def, "DynamicUser: doorward makes no users; make one, and name it.");
        return;
    }
    ctl_def_key(&s->def, "user", user ? user : "root");
    if (group)
        ctl_def_key(&s->def, "group", group);
    ctl_def_check_user(&s->def, user, group);
}

/* --- [Service]: the rest
 * -------------------------------------------------------------------------- */

static void map_directory(struct sd_import *s, const char *value, const char *key)
{
    value += *value == '-';
    if (*value == '/')
        ctl_def_key(&s->def, key, value);
    else
        sd_say(s, value, "write the path: doorward knows no ~ here.");
}

static void map_environment(struct sd_import *s, const char *value, const char *key)
{
    struct ctl_words all = {.at = NULL};
    (void)value;
    unit_words(&s->service, "Service", strcmp(key, "env") == 0 ? "Environment" : "PassEnvironment",
               &all);
    ctl_def_list(&s->def, key, &all);
    ctl_words_free(&all);
}

static void map_groups(struct sd_import *s, const char *value, const char *key)
{
    struct ctl_words all = {.at = NULL};
    (void)value;
    unit_words(&s->service, "Service", "SupplementaryGroups", &all);
    ctl_def_list(&s->def, key, &all);
    for (size_t i = 0; i < all.count; i++)
        ctl_def_check_user(&s->def, NULL, all.at[i]);
    ctl_words_free(&all);
}

static void map_timeout(struct sd_import *s, const char *value, const char *key)
{
    unsigned long ms = 0;
    if (sd_time(value, &ms) && ms > 0)
        ctl_def_raw(&s->def, key, ms % 1000 ? "%lums" : "%lus", ms % 1000 ? ms : ms / 1000);
}

/* SOFT[:HARD] */
static void map_limit(struct sd_import *s, const char *value, const char *key)
{
    char soft[64], hard[64], part[64];
    const char *colon = strchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : strlen(value);
    if (!text_fits(part, sizeof part, "%.*s", (int)len, value) ||
        !sd_size(part, soft, sizeof soft) || (colon && !sd_size(colon + 1, hard, sizeof hard)))
        sd_say(s, value, "write it as a number.");
    else
        ctl_def_raw(&s->def, key, "%s%s%s", soft, colon ? ":" : "", colon ? hard : "");
}

void sd_map_service(struct sd_import *s)
{
    static const char cgroup[] = "doorward manages no cgroups.";
    static const struct sd_row rows[] = {
        {"ExecStart", NULL, NULL},
        {"User", NULL, NULL},
        {"Group", NULL, NULL},
        {"DynamicUser", NULL, NULL},
        {"StandardInput", NULL, NULL},
        {"StandardError", NULL, NULL},
        {"StandardOutput", NULL, NULL},
        {"IPAddressAllow", NULL, NULL},
        {"IPAddressDeny", NULL, NULL},
        {"SupplementaryGroups", map_groups, "groups"},
        {"WorkingDirectory", map_directory, "directory"},
        {"RootDirectory", map_directory, "chroot"},
        {"Environment", map_environment, "env"},
        {"PassEnvironment", map_environment, "pass_env"},
        {"EnvironmentFile", sd_say, "write its variables as env."},
        {"UMask", sd_word, "umask"},
        {"Nice", sd_word, "nice"},
        {"RuntimeMaxSec", map_timeout, "timeout"},
        {"LimitAS", map_limit, "rlimit_as"},
        {"LimitCORE", map_limit, "rlimit_core"},
        {"LimitCPU", map_limit, "rlimit_cpu"},
        {"LimitDATA", map_limit, "rlimit_data"},
        {"LimitFSIZE", map_limit, "rlimit_fsize"},
        {"LimitMEMLOCK", map_limit, "rlimit_memlock"},
        {"LimitNOFILE", map_limit, "rlimit_nofile"},
        {"LimitNPROC", map_limit, "rlimit_nproc"},
        {"LimitRSS", map_limit, "rlimit_rss"},
        {"LimitSTACK", map_limit, "rlimit_stack"},
        {"Type", sd_say, "a handler is ready when it runs."},
        {"Restart", sd_say, "the next client starts the next handler."},
        {"ExecStartPre", sd_say, "doorward starts no commands of its own."},
        {"ExecReload", sd_say, "a handler is started anew for each client."},
        {"MemoryMax", sd_say, cgroup},
        {"TasksMax", sd_say, cgroup},
        {"CPUQuota", sd_say, cgroup},
        {"Slice", sd_say, cgroup},
        {"KillMode", sd_say, "doorward leaves running handlers alone when it stops."},
    };
    map_exec(s);
    map_user(s);
    map_stderr(s);
    sd_map_rows(s, &s->service, "Service", rows, sizeof rows / sizeof rows[0]);
}
