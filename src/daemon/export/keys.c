/* daemon/export/keys.c -- the keys of an entry as keys of systemd, or the reason why not */
#include "config.h"

#include "daemon/export/keys.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/signals.h"
#include "cage/caps.h"
#include "conf/keys.h"
#include "daemon/export/rules.h"
#include "service/keys.h"
#include "service/kinds.h"

/* A key of ours; `key` is systemd's. */
struct row {
    const char *name;
    void (*map)(struct unit *u, const struct row *row, const void *value);
    const char *key;
    const char *why; /* there is none */
};

/* --- values ---------------------------------------------------------------------------------- */

static void socket_int(struct unit *u, const struct row *row, const void *value)
{
    (void)fprintf(u->socket, "%s=%d\n", row->key, *(const int *)value); /* looked at in the end */
}

static void socket_bool(struct unit *u, const struct row *row, const void *value)
{
    (void)fprintf(u->socket, "%s=%s\n", row->key, *(const bool *)value ? "yes" : "no");
}

static void put_value(FILE *out, const char *key, const char *value)
{
    (void)fprintf(out, "%s=", key);
    unit_value(out, value);
    (void)fputc('\n', out);
}

static void socket_text(struct unit *u, const struct row *row, const void *value)
{
    put_value(u->socket, row->key, *(char *const *)value);
}

static void handler_path(struct unit *u, const struct row *row, const void *value)
{
    put_value(u->handler, row->key, *(char *const *)value);
}

/* Up to a millisecond. */
static void put_time(FILE *out, const char *key, uint64_t ns)
{
    uint64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
    if (ms % 1000 == 0)
        (void)fprintf(out, "%s=%" PRIu64 "s\n", key, ms / 1000);
    else
        (void)fprintf(out, "%s=%" PRIu64 "ms\n", key, ms);
}

static void timeout(struct unit *u, const struct row *row, const void *value)
{
    put_time(u->handler, row->key, *(const uint64_t *)value);
    (void)fputs("TimeoutStopSec=5s\n", u->handler);
}

static void socket_time(struct unit *u, const struct row *row, const void *value)
{
    put_time(u->socket, row->key, *(const uint64_t *)value);
}

/* NAME=value, or names: each a word. */
static void handler_words(struct unit *u, const struct row *row, const void *value)
{
    char *const *v = *(char **const *)value;
    (void)fprintf(u->handler, "%s=", row->key);
    for (size_t i = 0; v && v[i]; i++) {
        (void)fputs(i ? " " : "", u->handler);
        unit_word(u->handler, v[i], false);
    }
    (void)fputc('\n', u->handler);
}

/* --- those with a meaning of their own ---------------------------------------------------- */

static void refuse(struct unit *u, const struct row *row, const void *value)
{
    (void)value;
    unit_refuse(u, "%s: %s", row->name, row->why);
}

static void remark(struct unit *u, const struct row *row, const void *value)
{
    (void)value;
    unit_note(u, "%s: %s", row->name, row->why);
}

/* What is a switch with systemd. */
static void handler_yes(struct unit *u, const struct row *row, const void *value)
{
    (void)value;
    (void)fprintf(u->handler, "%s=yes\n", row->key); /* looked at in the end */
}

static void keyring(struct unit *u, const struct row *row, const void *value)
{
    (void)value;
    (void)fprintf(u->handler, "%s=private\n", row->key); /* the same */
}

static void put_upper(FILE *out, const char *cap)
{
    (void)fputs("CAP_", out); /* the same, and the next */
    for (; *cap; cap++)
        (void)fputc(toupper((unsigned char)*cap), out);
    (void)fputc(' ', out);
}

static void put_caps(struct unit *u, const char *key, uint64_t caps)
{
    (void)fprintf(u->handler, "%s=", key); /* the same, and the next */
    for (unsigned i = 0; cage_cap_name(i); i++)
        if (caps >> i & 1)
            put_upper(u->handler, cage_cap_name(i));
    (void)fputc('\n', u->handler);
}

/* systemd hands on to another user than root what is ambient alone. */
static void capabilities(struct unit *u, const struct row *row, const void *value)
{
    uint64_t caps = *(const uint64_t *)value;
    put_caps(u, row->key, caps);
    if (caps)
        put_caps(u, "AmbientCapabilities", caps);
}

/* Looked at with another key. */
static void nothing(struct unit *u, const struct row *row, const void *value)
{
    (void)u;
    (void)row;
    (void)value;
}

static void keepalive(struct unit *u, const struct row *row, const void *value)
{
    const struct keepalive *k = value;
    (void)fprintf(u->socket, "%s=%s\n", row->key, k->on ? "yes" : "no");
    if (k->idle > 0)
        (void)fprintf(u->socket,
                      "KeepAliveTimeSec=%d\nKeepAliveIntervalSec=%d\nKeepAliveProbes=%d\n", k->idle,
                      k->interval, k->count);
}

static void rate(struct unit *u, const struct row *row, const void *value)
{
    const struct rate *r = value;
    put_time(u->socket, "TriggerLimitIntervalSec", r->interval * r->burst);
    (void)fprintf(u->socket, "%s=%" PRIu32 "\n", row->key, r->burst);
    unit_note(u, "service_max: over it the socket unit fails, and has to be started again.");
}

/* An IPv6 source is a /64 for us, an address for systemd. */
static void per_source(struct unit *u, const struct row *row, const void *value)
{
    const struct service *s = u->service;
    struct source_prefix p = u->set->limits.source_prefix;
    bool wide = p.v4 < 32;
    for (size_t i = 0; i < s->nlisteners; i++)
        wide |= service_listeners(s)[i]->mode != MODE_V4 &&
                service_listeners(s)[i]->mode != MODE_UNIX && p.v6 < 128;
    if (wide)
        unit_refuse(u,
                    "source_max: one source is a prefix, /%u or /%u, here, and an address for"
                    " systemd (source_prefix = 32/128 is the same).",
                    (unsigned)p.v4, (unsigned)p.v6);
    (void)fprintf(u->socket, "%s=%" PRIu32 "\n", row->key, *(const uint32_t *)value);
}

static void mode(struct unit *u, const struct row *row, const void *value)
{
    FILE *out = strcmp(row->name, "umask") == 0 ? u->handler : u->socket;
    (void)fprintf(out, "%s=%04o\n", row->key, *(const unsigned *)value);
}

static void handler_int(struct unit *u, const struct row *row, const void *value)
{
    (void)fprintf(u->handler, "%s=%d\n", row->key, *(const int *)value);
}

static void signal_of(struct unit *u, const struct row *row, const void *value)
{
    const char *name = signal_name(*(const int *)value);
    (void)fprintf(u->handler, "%s=%s\n", row->key, name ? name : "SIGTERM");
}

static void put_limit(FILE *out, rlim_t n)
{
    if (n == RLIM_INFINITY)
        (void)fputs("infinity", out);
    else
        (void)fprintf(out, "%" PRIu64, (uint64_t)n);
}

/* LimitNOFILE of rlimit_nofile, where that one is set. */
static void rlimit(struct unit *u, const char *name, const struct rlimits *limits)
{
    int which = priv_rlimit_which(name);
    for (size_t i = 0; i < limits->count; i++) {
        if (limits->at[i].which != which)
            continue;
        (void)fputs("Limit", u->handler);
        for (const char *at = name; *at; at++)
            (void)fputc(toupper((unsigned char)*at), u->handler);
        (void)fputc('=', u->handler);
        put_limit(u->handler, limits->at[i].value.rlim_cur);
        (void)fputc(':', u->handler);
        put_limit(u->handler, limits->at[i].value.rlim_max);
        (void)fputc('\n', u->handler);
    }
}

static void rules(struct unit *u, const struct row *row, const void *value)
{
    (void)row;
    export_rules(u, value);
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct row rows[] = {
    {"sndbuf", socket_int, "SendBuffer", NULL},
    {"recvbuf", socket_int, "ReceiveBuffer", NULL},
    {"backlog", socket_int, "Backlog", NULL},
    {"keepalive", keepalive, "KeepAlive", NULL},
    {"user_timeout", remark, NULL, "systemd has no such key."},
    {"defer", socket_time, "DeferAcceptSec", NULL},
    {"nodelay", socket_bool, "NoDelay", NULL},
    {"freebind", socket_bool, "FreeBind", NULL},
    {"device", socket_text, "BindToDevice", NULL},
    {"reuseport", socket_bool, "ReusePort", NULL},
    {"tos", socket_int, "IPTOS", NULL},
    {"unix_mode", mode, "SocketMode", NULL},
    {"accept_max", nothing, "MaxConnections", NULL},
    {"service_max", rate, "TriggerLimitBurst", NULL},
    {"source_max", per_source, "MaxConnectionsPerSource", NULL},
    {"ip_max", refuse, NULL, "systemd does not count the starts of a source."},
    {"source_prefix", nothing, NULL, NULL},
    {"allow", rules, "IPAddressAllow", NULL},
    {"deny", nothing, "IPAddressDeny", NULL},
    {"hosts_access", refuse, NULL, "systemd does not ask hosts.allow and hosts.deny."},
    {"proxy", refuse, NULL, "systemd reads no PROXY header: the program would have to."},
    {"proxy_timeout", nothing, NULL, NULL},
    {"timeout", timeout, "RuntimeMaxSec", NULL},
    {"timeout_signal", signal_of, "KillSignal", NULL},
    {"account", remark, NULL, "systemd does not count the bytes of one connection."},
    {"linger", remark, NULL, "systemd does not read on after the end of the program."},
    {"env", handler_words, "Environment", NULL},
    {"pass_env", handler_words, "PassEnvironment", NULL},
    {"umask", mode, "UMask", NULL},
    {"nice", handler_int, "Nice", NULL},
    {"directory", handler_path, "WorkingDirectory", NULL},
    {"chroot", handler_path, "RootDirectory", NULL},
    {"handoff", nothing, "StandardInput", NULL},
    {"stdout", nothing, "StandardOutput", NULL},
    {"stderr", nothing, "StandardError", NULL},
    {"log", remark, NULL, "The journal has a service's lines with its unit."},
    {"sandbox", remark, NULL, "Its keys follow, each by itself."},
    {"require", remark, NULL, "What systemd cannot give it leaves out."},
    {"no_new_privs", handler_yes, "NoNewPrivileges", NULL},
    {"capabilities", capabilities, "CapabilityBoundingSet", NULL},
    {"private_keyring", keyring, "KeyringMode", NULL},
    {"private_network", handler_yes, "PrivateNetwork", NULL},
    {"private_ipc", handler_yes, "ProtectHostname=yes\nPrivateIPC", NULL},
    {"private_tmp", handler_yes, "PrivateTmp", NULL},
    {"selinux_label", handler_path, "SELinuxContext", NULL},
    {"apparmor_profile", handler_path, "AppArmorProfile", NULL},
    {"stderr_max", remark, NULL, "journald.conf has its own limits."},
};

static void map(struct unit *u, const struct key *k, const void *value)
{
    if (strncmp(k->name, "rlimit_", 7) == 0) {
        rlimit(u, k->name + 7, value);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, k->name) == 0) {
            rows[i].map(u, &rows[i], value);
            return;
        }
    unit_refuse(u, "%s: there is no word of systemd's for it here.", k->name);
}

bool export_keys(struct unit *u)
{
    const struct entry *e = u->service->entry;
    unsigned unfit =
        conf_unfit(service_protos(u->service), e->socktype, e->wait, e->program->builtin);
    struct settings *normal = settings_new();
    if (!normal)
        return false;
    for (size_t i = 0; i < settings_keys.count; i++) {
        const struct key *k = &settings_keys.rows[i];
        const char *value = (const char *)u->set + k->offset;
        if (k->name && (k->where & unfit) == 0 &&
            !kind_equal(k->kind, value, (const char *)normal + k->offset))
            map(u, k, value);
    }
    settings_unref(normal);
    return true;
}
