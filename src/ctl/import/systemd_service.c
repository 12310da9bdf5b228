/* ctl/import/systemd_service.c -- the section [Service] to keys, or to comments that say why not */
#include "config.h"

#include "ctl/import/systemd_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"

/* --- the program ------------------------------------------------------------------- */

static bool is_socket(const struct sysd_import *s, const char *key)
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
static const char *skip_prefixes(struct sysd_import *s, const char *text)
{
    for (; *text && strchr("-@:+!|", *text); text++)
        if (*text == '@')
            ctl_def_note(&s->def, "ExecStart=@: the second word is argv[0], see args.");
        else if (*text == '+' || *text == '!')
            ctl_def_note(&s->def, "ExecStart=%c: doorward runs it as its user, no more.", *text);
    return text;
}

/* A program that does not take the socket as stdin expects it as descriptor 3, with LISTEN_FDS and
 * its own pid in the environment: sh arranges that and becomes the program. */
static void put_args(struct sysd_import *s, const char *path, const struct ctl_words *argv)
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

static void map_exec(struct sysd_import *s)
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
static void map_stderr(struct sysd_import *s)
{
    const char *value = unit_get(&s->service, "Service", "StandardError");
    bool by_stdin = is_socket(s, "StandardInput");
    if (value && strcmp(value, "null") == 0)
        ctl_def_key(&s->def, "stderr", "null");
    else if (!by_stdin || (value && strcmp(value, "socket") != 0 && strcmp(value, "inherit") != 0))
        ctl_def_key(&s->def, "stderr", "log");
}

static void map_user(struct sysd_import *s)
{
    const char *user = unit_get(&s->service, "Service", "User");
    const char *group = unit_get(&s->service, "Service", "Group");
    if (unit_yes(&s->service, "Service", "DynamicUser")) {
        ctl_def_refuse(&s->def, "DynamicUser: doorward makes no users; make one, and name it.");
        return;
    }
    ctl_def_key(&s->def, "user", user ? user : "root");
    if (group)
        ctl_def_key(&s->def, "group", group);
    ctl_def_check_user(&s->def, user, group);
}

/* --- the rest ---------------------------------------------------------------------- */

static void map_directory(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    value += *value == '-';
    if (*value == '/')
        ctl_def_key(&s->def, row->key, value);
    else
        ctl_def_note(&s->def, "%s=%s: write the path: doorward knows no ~ here.", row->name, value);
}

static void map_environment(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    struct ctl_words all = {.at = NULL};
    (void)value;
    unit_words(&s->service, "Service",
               strcmp(row->key, "env") == 0 ? "Environment" : "PassEnvironment", &all);
    ctl_def_list(&s->def, row->key, &all);
    ctl_words_free(&all);
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

/* SOFT[:HARD] */
static void map_limit(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    char soft[64], hard[64], part[64];
    const char *colon = strchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : strlen(value);
    if (!text_fits(part, sizeof part, "%.*s", (int)len, value) ||
        !sysd_size(part, soft, sizeof soft) || (colon && !sysd_size(colon + 1, hard, sizeof hard)))
        ctl_def_note(&s->def, "%s=%s: write it as a number.", row->name, value);
    else
        ctl_def_raw(&s->def, row->key, "%s%s%s", soft, colon ? ":" : "", colon ? hard : "");
}

void sysd_map_service(struct sysd_import *s)
{
    static const char cgroup[] = "doorward manages no cgroups.";
    static const struct sysd_row rows[] = {
        {.name = "ExecStart"},
        {.name = "User"},
        {.name = "Group"},
        {.name = "DynamicUser"},
        {.name = "StandardInput"},
        {.name = "StandardError"},
        {.name = "StandardOutput"},
        {.name = "IPAddressAllow"},
        {.name = "IPAddressDeny"},
        {.name = "SupplementaryGroups", .map = map_groups, .key = "groups"},
        {.name = "WorkingDirectory", .map = map_directory, .key = "directory"},
        {.name = "RootDirectory", .map = map_directory, .key = "chroot"},
        {.name = "Environment", .map = map_environment, .key = "env"},
        {.name = "PassEnvironment", .map = map_environment, .key = "pass_env"},
        {.name = "EnvironmentFile", .map = sysd_say, .why = "write its variables as env."},
        {.name = "UMask", .map = sysd_word, .key = "umask"},
        {.name = "Nice", .map = sysd_word, .key = "nice"},
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
        {.name = "Type", .map = sysd_say, .why = "a handler is ready when it runs."},
        {.name = "Restart", .map = sysd_say, .why = "the next client starts the next handler."},
        {.name = "ExecStartPre", .map = sysd_say, .why = "doorward starts no commands of its own."},
        {.name = "ExecReload",
         .map = sysd_say,
         .why = "a handler is started anew for each client."},
        {.name = "MemoryMax", .map = sysd_say, .why = cgroup},
        {.name = "TasksMax", .map = sysd_say, .why = cgroup},
        {.name = "CPUQuota", .map = sysd_say, .why = cgroup},
        {.name = "Slice", .map = sysd_say, .why = cgroup},
        {.name = "KillMode",
         .map = sysd_say,
         .why = "doorward leaves running handlers alone when it stops."},
    };
    map_exec(s);
    map_user(s);
    map_stderr(s);
    sysd_map_rows(s, &s->service, "Service", rows, sizeof rows / sizeof rows[0]);
}
