/* conf/habit.c -- words that other servers have for things: what they are called here */
#include "config.h"

#include "conf/habit.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word, *key; /* NULL: there is none, but `text` */
    const char *text;
} habits[] = {
    /* xinetd */
    {"instances", "accept_max", NULL},
    {"per_source", "source_max", NULL},
    {"cps", "service_max", NULL},
    {"server", "exec", NULL},
    {"server_args", "args", ", with the program's own name first"},
    {"socket_type", "socktype", NULL},
    {"only_from", "allow", NULL},
    {"no_access", "deny", NULL},
    {"interface", "bind", NULL},
    {"passenv", "pass_env", NULL},
    {"libwrap", "hosts_access", NULL},
    {"id", "name", NULL},
    {"FileDescriptorName", "name", NULL},
    {"type", "builtin", " for internal services, and \"protocol = rpc/tcp\" for RPC"},
    {"disable", NULL, "write \"off\" for \"on\" behind the service"},
    {"enabled", NULL, "write \"on\" or \"off\" behind the service"},
    {"port", NULL, "the port is the entry's first word"},
    {"service", NULL, "the service is the entry's first word"},
    {"flags", NULL, "each flag is a key here, as in \"keepalive = yes\""},
    {"log_type", NULL, "doorward logs to syslog or standard error, see doorward(8)"},
    {"log_on_success", NULL, "see the option -l of doorward(8)"},
    {"log_on_failure", NULL, "what fails is always logged"},
    {"redirect", NULL, "run a program that does it, such as socat"},
    {"include", NULL, "write \".include\" on a line of its own"},
    {"includedir", NULL, "write \".include FOLDER/*\" on a line of its own"},
    {"defaults", NULL, "write \".defaults\" on a line of its own"},
    /* systemd */
    {"MaxConnections", "accept_max", NULL},
    {"MaxConnectionsPerSource", "source_max", NULL},
    {"TriggerLimitBurst", "service_max", NULL},
    {"TriggerLimitIntervalSec", "service_max", NULL},
    {"ExecStart", "exec", " and \"args\""},
    {"ListenStream", NULL, "the port or path is the entry's first word, \"socktype = stream\""},
    {"ListenDatagram", NULL, "the port or path is the entry's first word, \"socktype = dgram\""},
    {"ListenSequentialPacket", NULL,
     "the path is the entry's first word, \"socktype = seqpacket\""},
    {"Accept", "wait", ", with the opposite meaning"},
    {"SupplementaryGroups", "groups", NULL},
    {"SocketUser", "unix_user", NULL},
    {"SocketGroup", "unix_group", NULL},
    {"SocketMode", "unix_mode", NULL},
    {"SendBuffer", "sndbuf", NULL},
    {"ReceiveBuffer", "recvbuf", NULL},
    {"BindToDevice", "device", NULL},
    {"IPTOS", "tos", NULL},
    {"BindIPv6Only", NULL, "write \"protocol = tcp6\" or \"tcp46\""},
    {"DeferAcceptSec", "defer", NULL},
    {"IPAddressAllow", "allow", NULL},
    {"IPAddressDeny", "deny", NULL},
    {"Environment", "env", NULL},
    {"PassEnvironment", "pass_env", NULL},
    {"WorkingDirectory", "directory", NULL},
    {"RootDirectory", "chroot", NULL},
    {"StandardError", "stderr", NULL},
    {"RuntimeMaxSec", "timeout", NULL},
    {"KillSignal", "timeout_signal", NULL},
    /* others */
    {"max_clients", "accept_max", NULL},
    {"max_connections", "accept_max", NULL},
    {"maxchild", "accept_max", NULL},
    {"max_child", "accept_max", NULL},
    {"concurrency", "accept_max", NULL},
    {"max_per_ip", "source_max", NULL},
    {"rate", "service_max", NULL},
    {"rate_limit", "service_max", NULL},
    {"max_load", NULL, "there is no limit by load; see \"accept_max\""},
    {"program", "exec", NULL},
    {"command", "exec", " and \"args\""},
    {"arguments", "args", ", with the program's own name first"},
    {"argv", "args", NULL},
    {"address", "bind", NULL},
    {"username", "user", NULL},
    {"cwd", "directory", NULL},
    {"workdir", "directory", NULL},
    {"environ", "env", NULL},
    {"mode", "unix_mode", NULL},
    {"owner", "unix_user", NULL},
    {"priority", "nice", NULL},
    {"proto", "protocol", NULL},
};

const char *conf_habit(struct conf *c, const char *word)
{
    char *out = c->quotes[c->quote_turn++ % (sizeof c->quotes / sizeof *c->quotes)];

    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        const char *text = habits[i].text ? habits[i].text : "";
        if (strcasecmp(habits[i].word, word) != 0)
            continue;
        if (!habits[i].key)
            return text;
        return text_fits(out, CONF_QUOTE, "that is \"%s\" here%s", habits[i].key, text) ? out
                                                                                        : text;
    }
    return NULL;
}
