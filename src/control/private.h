/* control/private.h -- a client of the control socket. */
#ifndef DOORWARD_CONTROL_PRIVATE_H
#define DOORWARD_CONTROL_PRIVATE_H

#include "base/text.h"
#include "control/control.h"
#include "control/metrics.h"

enum {
    CONTROL_CLIENTS = 8,
    CONTROL_REQUEST = 1024, /* bytes of a request, its newline included */
    CONTROL_LINE = 4096,    /* of a line of an answer */
    CONTROL_PIECE = 32768   /* of an answer, before the client has to take it */
};

struct client;

/* An answer that is made a piece at a time, and where it stands. */
struct listing {
    void (*go_on)(struct client *cl); /* the next piece; NULL: all is said */
    bool of_table;                    /* a reload ends it */
    size_t next;                      /* status: place in the table */
    uint32_t last;                    /* id of the service before it: does it still stand there? */
    pid_t pid;                        /* clients, kick: the handler before it */
    struct prefix peer;               /* kick: who is meant; bans: with `word`, the one before it */
    size_t found;                     /* kick: how many; nobody is an error */
    enum naming_fit fit;              /* how well `word` names them */
    char word[CONTROL_REQUEST];       /* clients, kick: which services; "" all */
    struct metrics_place place;       /* metrics */
    struct metrics_facts facts;
};

struct client {
    struct control *control;
    struct watch watch;
    struct timer timer; /* goes on writing, or gives up */
    uint64_t deadline;  /* ns: by then something has to move */
    size_t in_len, sent;
    struct text out; /* in `piece` */
    struct listing listing;
    size_t left_out; /* lines of this answer that found no room */
    uint32_t reload; /* the number of the one that it waits for; 0 none */
    uint64_t time;   /* drain's, or upgrade's */
    bool upgrade;    /* it waits for that */
    bool closing;    /* when all is sent */
    char in[CONTROL_REQUEST];
    char piece[CONTROL_PIECE];
};

struct control {
    struct master *master;
    const char *path;
    const struct control_acts *acts;
    struct watch watch;
    int reserve;        /* a descriptor for a client when there are no others; -1 */
    struct timer again; /* accepting after an error of the system */
    struct timer look;  /* does the path still lead here? */
    int error;          /* errno of the last try to open it anew, 0 after a success */
    struct unixfile made;
    struct client *clients[CONTROL_CLIENTS];
};

/* A client on `fd` in the place `slot`; NULL: out of memory. control_step() has its turn begin. */
struct client *control_client(struct control *c, size_t slot, int fd);
void control_step(struct client *cl);
/* Its deadline begins anew, and its turn comes. */
void control_wake(struct client *cl);
/* Everything of `struct control` but its socket and its clients. NULL: out of memory. */
struct control *control_new(struct master *m, const char *path, const struct control_acts *acts);
/* Listen and look after the path. False with errno. */
bool control_begin(struct control *c);

/* Carry out one request, a line without its newline: the answer, or its beginning, goes to
 * `cl->out`. */
void control_request(struct client *cl, const char *line);
/* Who is connected, and who shall not be: of clients.c and bans.c. */
void control_clients(struct client *cl, const char *arg);
void control_kick(struct client *cl, const char *arg);
void control_kick_banned(struct client *cl, const struct ban *ban); /* nobody is no error */
void control_ban(struct client *cl, const char *arg);
void control_unban(struct client *cl, const char *arg);
void control_bans(struct client *cl, const char *arg);
/* What would become of a peer: of explain.c. */
void control_explain(struct client *cl, const char *arg);
/* The reload that it waited for has ended; `change` as for control_reloaded(). */
void control_end_reload(struct client *cl, const struct table_change *change);

/* One line of the answer; true if there was room. What could forge a line is written as '?'. */
bool control_line(struct client *cl, const char *line);
/* The same in answers that are made in one go: what finds no room is counted. */
void control_put(struct client *cl, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* The end of an answer: "ok", or "error " and why. */
void control_ok(struct client *cl);
void control_error(struct client *cl, const char *fmt, ...) TEXT_PRINTF(2, 3);

/* How well does `word` name a service? If not at all, that is the answer. */
enum naming_fit control_names(struct client *cl, const char *word);
/* The next word of an argument, up to a blank, copied to `word`; it is left out of `*arg`. False:
 * there is none, or it is too long for `size`. */
bool control_word(const char **arg, char *word, size_t size);

#endif
