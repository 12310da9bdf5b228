/*
 * service/settings.h -- what an entry says beyond its name, sockets and program.
 *
 * Each member is one row of service/keys.c, which is what makes it a default, a copy, a comparison,
 * a key of definitions and a field of -t. */
#ifndef DOORWARD_SERVICE_SETTINGS_H
#define DOORWARD_SERVICE_SETTINGS_H

#include "cage/cage.h"
#include "os/priv.h"
#include "service/access.h"
#include "service/limit.h"

/* How many addresses make one source: the bits that they have in common. */
struct source_prefix {
    uint8_t v4, v6;
};

struct limit_settings {
    uint32_t accept_max; /* concurrent handlers; 0 = no limit */
    struct rate service_max;
    struct source_limits source; /* source_max, ip_max */
    struct source_prefix source_prefix;
};

struct access_settings {
    struct access rules;
    bool hosts_access; /* ask libwrap, in the child */
};

struct proxy_settings {
    struct access from; /* whose connections begin with a PROXY header: allow rules only */
    uint64_t timeout;   /* ns, for it to come */
};

enum end_of { END_GROUP, END_HANDLER, END_TREE };

/* Of standard output, too. */
enum stderr_to { STDERR_SOCKET, STDERR_LOG, STDERR_NULL };

enum handoff { HANDOFF_STDIN, HANDOFF_LISTEN_FDS };

/* In the order of `which`, so that equal lists are equal. */
struct rlimits {
    struct priv_rlimit *at;
    size_t count;
};

/* The surroundings of a handler. */
struct handler_settings {
    uint64_t timeout, linger; /* ns; 0 none */
    uint64_t idle;            /* ns without a byte either way; 0 any */
    int timeout_signal;       /* the first one, KILL follows */
    uint64_t gate_timeout;    /* ns, for the client to solve it */
    int stderr_max;           /* bytes that go to the log; 0 no limit */
    uint8_t stderr_to;        /* enum stderr_to */
    uint8_t stdout_to;        /* the same */
    uint8_t handoff;          /* enum handoff */
    uint8_t end;              /* enum end_of: who is ended */
    bool hangup;              /* a client who has gone is the end */
    uint8_t gate;             /* bits of the proof of work before it; 0 none */
    bool account;             /* the exit line has the bytes of the connection */
    bool resolve_names;       /* look the host names up, in the child (--resolve) */
    bool pass_all;            /* -E */
    char **env;               /* NAME=value */
    char **pass_env;          /* names */
    unsigned umask;
    int nice;                 /* added as nice(2) does; 0 leaves it */
    char *directory, *chroot; /* NULL: "/", none */
    struct rlimits rlimits;
};

/* Probes of an idle connection: all of them int, so that there is nothing between them. */
struct keepalive {
    int on;             /* 0, 1 */
    int idle, interval; /* seconds; 0 leaves the system's */
    int count;
};

/* Options of the listening socket, and of connections; below 0 leaves the system's default. */
struct socket_settings {
    int sndbuf, rcvbuf, backlog, tos;
    bool nodelay, freebind, reuseport;
    struct keepalive keepalive;
    uint64_t user_timeout, defer; /* ns; 0 none */
    char *device;                 /* SO_BINDTODEVICE; NULL none */
};

/* Of a unix socket. */
struct owner_settings {
    uid_t uid; /* -1 leaves it */
    gid_t gid;
    char *user, *group; /* their names, for whoever shows them; NULL where -1 */
    unsigned mode;
};

/* Neighbours usually share it; immutable once finished. */
struct settings {
    unsigned refs;
    struct priv *who; /* never NULL once finished */
    struct limit_settings limits;
    struct access_settings access;
    struct proxy_settings proxy;
    struct handler_settings handler;
    struct socket_settings sock;
    struct owner_settings owner;
    struct cage cage;
    char *log; /* where its events go: base/route.h; NULL: as all */
    /* env.c's: the fixed part of the handler's environment, made at the first start. */
    char **environment;
};

/* The defaults, with `who` NULL. NULL: out of memory. */
struct settings *settings_new(void);
/* A copy to change, with one reference and without an environment. NULL: out of memory. */
struct settings *settings_copy(const struct settings *from);
struct settings *settings_ref(struct settings *set);
/* NULL is nothing. */
void settings_unref(struct settings *set);
bool settings_equal(const struct settings *a, const struct settings *b);

#endif
