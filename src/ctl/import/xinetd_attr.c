/* ctl/import/xinetd_attr.c -- attributes of xinetd.conf(5) to keys, or to comments that say why
 * not */
#include "config.h"

#include "ctl/import/xinetd_attr.h"

#include <string.h>
#include <strings.h>

#include "base/value.h"

struct attr_row {
    const char *name;
    /* NULL: it is looked at elsewhere, with others */
    void (*map)(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row);
    const char *key; /* of doorward */
    const char *why; /* there is none */
    bool program;    /* no matter for a builtin */
};

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

static void map_count(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    uint64_t n = 0;
    const char *value = a->values.at[0];
    if (strcasecmp(value, "UNLIMITED") != 0 && value_number(value, 0, 1000000, &n))
        ctl_def_note(&m->def, "%s = %s is no number.", a->name, value);
    else
        ctl_def_number(&m->def, row->key, (unsigned long)n);
}

static void map_cps(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    uint64_t n = 0;
    if (value_number(a->values.at[0], 0, 1000000, &n))
        ctl_def_note(&m->def, "cps = %s is no number.", a->values.at[0]);
    else
        ctl_def_raw(&m->def, row->key, "%lu/s", (unsigned long)n);
}

static void map_list(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    ctl_def_list(&m->def, row->key, &a->values);
}

/* bind, and interface, its other name. */
static void map_bind(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    if (m->mux)
        ctl_def_note(&m->def, "%s: a tcpmux service has no address of its own.", a->name);
    else if (strcmp(a->name, "bind") == 0 || !xin_first(m->e, "bind"))
        ctl_def_list(&m->def, row->key, &a->values);
}

static void map_word(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    ctl_def_key(&m->def, row->key, a->values.at[0]);
}

static void map_limit(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    const char *value = a->values.at[0];
    ctl_def_key(&m->def, row->key, strcasecmp(value, "UNLIMITED") == 0 ? "unlimited" : value);
}

static void map_disable(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    (void)row;
    m->def.off |= strcasecmp(a->values.at[0], "yes") == 0;
}

static void say(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    char room[512];
    ctl_def_note(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), row->why);
}

static void say_weak(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
{
    char room[512];
    ctl_def_weak(&m->def, "%s = %s: %s", a->name, all(a, room, sizeof room), row->why);
}

static void map_flags(struct xin_mapping *m, const struct xin_attr *a, const struct attr_row *row)
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
    (void)row;
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

static const struct attr_row rows[] = {
    {.name = "id"},
    {.name = "type"},
    {.name = "flags", .map = map_flags},
    {.name = "disable", .map = map_disable},
    {.name = "socket_type"},
    {.name = "protocol"},
    {.name = "wait"},
    {.name = "user"},
    {.name = "group"},
    {.name = "groups"},
    {.name = "server"},
    {.name = "server_args"},
    {.name = "redirect"},
    {.name = "port"},
    {.name = "rpc_version"},
    {.name = "rpc_number"},
    {.name = "v6only"},
    {.name = "libwrap"},
    {.name = "only_from"},
    {.name = "no_access"},
    {.name = "bind", .map = map_bind, .key = "bind"},
    {.name = "interface", .map = map_bind, .key = "bind"},
    {.name = "instances", .map = map_count, .key = "accept_max"},
    {.name = "per_source", .map = map_count, .key = "source_max"},
    {.name = "cps", .map = map_cps, .key = "service_max"},
    {.name = "nice", .map = map_word, .key = "nice", .program = true},
    {.name = "umask", .map = map_word, .key = "umask", .program = true},
    {.name = "env", .map = map_list, .key = "env", .program = true},
    {.name = "passenv", .map = map_list, .key = "pass_env", .program = true},
    {.name = "rlimit_as", .map = map_limit, .key = "rlimit_as", .program = true},
    {.name = "rlimit_cpu", .map = map_limit, .key = "rlimit_cpu", .program = true},
    {.name = "rlimit_data", .map = map_limit, .key = "rlimit_data", .program = true},
    {.name = "rlimit_files", .map = map_limit, .key = "rlimit_nofile", .program = true},
    {.name = "rlimit_rss", .map = map_limit, .key = "rlimit_rss", .program = true},
    {.name = "rlimit_stack", .map = map_limit, .key = "rlimit_stack", .program = true},
    {.name = "access_times",
     .map = say_weak,
     .why = "doorward has no clock; let cron run doorwardctl pause and resume."},
    {.name = "max_load",
     .map = say,
     .why = "doorward does not look at the load; accept_max bounds what it starts."},
    {.name = "log_type", .map = say, .why = ONE_LOG},
    {.name = "log_on_success", .map = say, .why = ONE_LOG},
    {.name = "log_on_failure", .map = say, .why = ONE_LOG},
    {.name = "banner", .map = say, .why = BANNER},
    {.name = "banner_success", .map = say, .why = BANNER},
    {.name = "banner_fail", .map = say, .why = BANNER},
    {.name = "deny_time", .map = say, .why = "belongs to flag SENSOR."},
    {.name = "mdns", .map = say, .why = "doorward registers nothing with mDNS."},
};

void xin_map_attr(struct xin_mapping *m, const struct xin_attr *a)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct attr_row *r = &rows[i];
        if (strcmp(r->name, a->name) != 0)
            continue;
        if (r->map && r->program && m->builtin)
            ctl_def_note(&m->def, "%s: no matter for a builtin.", a->name);
        else if (r->map && a->values.count > 0)
            r->map(m, a, r);
        return;
    }
    ctl_def_note(&m->def, "%s is not in xinetd.conf(5).", a->name);
}
