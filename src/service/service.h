/*
 * service/service.h -- services, their listeners and the table of them; no I/O.
 *
 * An entry of the configuration becomes one service with a listener for each socket. What the entry
 * says beyond its name and sockets stands in two immutable parts: the program (its own) and the
 * settings (shared by neighbours that say the same). A reload swaps these parts and keeps the
 * service, so running handlers, counts and sockets stay what they are.
 *
 * This folder: what is served (entries, settings, listeners, the table), and pure decisions about
 * it (access, limits, what a reload keeps, what a builtin answers). No socket, no file, no name
 * service. It includes base/ and os/. */
#ifndef DOORWARD_SERVICE_SERVICE_H
#define DOORWARD_SERVICE_SERVICE_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/naming.h"
#include "os/loop.h"
#include "os/unixfile.h"
#include "service/builtin.h"
#include "service/proto.h"
#include "service/settings.h"

/* What a handler runs: one allocation. */
struct program {
    const struct builtin *builtin; /* NULL: exec path */
    const char *path;              /* absolute; NULL with a builtin */
    char **argv; /* argv[0] first, NULL-terminated; argv[0] is set for builtins too */
};

enum {
    LISTENER_STARTS = -1, /* its waiter is being started */
    LISTENER_LOOKS = -2,  /* a helper looks at it: listen/look.h's */
    ENTRY_SOCKETS = 64,   /* that one handler can have: a bit each */
    ENTRY_NO_PATH = -1,
    LISTEN_NAME = 255 /* bytes of what LISTEN_FDNAMES calls one: sd_listen_fds(3) */
};

/* One socket. */
struct listener {
    struct watch watch; /* fd is -1 while there is no socket */
    struct service *service;
    union {
        struct addr at;       /* as configured: port 0 for RPC */
        struct unixfile made; /* unix */
    };
    uint8_t mode;          /* enum family_mode */
    uint8_t proto;         /* enum proto */
    uint8_t socktype;      /* SOCK_STREAM, ... */
    uint8_t place;         /* among the sockets of its entry, as configured */
    bool soft : 1;         /* from plain tcp or udp: yields its family to an entry that names it */
    bool stored : 1;       /* listen/store's: systemd has a copy of its socket */
    bool adopted : 1;      /* systemd's socket: never closed but at exit */
    bool peeked : 1;       /* handover.c's: what waits in it has been looked at before */
    bool dead : 1;         /* lost its endpoint to another entry; table_settle()'s */
    bool dual : 1;         /* was for both families, whichever it has kept; the same's */
    uint32_t keeps_off;    /* sort.c's: seconds of loop_now() until which it puts nothing back; 0 */
    pid_t waiter;          /* the handler that has the socket (wait); 0 none, or as above */
    struct listener *with; /* the next socket that its waiter has, too */
    struct extras *extras; /* listen.c's: retry timer and errno while there is no socket, and what
                              is known of one that handlers share; NULL without either */
    char path[];           /* of a unix socket; else it is not even there */
};

/* What a socket is to be. */
struct endpoint {
    struct addr at;   /* not of a unix socket */
    const char *path; /* of a unix socket, else NULL; copied */
    uint8_t mode, proto, socktype;
    bool soft;
};

/* Why a service's listeners are not in the select set; several may hold. */
enum hold {
    HOLD_FULL = 1,   /* accept_max */
    HOLD_RATE = 2,   /* service_max */
    HOLD_FAULT = 4,  /* the system or the program failed; a timer retries */
    HOLD_STARTS = 8, /* as many starts are under way as may be; after a fault that is one */
    HOLD_ADMIN = 16, /* doorwardctl pause */
    HOLD_SHARE = 32  /* --handlers-max: its turn comes */
};
struct hold_word {
    enum hold why;
    const char *state;  /* of the service: "full", "rate", "fault", "paused" */
    const char *reason; /* in the log: "accept_max", ...; NULL: the fault's own */
};

/* What the configuration says of one service: constant after the load, a reload swaps the pointer.
 * One allocation with its name. All of it travels to who takes over (carry.c). */
struct entry {
    const char *file; /* where it stands; owned by the table */
    unsigned line, column;
    uint32_t span;    /* table_span()'s: its bytes in the file; 0: nobody asked for them */
    bool off;         /* read, but not to be served; in a table of conf_options.all only */
    uint8_t proto;    /* enum proto; of several sockets the first one's, here and below */
    uint8_t socktype; /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
    bool wait;
    bool mux_plus; /* tcpmux/+name: doorward answers "+Go" */
    uint16_t rpc_lo, rpc_hi;
    uint32_t rpc_prog; /* 0: no RPC */
    uint32_t path;     /* entry_path()'s: where behind `word`; ENTRY_NO_PATH */
    struct program *program;
    struct settings *settings;
    char **names;     /* by the listener's place, what LISTEN_FDNAMES calls it; NULL: it is stdin */
    const char *name; /* what logs and doorwardctl call it: the key `name`, else the word */
    char word[];      /* as configured: "echo", "7007", "/run/x", "tcpmux/x", "rusersd/2-3" */
};

/* The path of its only unix socket; NULL: it has none, or more sockets. */
static inline const char *entry_path(const struct entry *e)
{
    return e->path == (uint32_t)ENTRY_NO_PATH ? NULL : e->word + e->path;
}

/* An entry that is served, over all reloads. */
struct service {
    struct entry *entry;
    uint32_t id;             /* never reused */
    uint32_t running;        /* handlers that count against accept_max: admit's */
    uint64_t bucket;         /* service_max, limit.h's full_at: admit's */
    uint64_t started;        /* start's */
    struct holds *holds;     /* admit/hold's: timers and reasons; NULL until needed */
    struct history *history; /* admit/history's: of handlers that have ended; NULL until needed */
    struct tallies *told;    /* admit/tally's: what the log is told; NULL until needed */
    struct start *waiting;   /* serve/start's: taken off the backlog, not started yet */
    union {
        struct listener *only;  /* which most have */
        struct listener **many; /* a list from the second one on */
    } sockets;                  /* service_listeners()' */
    uint32_t drain_at;    /* daemon/drain's: its handlers have until then, tenths of a second of
                             loop_now(); 0: it stays */
    uint32_t turn;        /* handler/starters': when it last had one */
    uint16_t last_status; /* serve/start's: of the last handler that ended, waitpid(2); or none */
    uint16_t starting;    /* serve/start's: starts under way */
    uint16_t nlisteners;
    uint8_t held; /* enum hold, or-ed: admit/hold's */
    uint8_t mark; /* match and sweep at reload */
};

#define NO_STATUS   UINT16_MAX      /* no handler has ended */
#define DRAIN_TENTH (NS_PER_S / 10) /* of drain_at, ns */
#define DRAIN_NEVER UINT32_MAX

/* Its nlisteners sockets. */
static inline struct listener **service_listeners(const struct service *s)
{
    /* the list is not the service's own word: it may be changed through a service that may not */
    return s->nlisteners > 1 ? s->sockets.many : (struct listener **)&s->sockets.only;
}

/* Bytes of a file: of an entry's first word, behind its end, and of its "on" or "off" (0: a classic
 * line). */
struct span {
    uint32_t at, end, onoff;
};

struct table {
    struct service **services; /* in the order of the configuration */
    size_t count, room;
    char **files; /* names that services point to */
    size_t nfiles;
    struct span *spans; /* by entry's number, from 1 on; see conf_options.all */
    uint32_t nspans;
    uint32_t handlers_max; /* over all services; 0 = no limit */
};

/* --- making ---------------------------------------------------------------------------------- */

struct table *table_new(void);    /* NULL: out of memory */
void table_free(struct table *t); /* and all that is in it */
/* A copy of `name` that lives as long as the table (one for equal names). NULL: out of memory. */
const char *table_file(struct table *t, const char *name);
/* For entry.span; 0: out of memory. */
uint32_t table_span(struct table *t, const struct span *span);

/* A service that is in no table yet, without listeners; its entry is all zero but for these; `name`
 * may be NULL. Takes a reference of `set`, and takes `prog` over. NULL: out of memory
 * (then prog is still the caller's). */
struct service *service_new(const char *word, const char *name, struct program *prog,
                            struct settings *set);
/* The same for one at the path of its only unix socket, NULL: it has none. */
struct service *service_new_at(const char *word, const char *name, const char *path,
                               struct program *prog, struct settings *set);
void service_free(struct service *s);
/* The number that it had before an upgrade; no later one is given twice. */
void service_restore_id(struct service *s, uint32_t id);
/* A listener appended to `s`. False: out of memory. */
bool service_listen_on(struct service *s, const struct endpoint *e);
/* The same for one that stands elsewhere; `s` owns it then. */
bool service_append(struct service *s, struct listener *l);
/* Those of `from` are in the list of `s`, in place of its own, which somebody else has. */
void service_take_listeners(struct service *s, struct service *from);
/* It has none any more; they are somebody else's. */
void service_drop_listeners(struct service *s);
/* Free those that are dead; how many are left. */
size_t service_prune(struct service *s);
/* Put `s`, complete with listeners, into `t`, which then owns it. False: out of memory. */
bool table_add(struct table *t, struct service *s);

/*
 * After all are added: give each endpoint one owner. A family that plain tcp or udp took (soft)
 * yields silently to an entry that names it; of a dual-stack socket's two families the one that
 * another entry names goes; otherwise the later entry serves. `lost(arg, loser, winner, at)` tells
 * of everything but the first, and of a service that yields its last socket: it is dropped. tcpmux
 * services go by their names. False: out of memory. */
bool table_settle(struct table *t,
                  void (*lost)(void *arg, const struct service *loser, const struct service *winner,
                               const char *at),
                  void *arg);

/* One allocation for path and arguments (copied). argv[0] defaults to the path's base name, or the
 * builtin's name. NULL: out of memory. */
bool program_equal(const struct program *a, const struct program *b);
struct program *program_new(const struct builtin *b, const char *path, const char *const *argv,
                            size_t argc);
void program_free(struct program *p);

/* --- reading --------------------------------------------------------------------------------- */

/* "tcp", "tcp4", "tcp6", "tcp46", "udp", ..., "unix", "rpc/tcp", "tcpmux", from the listeners there
 * are; "tcp,udp" and the like where they are not alike. */
const char *service_proto_name(const struct service *s);
/* "stream"; "stream,dgram" and the like. */
const char *service_socktype_name(const struct service *s);
/* A bit for each enum proto that one of its sockets, or else its entry, has. */
unsigned service_protos(const struct service *s);
/* The word of service_proto_name() for one of them. */
const char *listener_proto_name(const struct listener *l);
/* "0.0.0.0:7", "[::]:7", "/run/x": what it is bound to; in `out`, or its path. */
const char *listener_address(const struct listener *l, char out[static ADDR_TEXT]);
/* `address`, with its protocol or type where its service has several: "udp:0.0.0.0:7", "dgram:/x";
 * in `out`, or it itself. */
enum { ENDPOINT_TEXT = 160 };
const char *listener_endpoint(const struct listener *l, const char *address,
                              char out[static ENDPOINT_TEXT]);
/* Has one handler all sockets of the entry? Then none is looked at while one of them has a
 * waiter. */
static inline bool entry_lends_all(const struct entry *e)
{
    return e->wait && e->names;
}
/* Take `l` out of those that one handler has: the chain that `*first` begins. */
void listener_leave(struct listener **first, struct listener *l);
/* Listeners of all services. */
size_t table_listeners(const struct table *t);
/* Does `word` name it, for doorwardctl: by its name, "echo", "7", "127.0.0.1:7", "echo/udp",
 * "7/udp4"? */
enum naming_fit service_is_named(const struct service *s, const char *word);
/* How well it names the best one that is served: those that fit as well are meant. */
enum naming_fit table_best_named(const struct table *t, const char *word);

/* One handler gets all its sockets: is one of them being looked at? */
static inline bool service_is_looked_at(const struct service *s)
{
    for (size_t i = 0; i < s->nlisteners; i++)
        if (service_listeners(s)[i]->waiter == LISTENER_LOOKS)
            return true;
    return false;
}
/* Should the listener be in the select set? */
static inline bool listener_wanted(const struct listener *l)
{
    const struct service *s = l->service;
    return l->watch.fd >= 0 && s->held == 0 && l->waiter == 0 &&
           !(entry_lends_all(s->entry) && service_is_looked_at(s));
}
/* How many of its handlers may run at the same time; 0: no limit. */
uint32_t service_running_max(const struct service *s);
/* The service's state in a word: "listening", "full", "rate", "fault", "paused", "draining",
 * "waiting", "down"; "closed": a layer of its cage is missing. */
const char *service_state(const struct service *s);
/* The words of the hold that its state is due to; NULL: not held. */
const struct hold_word *service_held(const struct service *s);
/* The words of one hold. */
const struct hold_word *hold_word(enum hold why);

/* --- changing -------------------------------------------------------------------------------- */

/* What a reload did. */
struct table_names {
    char at[256]; /* "ftp git", or as many as fit, "and 9 more" */
    size_t len, more;
};
struct table_change {
    size_t kept, added, changed, removed; /* services */
    struct table_names added_names, changed_names, removed_names;
};
/* The same for the log; its strings are borrowed from `c`. */
struct reload_told table_change_told(const struct table_change *c);

/*
 * Move the configuration of `fresh` into `live`: mark, match, sweep. Listeners with the same
 * endpoint keep their socket; a service goes on under its old identity (id, counts, holds) when it
 * shares a listener with its predecessor, else when it has the name, protocol and socket type of
 * one that is about to go. `fresh` is used up and freed.
 *
 * `closing(arg, listener)` is called for each listener that goes, before it is freed; `gone(arg,
 * service)` for each service that goes: with handlers still running it must be kept (return true:
 * it stays in `live` without listeners, mark MARK_GONE, and comes back when a later reload names
 * it); false frees it. False: out of memory, `live` unchanged. */
enum { MARK_NONE, MARK_KEPT /* unchanged */, MARK_CHANGED, MARK_NEW, MARK_GONE };
bool table_replace(struct table *live, struct table *fresh, struct table_change *change,
                   void (*closing)(void *arg, struct listener *l),
                   bool (*gone)(void *arg, struct service *s), void *arg);
/* A service with MARK_GONE whose last handler ended: take it out and free it. */
void table_forget(struct table *t, struct service *s);

#endif
