/* service/keys.c -- the keys that settings keep: one row each */
#include "config.h"

#include "service/keys.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "os/tree.h"
#include "service/settings.h"

#define IN(member)      .offset = offsetof(struct settings, member)
#define RANGE(from, to) .low = (from), .high = (to)
#define NORMAL(type, value)                                                                        \
    .normal = &(const type)                                                                        \
    {                                                                                              \
        value                                                                                      \
    }
#define MOST 1000000 /* of any count: more is a slip of the hand */

static const char *const stderr_words[] = {
    [STDERR_SOCKET] = "socket", [STDERR_LOG] = "log", [STDERR_NULL] = "null", NULL};

static const char *const handoff_words[] = {
    [HANDOFF_STDIN] = "stdin", [HANDOFF_LISTEN_FDS] = "listen_fds", NULL};
static const char *const sandbox_words[] = {[CAGE_NONE] = "none",
                                            [CAGE_BASIC] = "basic",
                                            [CAGE_STRICT] = "strict",
                                            [CAGE_JAIL] = "jail",
                                            NULL};
static const char *const personality_words[] = {
    [CAGE_NATIVE] = "native", [CAGE_LINUX32] = "linux32", [CAGE_FIXED] = "no_randomize", NULL};
static const char *const end_words[] = {[END_GROUP] = "group",
                                        [END_HANDLER] = "handler",
#if TREE_POSSIBLE
                                        [END_TREE] = "tree",
#endif
                                        NULL};

/* In the order of -t. */
static const struct key rows[] = {
    {"sndbuf", KIND_SIZE, 0, IN(sock.sndbuf), RANGE(1, INT_MAX), NORMAL(int, -1),
     .help = "SO_SNDBUF in bytes"},
    {"recvbuf", KIND_SIZE, 0, IN(sock.rcvbuf), RANGE(1, INT_MAX), NORMAL(int, -1),
     .help = "SO_RCVBUF in bytes"},
    {"backlog", KIND_INT, 0, IN(sock.backlog), RANGE(1, 65535), NORMAL(int, -1),
     .help = "connections that may queue"},
    {"keepalive", KIND_PROBES, KEY_TCP, IN(sock.keepalive),
     .help = "yes, or idle/interval/count of its probes"},
    {"user_timeout", KIND_TIME, KEY_TCP, IN(sock.user_timeout), RANGE(0, 24 * NS_PER_DAY),
     .help = "TCP_USER_TIMEOUT"},
    {"defer", KIND_TIME, KEY_TCP, IN(sock.defer), RANGE(0, NS_PER_HOUR),
     .help = "TCP_DEFER_ACCEPT"},
    {"nodelay", KIND_BOOL, KEY_TCP, IN(sock.nodelay), .help = "TCP_NODELAY"},
    {"freebind", KIND_BOOL, KEY_IP, IN(sock.freebind),
     .help = "bind to addresses that are not there yet"},
    {"device", KIND_DEVICE, KEY_IP, IN(sock.device), .help = "SO_BINDTODEVICE"},
    {"reuseport", KIND_BOOL, KEY_IP, IN(sock.reuseport), .help = "SO_REUSEPORT"},
    {"tos", KIND_INT, KEY_IP, IN(sock.tos), RANGE(0, 255), NORMAL(int, -1),
     .help = "type of service, traffic class"},
    {"unix_mode", KIND_MODE, KEY_UNIX, IN(owner.mode), RANGE(0, 0777), NORMAL(unsigned, 0666),
     .help = "its mode, octal"},
    {"accept_max", KIND_COUNT, 0, IN(limits.accept_max), RANGE(0, MOST), NORMAL(uint32_t, 256),
     .help = "concurrent handlers"},
    {"service_max", KIND_RATE, 0, IN(limits.service_max), RANGE(0, MOST),
     .help = "starts per time"},
    {"source_max", KIND_COUNT, 0, IN(limits.source.max), RANGE(0, MOST),
     .help = "handlers per source"},
    {"ip_max", KIND_RATE, 0, IN(limits.source.rate), RANGE(0, MOST),
     .help = "starts per source and time"},
    {"source_prefix", KIND_PREFIX, 0, IN(limits.source_prefix),
     .normal = &(const struct source_prefix){.v4 = 32, .v6 = 64},
     .help = "v4bits/v6bits that make one source"},
    {"allow", KIND_ALLOW, 0, IN(access.rules), .help = "peers that may in"},
    {"deny", KIND_DENY, 0, IN(access.rules), .help = "peers that may not"},
    {"hosts_access", KIND_BOOL, KEY_IP, IN(access.hosts_access),
     .help = "ask hosts.allow, hosts.deny"},
    {"proxy", KIND_BALANCERS, KEY_STREAM | KEY_NOWAIT, IN(proxy.from),
     .help = "peers that send a PROXY header first"},
    {"proxy_timeout", KIND_TIME, KEY_STREAM | KEY_NOWAIT, IN(proxy.timeout), RANGE(1, NS_PER_HOUR),
     NORMAL(uint64_t, 10 * NS_PER_S), .help = "how long that may take"},
    {"gate", KIND_GATE, KEY_STREAM | KEY_NOWAIT | KEY_PROGRAM, IN(handler.gate), RANGE(1, 40),
     .help = "pow BITS: what a client solves first"},
    {"gate_timeout", KIND_TIME, KEY_STREAM | KEY_NOWAIT | KEY_PROGRAM, IN(handler.gate_timeout),
     RANGE(1, NS_PER_HOUR), NORMAL(uint64_t, 60 * NS_PER_S), .help = "how long that may take"},
    {"timeout", KIND_TIME, KEY_PROGRAM, IN(handler.timeout), .help = "how long a handler may run"},
    {"timeout_signal", KIND_SIGNAL, KEY_PROGRAM, IN(handler.timeout_signal), NORMAL(int, SIGTERM),
     .help = "what it gets then, before KILL"},
    {"idle", KIND_TIME, KEY_TCP | KEY_NOWAIT | KEY_PROGRAM, IN(handler.idle),
     .help = "how long without a byte either way"},
    {"hangup", KIND_BOOL, KEY_CLIENT | KEY_NOWAIT | KEY_PROGRAM, IN(handler.hangup),
     .help = "end it when the client has gone"},
    {"end", KIND_CHOICE, KEY_PROGRAM, IN(handler.end), .words = end_words,
     .help = "who is ended then: group, handler or tree"},
    {"account", KIND_BOOL, KEY_TCP | KEY_NOWAIT, IN(handler.account),
     .help = "count the bytes of its connection, for its exit line"},
    {"linger", KIND_TIME, KEY_TCP | KEY_NOWAIT, IN(handler.linger),
     .help = "how long to read on after the handler's end"},
    {"env", KIND_ENV, KEY_PROGRAM, IN(handler.env), .help = "NAME=value to add"},
    {"pass_env", KIND_NAMES, KEY_PROGRAM, IN(handler.pass_env), .help = "variables to hand on"},
    {"umask", KIND_MODE, KEY_PROGRAM, IN(handler.umask), RANGE(0, 0777), NORMAL(unsigned, 022),
     .help = "the handler's umask, octal"},
    {"nice", KIND_INT, KEY_PROGRAM, IN(handler.nice), RANGE(-20, 19),
     .help = "added to its nice value"},
    {"directory", KIND_PATH, KEY_PROGRAM, IN(handler.directory), .help = "where it starts"},
    {"chroot", KIND_PATH, KEY_PROGRAM, IN(handler.chroot), .help = "its root directory"},
    {"rlimit_as", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "address space"},
    {"rlimit_core", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "core dump"},
    {"rlimit_cpu", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "seconds of CPU"},
    {"rlimit_data", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "data segment"},
    {"rlimit_fsize", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "size of a file"},
    {"rlimit_memlock", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "locked memory"},
    {"rlimit_nofile", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "descriptors"},
    {"rlimit_nproc", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits),
     .help = "processes of the user"},
    {"rlimit_rss", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "resident memory"},
    {"rlimit_stack", KIND_RLIMIT, KEY_PROGRAM, IN(handler.rlimits), .help = "stack"},
    {"handoff", KIND_CHOICE, KEY_PROGRAM, IN(handler.handoff), .words = handoff_words,
     .help = "stdin, or listen_fds: descriptors 3, 4, ..."},
    {"stdout", KIND_CHOICE, KEY_PROGRAM, IN(handler.stdout_to), .words = stderr_words,
     .help = "socket, log or null"},
    {"stderr", KIND_CHOICE, KEY_PROGRAM, IN(handler.stderr_to), .words = stderr_words,
     .help = "socket, log or null"},
    {"stderr_max", KIND_SIZE, KEY_PROGRAM, IN(handler.stderr_max), RANGE(0, INT_MAX),
     .help = "how much of it is logged"},
    {"log", KIND_LOG, 0, IN(log), .help = "facility.level of syslog, or a file"},
    {"sandbox", KIND_CHOICE, KEY_PROGRAM, IN(cage.preset), .words = sandbox_words,
     .help = "none, basic, strict or jail"},
    {"require", KIND_BOOL, KEY_PROGRAM, IN(cage.require),
     .help = "closed where a layer of it cannot be had"},
    {"no_new_privs", KIND_BOOL, KEY_PROGRAM, IN(cage.no_new_privs),
     .help = "no setuid program gives it more"},
    {"capabilities", KIND_CAPS, KEY_PROGRAM, IN(cage.caps), NORMAL(uint64_t, CAGE_ALL_CAPS),
     .help = "what it may of root's, or none"},
    {"private_keyring", KIND_BOOL, KEY_PROGRAM, IN(cage.private_keyring),
     .help = "a session keyring of its own"},
    {"private_signals", KIND_BOOL, KEY_PROGRAM, IN(cage.private_signals),
     .help = "signals and abstract sockets reach its own alone"},
    {"readable", KIND_PATHS, KEY_PROGRAM, IN(cage.readable), .help = "what it may read, or none"},
    {"writable", KIND_PATHS, KEY_PROGRAM, IN(cage.writable),
     .help = "what it may write and read, or none"},
    {"executable", KIND_PATHS, KEY_PROGRAM, IN(cage.executable),
     .help = "what it may run and read, or none"},
    {"connect", KIND_REACH, KEY_PROGRAM, IN(cage.connect),
     .help = "ports, udp, unix:PATH, or none"},
    {"bind_ports", KIND_PORTS, KEY_PROGRAM, IN(cage.bind_ports),
     .help = "ports of tcp that it may bind, or none"},
    {"system_calls", KIND_CALLS, KEY_PROGRAM, IN(cage.system_calls),
     .help = "@set, NAME or !NAME, EPERM or kill"},
    {"root", KIND_PATH, KEY_PROGRAM, IN(cage.root), .help = "what it sees as /; /: what is named"},
    {"bind_mount", KIND_MOUNTS, KEY_PROGRAM, IN(cage.bind_mount),
     .help = "FROM[:TO][:rw], there besides"},
    {"private_tmp", KIND_SIZE, KEY_PROGRAM, IN(cage.private_tmp), RANGE(0, INT_MAX),
     .help = "bytes of a /tmp of its own"},
    {"private_pids", KIND_BOOL, KEY_PROGRAM, IN(cage.private_pids),
     .help = "sees its own processes, which end with it"},
    {"private_ipc", KIND_BOOL, KEY_PROGRAM, IN(cage.private_ipc),
     .help = "ipc and a host name of its own"},
    {"private_network", KIND_BOOL, KEY_PROGRAM, IN(cage.private_network),
     .help = "no network but a loopback of its own"},
    {"personality", KIND_CHOICE, KEY_PROGRAM, IN(cage.personality), .words = personality_words,
     .help = "native, linux32 or no_randomize"},
    {"selinux_label", KIND_LABEL, KEY_PROGRAM, IN(cage.selinux_label),
     .help = "what SELinux calls it"},
    {"apparmor_profile", KIND_LABEL, KEY_PROGRAM, IN(cage.apparmor_profile),
     .help = "what AppArmor keeps it in"},
    /* Of several keys together, and of options. */
    {NULL, KIND_WHO, 0, IN(who), .help = "user, group and groups"},
    {NULL, KIND_UID, 0, IN(owner.uid), NORMAL(uid_t, (uid_t)-1), .help = "unix_user"},
    {NULL, KIND_GID, 0, IN(owner.gid), NORMAL(gid_t, (gid_t)-1), .help = "unix_group"},
    {NULL, KIND_PATH, 0, IN(owner.user), .help = "unix_user's name"},
    {NULL, KIND_PATH, 0, IN(owner.group), .help = "unix_group's name"},
    {NULL, KIND_COMPILED, 0, IN(cage.filter), .help = "system_calls, compiled"},
    {NULL, KIND_COUNT, 0, IN(cage.layers), .help = "layers of sandbox that are put up"},
    {NULL, KIND_COUNT, 0, IN(cage.lacks), .help = "and those that are not there"},
    {NULL, KIND_BOOL, 0, IN(handler.pass_all), .help = "-E"},
    {NULL, KIND_BOOL, 0, IN(handler.resolve_names), .help = "--resolve"},
};

const struct keys settings_keys = {rows, sizeof rows / sizeof *rows};

static void *member(void *s, const struct key *k)
{
    return (char *)s + k->offset;
}

static const void *look(const void *s, const struct key *k)
{
    return (const char *)s + k->offset;
}

/* The next row with a member of its own; of those that share one the first stands for it. NULL
 * after the last. */
static const struct key *next(const struct keys *t, const struct key *k)
{
    const struct key *end = t->rows + t->count, *n = k ? k + 1 : t->rows;
    while (k && n < end && n->offset == k->offset)
        n++;
    return n < end ? n : NULL;
}

void keys_init(const struct keys *t, void *s)
{
    for (const struct key *k = NULL; (k = next(t, k));)
        if (k->normal)
            memcpy(member(s, k), k->normal, kind_size(k->kind));
}

bool keys_copy(const struct keys *t, void *to, const void *from)
{
    bool good = true;
    for (const struct key *k = NULL; (k = next(t, k));)
        good &= kind_copy(k->kind, member(to, k), look(from, k));
    return good;
}

bool keys_equal(const struct keys *t, const void *a, const void *b)
{
    for (const struct key *k = NULL; (k = next(t, k));)
        if (!kind_equal(k->kind, look(a, k), look(b, k)))
            return false;
    return true;
}

void keys_drop(const struct keys *t, void *s)
{
    for (const struct key *k = NULL; (k = next(t, k));)
        kind_drop(k->kind, member(s, k));
}

void keys_put(const struct keys *t, struct state_out *o, const void *s)
{
    for (const struct key *k = NULL; (k = next(t, k));)
        kind_put(k->kind, o, look(s, k));
}

void keys_get(const struct keys *t, struct state_in *r, void *s)
{
    for (const struct key *k = NULL; (k = next(t, k));)
        kind_get(k->kind, r, member(s, k));
}
