/* ctl/import/xinetd_attr.c -- attributes of xinetd.conf(5) to keys, or to comments that say why not
 */
#include "config.h"

#include "ctl/import/xinetd.h"

#include <string.h>
#include <strings.h>

#include "base/value.h"

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

/* --- attributes of one key
 * ------------------------------------------------------------------------ */

static void map_count(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    uint64_t n = 0;
    const char *value = a->values.at[0];
    if (strcasecmp(value, "UNLIMITED") != 0 && value_number(value, 0, 1000000, &n))
        ctl_def_note(&m->def, "%s = %s is no number.", a->name, value);
    else
        ctl_def_number(&m->def, key, (unsigned long)n);
}

static void map_cps(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    uint64_t n = 0;
    if (value_number(a->values.at[0], 0, 1000000, &n))
        ctl_def_note(&m->def, "cps = %s is no number.", a->values.at[0]);
    else
        ctl_def_raw(&m->def, key, "%lu/s", (unsigned long)n);
}

static void map_list(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    ctl_def_list(&m->def, key, &a->values);
}

/* bind, and interface, its other name. */
static void map_bind(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    if (m->mux)
        ctl_def_note(&m->def, "%s: a tcpmux service has no address of its own.", a->name);
    else if (strcmp(a->name, "bind") == 0 || !xin_first(m, "bind"))
        ctl_def_list(&m->def, key, &a->values);
}

static void map_word(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    ctl_def_key(&m->def, key, a->values.at[0]);
}

static void map_limit(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    const char *value = a->values.at[0];
    ctl_def_key(&m->def, key, strcasecmp(value, "UNLIMITED") == 0 ? "unlimited" : value);
}

static void map_disable(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    (void)key;
    m->def.off |= strcasecmp(a->values.at[0], "yes") == 0;
}

/* `key` is the reason. */
static void say(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    char room[512];
    ctl_def_note(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), key);
}

static void say_weak(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    char room[512];
    ctl_def_weak(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), key);
}

static void map_flags(struct xin_mapping *m, const struct xin_attr *a, const char *key)
{
    static const struct {
        const char *name;
        void (*how)(struct ctl_def *d, const char *fmt, ...);
        const char *why; /* NULL: mapped, or without effect here too */
    } known[] = {
        {"INTERCEPT", ctl_def_note,
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
    (void)key;
    for (size_t i = 0; i < a->values.count; i++) {
        size_t j = 0;
        while (j < sizeof known / sizeof known[0] &&
               strcasecmp(known[j].name, a->values.at[i]) != 0)
            j++;
        if (j == sizeof known / sizeof known[0])
            ctl_def_note(&m->def, "flag %s is not in xinetd.conf(5).", a->values.at[i]);
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

static const struct row {
    const char *name;
    void (*map)(struct xin_mapping *m, const struct xin_attr *a,
                const char *key); /* NULL: elsewhere */
    const char *key;              /* or the reason */
    bool program;                 /* no key of a builtin */
} rows[] = {
    {"id", NULL, NULL, false},
    {"type", NULL, NULL, false},
    {"flags", map_flags, NULL, false},
    {"disable", map_disable, NULL, false},
    {"socket_type", NULL, NULL, false},
    {"protocol", NULL, NULL, false},
    {"wait", NULL, NULL, false},
    {"user", NULL, NULL, false},
    {"group", NULL, NULL, false},
    {"groups", NULL, NULL, false},
    {"server", NULL, NULL, false},
    {"server_args", NULL, NULL, false},
    {"redirect", NULL, NULL, false},
    {"port", NULL, NULL, false},
    {"rpc_version", NULL, NULL, false},
    {"rpc_number", NULL, NULL, false},
    {"v6only", NULL, NULL, false},
    {"libwrap", NULL, NULL, false},
    {"only_from", NULL, NULL, false},
    {"no_access", NULL, NULL, false},
    {"bind", map_bind, "bind", false},
    {"interface", map_bind, "bind", false},
    {"instances", map_count, "accept_max", false},
    {"per_source", map_count, "source_max", false},
    {"cps", map_cps, "service_max", false},
    {"nice", map_word, "nice", true},
    {"umask", map_word, "umask", true},
    {"env", map_list, "env", true},
    {"passenv", map_list, "pass_env", true},
    {"rlimit_as", map_limit, "rlimit_as", true},
    {"rlimit_cpu", map_limit, "rlimit_cpu", true},
    {"rlimit_data", map_limit, "rlimit_data", true},
    {"rlimit_files", map_limit, "rlimit_nofile", true},
    {"rlimit_rss", map_limit, "rlimit_rss", true},
    {"rlimit_stack", map_limit, "rlimit_stack", true},
    {"access_times", say_weak, "doorward has no clock; let cron run doorwardctl pause and resume.",
     false},
    {"max_load", say, "doorward does not look at the load; accept_max bounds what it starts.",
     false},
    {"log_type", say, ONE_LOG, false},
    {"log_on_success", say, ONE_LOG, false},
    {"log_on_failure", say, ONE_LOG, false},
    {"banner", say, BANNER, false},
    {"banner_success", say, BANNER, false},
    {"banner_fail", say, BANNER, false},
    {"deny_time", say, "belongs to flag SENSOR.", false},
    {"mdns", say, "doorward registers nothing with mDNS.", false},
};

void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        if (strcmp(r->name, a->name) != 0)
            continue;
        if (r->map && r->program && m->builtin)
            ctl_def_note(&m->def, "%s: no matter for a builtin.", a->name);
        else if (r->map && a->values.count > 0)
            r->map(m, a, r->key);
        return;
    }
    ctl_def_note(&m->def, "%s is not in xinetd.conf(5).", a->name);
}
