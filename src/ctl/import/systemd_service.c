/* ctl/import/systemd_service.c -- the section [Service] to keys, or to comments that say why not */
#include "config.h"

#include "ctl/import/systemd_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "base/value.h"
#include "ctl/import/systemd_cage.h"
#include "ctl/import/systemd_exec.h"

static void map_user(struct sysd_import *s)
{
    const char *user = unit_get(&s->service, "Service", "User");
    const char *group = unit_get(&s->service, "Service", "Group");
    if (unit_yes(&s->service, "Service", "DynamicUser")) {
        ctl_def_refuse(&s->def, "DynamicUser: doorward makes no users; make one, and name it.");
        return;
    }
    if (!user && strstr(s->socket.path, "/systemd/user/")) {
        ctl_def_refuse(&s->def, "A unit of a user's runs as that user: name him.");
        return;
    }
    ctl_def_key(&s->def, "user", user ? user : "root");
    if (group)
        ctl_def_key(&s->def, "group", group);
    ctl_def_check_user(&s->def, user, group);
}

static void map_directory(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    value += *value == '-';
    if (*value == '/')
        ctl_def_key(&s->def, row->key, value);
    else
        ctl_def_note(&s->def, "%s=%s: write the path: doorward knows no ~ here.", row->name, value);
}

static void map_pass(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    struct ctl_words all = {.at = NULL}, good = {.at = NULL};
    (void)value;
    unit_words(&s->service, "Service", "PassEnvironment", &all);
    for (size_t i = 0; i < all.count; i++)
        if (unit_is_name(all.at[i], strlen(all.at[i])))
            ctl_words_add(&good, all.at[i], strlen(all.at[i]));
    ctl_def_list(&s->def, row->key, &good);
    ctl_words_free(&all);
    ctl_words_free(&good);
}

static void map_nice(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    int64_t n = 0;
    if (!value_signed(value, -20, 19, &n))
        ctl_def_raw(&s->def, row->key, "%ld", (long)n);
    else
        ctl_def_note(&s->def, "%s=%s: not from -20 to 19.", row->name, value);
}

/* Behind the back of whoever started it such a program goes on. */
static void map_type(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (strcmp(value, "forking") == 0)
        ctl_def_weak(&s->def,
                     "%s=forking: doorward would take the end of the program for the end of"
                     " the daemon, and start another one.",
                     row->name);
    else if (strcmp(value, "simple") != 0)
        ctl_def_note(&s->def, "%s=%s: a handler is ready when it runs.", row->name, value);
}

static void map_groups(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    struct ctl_words all = {.at = NULL};
    (void)value;
    unit_words(&s->service, "Service", "SupplementaryGroups", &all);
    ctl_def_list(&s->def, row->key, &all);
    for (size_t i = 0; i < all.count; i++)
        ctl_def_check_user(&s->def, NULL, all.at[i]);
    ctl_words_free(&all);
}

static void map_timeout(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    unsigned long ms = 0;
    if (sysd_time(value, &ms) && ms > 0)
        ctl_def_raw(&s->def, row->key, ms % 1000 ? "%lums" : "%lus", ms % 1000 ? ms : ms / 1000);
}

/* Whoever ends a handler, it is the timeout. */
static void map_signal(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (!unit_get(&s->service, "Service", "RuntimeMaxSec"))
        ctl_def_note(&s->def, "%s=%s: doorward leaves running handlers alone when it stops.",
                     row->name, value);
    else if (signal_number(value) > 0)
        ctl_def_key(&s->def, row->key, value);
    else
        ctl_def_note(&s->def, "%s=%s: write the signal's name.", row->name, value);
}

static bool is_above(const char *soft, const char *hard)
{
    uint64_t a = UINT64_MAX, b = UINT64_MAX; /* unlimited */
    (void)value_size(soft, INT64_MAX, &a);
    (void)value_size(hard, INT64_MAX, &b);
    return a > b;
}

/* SOFT[:HARD] */
static void map_limit(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    char soft[64], hard[64], part[64];
    const char *colon = strchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : strlen(value);
    if (!text_fits(part, sizeof part, "%.*s", (int)len, value) ||
        !sysd_size(part, soft, sizeof soft) ||
        !sysd_size(colon ? colon + 1 : part, hard, sizeof hard) || is_above(soft, hard))
        ctl_def_weak(&s->def, "%s=%s: write it as a number.", row->name, value);
    else
        ctl_def_raw(&s->def, row->key, "%s%s%s", soft, colon ? ":" : "", colon ? hard : "");
}

static const char cgroup[] = "doorward manages no cgroups.";
static const char none[] = "doorward has no equivalent.";
/* What is not here may protect, as No..., Private..., Protect..., Restrict... and SystemCall...
 * do: it makes the definition off, unless it says no. */
static const struct sysd_row rows[] = {
    {.name = "ExecStart", .key = "exec"},
    {.name = "User", .key = "user"},
    {.name = "Group", .key = "group"},
    {.name = "DynamicUser"},
    {.name = "StandardInput", .key = "handoff"},
    {.name = "StandardError", .key = "stderr"},
    {.name = "StandardOutput", .key = "stdout"},
    {.name = "Sockets"},
    {.name = "Environment", .key = "env"},
    {.name = "EnvironmentFile", .key = "env"},
    {.name = "SupplementaryGroups", .map = map_groups, .key = "groups"},
    {.name = "WorkingDirectory", .map = map_directory, .key = "directory"},
    {.name = "RootDirectory", .map = map_directory, .key = "chroot"},
    {.name = "PassEnvironment", .map = map_pass, .key = "pass_env"},
    {.name = "UMask", .map = sysd_mode_key, .key = "umask"},
    {.name = "Nice", .map = map_nice, .key = "nice"},
    {.name = "RuntimeMaxSec", .map = map_timeout, .key = "timeout"},
    {.name = "LimitAS", .map = map_limit, .key = "rlimit_as"},
    {.name = "LimitCORE", .map = map_limit, .key = "rlimit_core"},
    {.name = "LimitCPU", .map = map_limit, .key = "rlimit_cpu"},
    {.name = "LimitDATA", .map = map_limit, .key = "rlimit_data"},
    {.name = "LimitFSIZE", .map = map_limit, .key = "rlimit_fsize"},
    {.name = "LimitMEMLOCK", .map = map_limit, .key = "rlimit_memlock"},
    {.name = "LimitNOFILE", .map = map_limit, .key = "rlimit_nofile"},
    {.name = "LimitNPROC", .map = map_limit, .key = "rlimit_nproc"},
    {.name = "LimitRSS", .map = map_limit, .key = "rlimit_rss"},
    {.name = "LimitSTACK", .map = map_limit, .key = "rlimit_stack"},
    {.name = "NoNewPrivileges", .map = cage_switch, .key = "no_new_privs"},
    {.name = "CapabilityBoundingSet", .map = cage_caps, .key = "capabilities"},
    {.name = "PrivateTmp", .map = cage_tmp, .key = "private_tmp"},
    {.name = "PrivateNetwork", .map = cage_switch, .key = "private_network"},
    {.name = "PrivateIPC", .map = cage_switch, .key = "private_ipc"},
    {.name = "PrivatePIDs", .map = cage_switch, .key = "private_pids"},
    {.name = "ProtectSystem", .map = cage_system, .key = "writable"},
    {.name = "ReadWritePaths", .key = "writable"},
    {.name = "RestrictAddressFamilies", .map = cage_families, .key = "connect"},
    {.name = "SystemCallFilter", .map = cage_calls, .key = "system_calls"},
    {.name = "SystemCallErrorNumber", .key = "system_calls"},
    {.name = "KeyringMode", .map = cage_keyring, .key = "private_keyring"},
    {.name = "SELinuxContext", .map = cage_label, .key = "selinux_label"},
    {.name = "AppArmorProfile", .map = cage_label, .key = "apparmor_profile"},
    {.name = "Type", .map = map_type},
    {.name = "Restart", .map = sysd_say, .why = "the next client starts the next handler."},
    {.name = "RestartSec", .map = sysd_say, .why = "the next client starts the next handler."},
    {.name = "RestartSteps", .map = sysd_say, .why = "the next client starts the next handler."},
    {.name = "RestartMaxDelaySec",
     .map = sysd_say,
     .why = "the next client starts the next handler."},
    {.name = "StartLimitBurst", .map = sysd_say, .why = "the next client starts the next handler."},
    {.name = "StartLimitIntervalSec",
     .map = sysd_say,
     .why = "the next client starts the next handler."},
    {.name = "ExecStartPre",
     .map = sysd_say_weak,
     .why = "doorward starts no commands of its own."},
    {.name = "ExecStartPost",
     .map = sysd_say_weak,
     .why = "doorward starts no commands of its own."},
    {.name = "ExecCondition",
     .map = sysd_say_weak,
     .why = "doorward starts no commands of its own."},
    {.name = "ExecReload", .map = sysd_say, .why = "a handler is started anew for each client."},
    {.name = "ExecStop", .map = sysd_say, .why = "a handler is started anew for each client."},
    {.name = "ExecStopPost", .map = sysd_say, .why = "a handler is started anew for each client."},
    {.name = "MemoryMax", .map = sysd_say_weak, .why = cgroup},
    {.name = "MemoryHigh", .map = sysd_say_weak, .why = cgroup},
    {.name = "MemoryLimit", .map = sysd_say_weak, .why = cgroup},
    {.name = "MemorySwapMax", .map = sysd_say_weak, .why = cgroup},
    {.name = "TasksMax", .map = sysd_say_weak, .why = cgroup},
    {.name = "CPUQuota", .map = sysd_say_weak, .why = cgroup},
    {.name = "IOReadBandwidthMax", .map = sysd_say_weak, .why = cgroup},
    {.name = "IOWriteBandwidthMax", .map = sysd_say_weak, .why = cgroup},
    {.name = "DevicePolicy", .map = sysd_say_weak, .why = cgroup},
    {.name = "DeviceAllow", .map = sysd_say_weak, .why = cgroup},
    {.name = "Slice", .map = sysd_say, .why = cgroup},
    {.name = "CPUWeight", .map = sysd_say, .why = cgroup},
    {.name = "IOWeight", .map = sysd_say, .why = cgroup},
    {.name = "CPUShares", .map = sysd_say, .why = cgroup},
    {.name = "Delegate", .map = sysd_say, .why = cgroup},
    {.name = "MemoryAccounting", .map = sysd_say, .why = cgroup},
    {.name = "CPUAccounting", .map = sysd_say, .why = cgroup},
    {.name = "IOAccounting", .map = sysd_say, .why = cgroup},
    {.name = "TasksAccounting", .map = sysd_say, .why = cgroup},
    {.name = "IPAccounting", .map = sysd_say, .why = cgroup},
    {.name = "KillMode",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "KillSignal", .map = map_signal, .key = "timeout_signal"},
    {.name = "SendSIGKILL",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "SendSIGHUP",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "TimeoutSec",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "TimeoutStartSec",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "TimeoutStopSec",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "FinalKillSignal",
     .map = sysd_say,
     .why = "doorward leaves running handlers alone when it stops."},
    {.name = "RemainAfterExit", .map = sysd_say, .why = none},
    {.name = "PIDFile", .map = sysd_say, .why = none},
    {.name = "BusName", .map = sysd_say, .why = none},
    {.name = "NotifyAccess", .map = sysd_say, .why = none},
    {.name = "WatchdogSec", .map = sysd_say, .why = none},
    {.name = "SuccessExitStatus", .map = sysd_say, .why = none},
    {.name = "GuessMainPID", .map = sysd_say, .why = none},
    {.name = "SyslogIdentifier", .map = sysd_say, .why = none},
    {.name = "SyslogFacility", .map = sysd_say, .why = none},
    {.name = "SyslogLevel", .map = sysd_say, .why = none},
    {.name = "SyslogLevelPrefix", .map = sysd_say, .why = none},
    {.name = "LogLevelMax", .map = sysd_say, .why = none},
    {.name = "IgnoreSIGPIPE", .map = sysd_say, .why = none},
    {.name = "UtmpIdentifier", .map = sysd_say, .why = none},
    {.name = "UtmpMode", .map = sysd_say, .why = none},
    {.name = "TTYPath", .map = sysd_say, .why = none},
    {.name = "TTYReset", .map = sysd_say, .why = none},
    {.name = "TTYVHangup", .map = sysd_say, .why = none},
    {.name = "TTYVTDisallocate", .map = sysd_say, .why = none},
    {.name = "NonBlocking", .map = sysd_say, .why = none},
    {.name = "OOMScoreAdjust", .map = sysd_say, .why = none},
    {.name = "OOMPolicy", .map = sysd_say, .why = none},
    {.name = "CPUSchedulingPolicy", .map = sysd_say, .why = none},
    {.name = "CPUSchedulingPriority", .map = sysd_say, .why = none},
    {.name = "IOSchedulingClass", .map = sysd_say, .why = none},
    {.name = "IOSchedulingPriority", .map = sysd_say, .why = none},
    {.name = "RuntimeDirectory", .map = sysd_say, .why = none},
    {.name = "RuntimeDirectoryMode", .map = sysd_say, .why = none},
    {.name = "StateDirectory", .map = sysd_say, .why = none},
    {.name = "StateDirectoryMode", .map = sysd_say, .why = none},
    {.name = "CacheDirectory", .map = sysd_say, .why = none},
    {.name = "LogsDirectory", .map = sysd_say, .why = none},
    {.name = "ConfigurationDirectory", .map = sysd_say, .why = none},
    {.name = "FileDescriptorStoreMax", .map = sysd_say, .why = none},
    {.name = "IPAddressAllow",
     .map = sysd_say_weak,
     .why = "doorward does not look at what a handler connects to."},
    {.name = "IPAddressDeny",
     .map = sysd_say_weak,
     .why = "doorward does not look at what a handler connects to."},
};

void sysd_map_service(struct sysd_import *s)
{
    sysd_map_exec(s);
    map_user(s);
    sysd_map_rows(s, &s->service, "Service", rows, sizeof rows / sizeof rows[0]);
}
