/* ctl/import/systemd_socket.c -- the section [Socket] to keys, or to comments that say why not */
#include "config.h"

#include "ctl/import/systemd_socket.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "ctl/import/net.h"

static void map_backlog(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    uint64_t n = 0;
    if (!value_number(value, 1, 65535, &n)) /* more than that is no limit */
        ctl_def_number(&s->def, row->key, (unsigned long)n);
}

/* A limit of the unit holds for all of its Listen lines together, one of doorward for each. */
static void map_count(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    uint64_t n = 0;
    if (!s->accept)
        return;
    if (value_number(value, 0, UINT32_MAX, &n)) {
        ctl_def_weak(&s->def, "%s=%s: no number.", row->name, value);
        return;
    }
    if (n == 0 && strcmp(row->key, "accept_max") == 0)
        ctl_def_weak(&s->def, "%s=0: nobody is let in.", row->name);
    if (n == 0)
        return;
    if (n == UINT32_MAX) { /* no limit at all */
        ctl_def_number(&s->def, row->key, 0);
        return;
    }
    uint64_t share = n > 1000000 ? 1000000 : n;
    if (s->lines > 1) {
        share = share < s->lines ? 1 : share / s->lines;
        ctl_def_note(&s->def, "%s=%s is for all Listen lines: this is a share of it.", row->name,
                     value);
    }
    ctl_def_number(&s->def, row->key, (unsigned long)share);
    if (strcmp(row->key, "source_max") == 0 && !s->is_unix)
        ctl_def_key(&s->def, "source_prefix", "32/128"); /* each address is a source */
}

static void map_tcp_switch(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    bool yes = false;
    if (s->tcp && !value_bool(value, &yes) && yes)
        ctl_def_key(&s->def, row->key, "yes");
}

/* Seconds of a key; `normal`: it is not there, or no time. */
static unsigned long seconds_of(const struct sysd_import *s, const char *key, unsigned long normal)
{
    const char *value = unit_get(&s->socket, "Socket", key);
    unsigned long ms = 0;
    if (!value || !sysd_time(value, &ms) || ms < 1000 || ms > 32767000UL)
        return normal;
    return ms / 1000;
}

/* With the probes that the unit names; what it leaves out is Linux'. */
static void map_keepalive(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    const char *probes = unit_get(&s->socket, "Socket", "KeepAliveProbes");
    unsigned long idle = seconds_of(s, "KeepAliveTimeSec", 0),
                  interval = seconds_of(s, "KeepAliveIntervalSec", 0);
    uint64_t n = 0;
    bool yes = false, count = probes && !value_number(probes, 1, 127, &n);
    if (s->tcp && !value_bool(value, &yes) && yes && (idle || interval || count))
        ctl_def_raw(&s->def, row->key, "%lus/%lus/%lu", idle ? idle : 7200UL,
                    interval ? interval : 75UL, count ? (unsigned long)n : 9UL);
    else
        map_tcp_switch(s, row, value);
}

static void map_defer(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    unsigned long ms = 0;
    if (s->tcp && sysd_time(value, &ms) && ms > 0 && ms <= 3600000UL)
        ctl_def_raw(&s->def, row->key, "%lums", ms);
}

static void map_ip_switch(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    bool yes = false;
    if (s->is_ip && !value_bool(value, &yes) && yes)
        ctl_def_key(&s->def, row->key, "yes");
}

static void map_device(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    if (s->is_ip)
        ctl_def_key(&s->def, row->key, value);
}

static void map_tos(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    static const struct {
        const char *name;
        unsigned long tos;
    } names[] = {{"low-delay", 16}, {"throughput", 8}, {"reliability", 4}, {"low-cost", 2}};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i].name) == 0)
            ctl_def_number(&s->def, row->key, names[i].tos);
    if (!value_number(value, 0, 255, &n))
        ctl_def_number(&s->def, row->key, (unsigned long)n);
}

/* Burst starts in an interval: the long run is kept, in the unit in which it is a whole number. */
static void map_trigger(struct sysd_import *s, const struct sysd_row *row, const char *value)
{
    const char *interval = unit_get(&s->socket, "Socket", "TriggerLimitIntervalSec");
    unsigned long ms = 2000, units[] = {1000, 60000, 3600000};
    uint64_t burst = 0;
    if ((interval && (!sysd_time(interval, &ms) || ms == 0)) ||
        value_number(value, 1, 1000000, &burst)) {
        ctl_def_note(&s->def, "%s=%s: no limit that doorward could take over.", row->name, value);
        return;
    }
    size_t unit = 0;
    while (unit < 2 && burst * units[unit] % ms != 0)
        unit++;
    unsigned long n = (unsigned long)burst * units[unit] / ms;
    if (n > 1000000)
        return; /* no limit that anybody would notice */
    ctl_def_raw(&s->def, row->key, "%lu/%c burst %lu", n ? n : 1UL, "smh"[unit],
                (unsigned long)burst);
    ctl_def_note(&s->def,
                 "%s=%s: systemd lets the unit fail there, doorward lets the clients wait.",
                 row->name, value);
}

/* Allowed first, then denied: with "any" denied it is the same as an allow list. */
static void map_addresses(struct sysd_import *s)
{
    struct ctl_words allow = {.at = NULL}, deny = {.at = NULL}, in = {.at = NULL},
                     out = {.at = NULL};
    bool good = true;
    unit_words(&s->socket, "Socket", "IPAddressAllow", &allow);
    unit_words(&s->socket, "Socket", "IPAddressDeny", &deny);
    for (size_t i = 0; i < allow.count; i++)
        good &= ctl_net_systemd(allow.at[i], &in);
    for (size_t i = 0; i < deny.count; i++)
        good &= ctl_net_systemd(deny.at[i], &out);
    bool any = ctl_words_have(&deny, "any");
    if (deny.count == 0 || !s->is_ip) {
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

static const struct sysd_row most = {
    .name = "MaxConnections", .map = map_count, .key = "accept_max"};
static const char none[] = "doorward has no equivalent.";
static const char ready[] = "doorward starts no commands of its own.";
static const struct sysd_row rows[] = {
    {.name = "ListenStream", .key = "listen"},
    {.name = "ListenDatagram", .key = "listen"},
    {.name = "ListenSequentialPacket", .key = "listen"},
    {.name = "ListenFIFO"},
    {.name = "ListenSpecial"},
    {.name = "ListenNetlink"},
    {.name = "ListenMessageQueue"},
    {.name = "ListenUSBFunction"},
    {.name = "Accept", .key = "wait"},
    {.name = "Service"},
    {.name = "BindIPv6Only", .key = "protocol"},
    {.name = "SocketUser", .key = "unix_user"},
    {.name = "SocketGroup", .key = "unix_group"},
    {.name = "SocketMode", .key = "unix_mode"},
    {.name = "IPAddressAllow", .key = "allow"},
    {.name = "IPAddressDeny", .key = "deny"},
    {.name = "RemoveOnStop"}, /* doorward always does */
    {.name = "FileDescriptorName", .key = "names"},
    {.name = "TriggerLimitIntervalSec", .key = "service_max"},
    {.name = "Backlog", .map = map_backlog, .key = "backlog"},
    {.name = "X-DoorwardName", .key = "name"},
    {.name = "KeepAlive", .map = map_keepalive, .key = "keepalive"},
    {.name = "NoDelay", .map = map_tcp_switch, .key = "nodelay"},
    {.name = "FreeBind", .map = map_ip_switch, .key = "freebind"},
    {.name = "ReusePort", .map = map_ip_switch, .key = "reuseport"},
    {.name = "BindToDevice", .map = map_device, .key = "device"},
    {.name = "IPTOS", .map = map_tos, .key = "tos"},
    {.name = "ReceiveBuffer", .map = sysd_size_key, .key = "recvbuf"},
    {.name = "SendBuffer", .map = sysd_size_key, .key = "sndbuf"},
    {.name = "MaxConnections", .map = map_count, .key = "accept_max"},
    {.name = "MaxConnectionsPerSource", .map = map_count, .key = "source_max"},
    {.name = "TriggerLimitBurst", .map = map_trigger, .key = "service_max"},
    {.name = "DirectoryMode",
     .map = sysd_say,
     .why = "doorward makes no folders: let tmpfiles.d make it."},
    {.name = "Symlinks", .map = sysd_say, .why = "doorward makes none: let tmpfiles.d make them."},
    {.name = "ExecStartPre", .map = sysd_say, .why = ready},
    {.name = "ExecStartPost", .map = sysd_say, .why = ready},
    {.name = "ExecStopPre", .map = sysd_say, .why = ready},
    {.name = "ExecStopPost", .map = sysd_say, .why = ready},
    {.name = "PassCredentials",
     .map = sysd_say,
     .why = "the peer's credentials are in UNIXREMOTEEUID and so on."},
    {.name = "Priority", .map = sysd_say, .why = none},
    {.name = "Mark", .map = sysd_say, .why = none},
    {.name = "PipeSize", .map = sysd_say, .why = none},
    {.name = "MessageQueueMaxMessages", .map = sysd_say, .why = none},
    {.name = "MessageQueueMessageSize", .map = sysd_say, .why = none},
    {.name = "PassSecurity", .map = sysd_say, .why = none},
    {.name = "PassPacketInfo", .map = sysd_say, .why = none},
    {.name = "Timestamping", .map = sysd_say, .why = none},
    {.name = "TCPCongestion", .map = sysd_say, .why = none},
    {.name = "DeferAcceptSec", .map = map_defer, .key = "defer"},
    {.name = "KeepAliveTimeSec", .key = "keepalive"},
    {.name = "KeepAliveIntervalSec", .key = "keepalive"},
    {.name = "KeepAliveProbes", .key = "keepalive"},
    {.name = "IPTTL", .map = sysd_say, .why = none},
    {.name = "Broadcast", .map = sysd_say, .why = none},
    {.name = "Transparent", .map = sysd_say, .why = none},
    {.name = "Writable", .map = sysd_say, .why = none},
    {.name = "FlushPending", .map = sysd_say, .why = none},
    {.name = "TimeoutSec", .map = sysd_say, .why = none},
    {.name = "PollLimitIntervalSec", .map = sysd_say, .why = none},
    {.name = "PollLimitBurst", .map = sysd_say, .why = none},
    {.name = "PassFileDescriptorsToExec", .map = sysd_say, .why = none},
    {.name = "AcceptFileDescriptors", .map = sysd_say, .why = none},
    {.name = "SELinuxContextFromNet",
     .map = sysd_say_weak,
     .why = "doorward sets no SELinux context."},
};

void sysd_map_socket(struct sysd_import *s)
{
    sysd_map_rows(s, &s->socket, "Socket", rows, sizeof rows / sizeof rows[0]);
    if (!unit_get(&s->socket, "Socket", "MaxConnections"))
        map_count(s, &most, "64"); /* systemd's default */
    map_addresses(s);
}
