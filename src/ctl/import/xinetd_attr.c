/* ctl/import/xinetd_attr.c -- attributes of xinetd.conf(5) to keys, or to comments that say why
 * not */
#include "config.h"

#include "ctl/import/xinetd_attr.h"

#include <string.h>
#include <strings.h>

#include "base/value.h"
#include "ctl/import/xinetd_value.h"

/* All values in a row, for a comment. */
static const char *all(const struct xin_attr *a, char *room, size_t size)
{
    struct text t;
    text_init(&t, room, size);
    for (size_t i = 0; i < a->values.count; i++)
        text_add(&t, "%s%s", i ? " " : "", a->values.at[i]);
    text_mark_cut(&t);
    return room;
}

/* --- attributes of one key -------------------------------------------------------------------- */

/* 0 is "nobody" in xinetd and "no limit" in doorward, whose numbers end at a million. */
static void map_count(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    int64_t n = 0;
    bool none = strcasecmp(a->values.at[0], "UNLIMITED") == 0;
    if (!none && xin_number(a->values.at[0], &n) && n == 0)
        ctl_def_weak(&m->def, "%s = 0: nobody is let in.", row->name);
    else if (!(m->waits && !m->builtin && strcmp(row->key, "source_max") == 0))
        ctl_def_number(&m->def, row->key, (unsigned long)(n > 1000000 ? 1000000 : n));
}

/* 0 is no limit in both. */
static void map_cps(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    int64_t n = 0;
    if (xin_number(a->values.at[0], &n) && n > 0)
        ctl_def_raw(&m->def, row->key, "%ld/s", (long)(n > 1000000 ? 1000000 : n));
}

/* nice(2) counts from where it is and stops at the ends; with less than root it goes up only. */
static void map_nice(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    const char *user = xin_first(m->e, "user");
    bool root = user && (strcmp(user, "root") == 0 || strcmp(user, "0") == 0);
    int64_t n = 0;
    (void)xin_number(a->values.at[0], &n); /* it was good */
    if (n < 0 && !root)
        ctl_def_note(&m->def, "nice = %ld: as \"%s\" it has no effect.", (long)n,
                     user ? user : "-");
    else
        ctl_def_raw(&m->def, row->key, "%ld", (long)(n < -20 ? -20 : n > 19 ? 19 : n));
}

static void map_umask(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    unsigned mode = 0;
    (void)value_mode(a->values.at[0], &mode); /* it was good */
    ctl_def_raw(&m->def, row->key, "%03o", mode);
}

/* 0 sets none. */
static void map_limit(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    const char *value = a->values.at[0];
    uint64_t n = 0;
    if (strcasecmp(value, "UNLIMITED") == 0)
        ctl_def_key(&m->def, row->key, "unlimited");
    else if (!value_size(value, INT64_MAX, &n) && n > 0)
        ctl_def_key(&m->def, row->key, value);
}

/* xinetd knows no quotes, so they are a part of the name, which a shell would not take. */
static bool is_name(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return len > 0 && strspn(text, letters) >= len && (*text < '0' || *text > '9');
}

static void map_env(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    struct ctl_words good = {.at = NULL};
    for (size_t i = 0; i < a->values.count; i++) {
        const char *word = a->values.at[i];
        if (is_name(word, strcspn(word, "=")))
            ctl_words_add(&good, word, strlen(word));
        else
            ctl_def_weak(&m->def, "%s %s: that is no name of a variable.", row->name, word);
    }
    ctl_def_list(&m->def, row->key, &good);
    ctl_words_free(&good);
}

static void say(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    char room[512];
    ctl_def_note(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), row->why);
}

static void say_weak(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    char room[512];
    ctl_def_weak(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), row->why);
}

static void map_success(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    say(m, a, row);
    if (ctl_words_have(&a->values, "TRAFFIC") && !xin_find(m->e, "redirect"))
        ctl_def_weak(&m->def, "log_on_success TRAFFIC: xinetd takes it with redirect only.");
}

/* Of two lines the first one counts in xinetd; here a yes does. */
static void map_disable(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    (void)row;
    m->def.off |= ctl_words_have(&a->values, "yes");
}

static void map_flags(struct xin_mapping *m, const struct xin_attr *a, const struct xin_row *row)
{
    static const struct {
        const char *name;
        void (*how)(struct ctl_def *d, const char *fmt, ...);
        const char *why; /* NULL: mapped, or without effect here too */
    } known[] = {
        {"INTERCEPT", ctl_def_weak,
         "flag INTERCEPT: doorward stands in no connection; let the program look at its peers."},
        {"NORETRY", ctl_def_note, "flag NORETRY: a failed fork is tried again, with pauses."},
        {"IDONLY", ctl_def_weak, "flag IDONLY: doorward asks no ident server."},
        {"SENSOR", ctl_def_refuse,
         "flag SENSOR: doorward keeps no list of offenders; fail2ban does, from the log."},
        {"LABELED", ctl_def_weak, "flag LABELED: doorward sets no SELinux context."},
        {"NAMEINARGS", NULL, NULL},
        {"NODELAY", NULL, NULL},
        {"KEEPALIVE", NULL, NULL},
        {"NOLIBWRAP", NULL, NULL},
        {"IPv4", NULL, NULL},
        {"IPv6", NULL, NULL},
        {"REUSE", NULL, NULL},
    };
    (void)row;
    for (size_t i = 0; i < a->values.count; i++) {
        size_t j = 0;
        while (j < sizeof known / sizeof known[0] &&
               strcasecmp(known[j].name, a->values.at[i]) != 0)
            j++;
        if (j == sizeof known / sizeof known[0])
            ; /* it was no good value */
        else if (known[j].why)
            known[j].how(&m->def, "%s", known[j].why);
    }
    if (strcmp(m->base, "tcp") == 0 && ctl_words_have(&a->values, "NODELAY"))
        ctl_def_key(&m->def, "nodelay", "yes");
    if (strcmp(m->base, "tcp") == 0 && ctl_words_have(&a->values, "KEEPALIVE"))
        ctl_def_key(&m->def, "keepalive", "yes");
}

#define ONE_LOG "doorward has one log for all, see doorward(8); option -l adds accepts and exits."
#define BANNER  "doorward sends nothing of its own; a handler in sh can print it first."

static const struct xin_row rows[] = {
    {.name = "id", .takes = XIN_ONE},
    {.name = "type", .good = xin_good_type},
    {.name = "flags", .good = xin_good_flags, .map = map_flags},
    {.name = "disable", .takes = XIN_ONE, .good = xin_good_switch, .map = map_disable},
    {.name = "socket_type", .takes = XIN_ONE, .good = xin_good_socket, .key = "socktype"},
    {.name = "protocol", .takes = XIN_ONE, .key = "protocol"},
    {.name = "wait", .takes = XIN_ONE, .good = xin_good_switch, .key = "wait"},
    {.name = "user", .takes = XIN_ONE, .key = "user"},
    {.name = "group", .takes = XIN_ONE, .key = "group"},
    {.name = "groups",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_switch,
     .key = "groups"},
    {.name = "server", .takes = XIN_ONE, .key = "exec"},
    {.name = "server_args", .key = "args"},
    {.name = "redirect", .takes = XIN_TWO},
    {.name = "port", .takes = XIN_ONE, .good = xin_good_port},
    {.name = "rpc_version", .takes = XIN_ONE, .good = xin_good_version},
    {.name = "rpc_number", .takes = XIN_ONE, .good = xin_good_number},
    {.name = "v6only",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_switch,
     .key = "protocol"},
    {.name = "libwrap", .takes = XIN_ONE, .key = "hosts_access"},
    {.name = "only_from",
     .takes = XIN_SET,
     .in_defaults = true,
     .good = xin_good_peers,
     .key = "allow"},
    {.name = "no_access",
     .takes = XIN_SET,
     .in_defaults = true,
     .good = xin_good_peers,
     .key = "deny"},
    {.name = "bind", .takes = XIN_ONE, .in_defaults = true, .key = "bind"},
    {.name = "interface", .takes = XIN_ONE, .in_defaults = true, .key = "bind"},
    {.name = "instances",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_count,
     .map = map_count,
     .key = "accept_max"},
    {.name = "per_source",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_count,
     .map = map_count,
     .key = "source_max"},
    {.name = "cps",
     .takes = XIN_TWO,
     .in_defaults = true,
     .good = xin_good_cps,
     .map = map_cps,
     .key = "service_max"},
    {.name = "nice",
     .takes = XIN_ONE,
     .good = xin_good_number,
     .map = map_nice,
     .key = "nice",
     .program = true},
    {.name = "umask",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_mask,
     .map = map_umask,
     .key = "umask",
     .program = true},
    {.name = "env",
     .takes = XIN_SET,
     .good = xin_good_env,
     .map = map_env,
     .key = "env",
     .program = true},
    {.name = "passenv",
     .takes = XIN_SET,
     .in_defaults = true,
     .map = map_env,
     .key = "pass_env",
     .program = true},
    {.name = "rlimit_as",
     .takes = XIN_ONE,
     .good = xin_good_size,
     .map = map_limit,
     .key = "rlimit_as",
     .program = true},
    {.name = "rlimit_data",
     .takes = XIN_ONE,
     .good = xin_good_size,
     .map = map_limit,
     .key = "rlimit_data",
     .program = true},
    {.name = "rlimit_rss",
     .takes = XIN_ONE,
     .good = xin_good_size,
     .map = map_limit,
     .key = "rlimit_rss",
     .program = true},
    {.name = "rlimit_stack",
     .takes = XIN_ONE,
     .good = xin_good_size,
     .map = map_limit,
     .key = "rlimit_stack",
     .program = true},
    {.name = "rlimit_cpu",
     .takes = XIN_ONE,
     .good = xin_good_count,
     .map = map_limit,
     .key = "rlimit_cpu",
     .program = true},
    {.name = "rlimit_files",
     .takes = XIN_ONE,
     .good = xin_good_size,
     .map = map_limit,
     .key = "rlimit_nofile",
     .program = true},
    {.name = "access_times",
     .map = say_weak,
     .why = "doorward has no clock; let cron run doorwardctl pause and resume."},
    {.name = "max_load",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_load,
     .map = say_weak,
     .why = "doorward does not look at the load; accept_max bounds what it starts."},
    {.name = "log_type", .in_defaults = true, .map = say, .why = ONE_LOG},
    {.name = "log_on_success",
     .takes = XIN_SET,
     .in_defaults = true,
     .good = xin_good_success,
     .map = map_success,
     .why = ONE_LOG},
    {.name = "log_on_failure",
     .takes = XIN_SET,
     .in_defaults = true,
     .good = xin_good_failure,
     .map = say,
     .why = ONE_LOG},
    {.name = "banner", .takes = XIN_ONE, .in_defaults = true, .map = say, .why = BANNER},
    {.name = "banner_success", .takes = XIN_ONE, .in_defaults = true, .map = say, .why = BANNER},
    {.name = "banner_fail", .takes = XIN_ONE, .in_defaults = true, .map = say, .why = BANNER},
    {.name = "deny_time",
     .takes = XIN_ONE,
     .good = xin_good_deny_time,
     .map = say,
     .why = "belongs to flag SENSOR."},
    {.name = "mdns",
     .takes = XIN_ONE,
     .in_defaults = true,
     .good = xin_good_switch,
     .map = say,
     .why = "doorward registers nothing with mDNS."},
    {.name = "enabled", .takes = XIN_SET, .in_defaults = true},
    {.name = "disabled", .takes = XIN_SET, .in_defaults = true},
};

const char *const xin_given_first[] = {"only_from", "no_access", "passenv", NULL};
const char *const xin_given_last[] = {"instances", "per_source", "cps",    "groups",
                                      "umask",     "max_load",   "v6only", NULL};

const struct xin_row *xin_row(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a)
{
    const struct xin_row *row = xin_row(a->name);
    if (!row || !row->map || a->values.count == 0)
        return;
    if (row->program && m->builtin)
        ctl_def_note(&m->def, "%s: no matter for a builtin.", a->name);
    else
        row->map(m, a, row);
}
