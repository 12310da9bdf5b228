/*
 * model/kernel.h -- a kernel that is played: time, descriptors, processes and signals of the
 * master, all of it in this process and in the hands of whoever plays.
 *
 * The master is the real one. The system calls that it makes are ours (calls.c, by the linker's
 * --wrap): where it would wait, kernel.turn() is called, which changes the world. */
#ifndef DOORWARD_MODEL_KERNEL_H
#define DOORWARD_MODEL_KERNEL_H

#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    FD_FIRST = 64, /* lower numbers are real ones */
    FD_END = 1024,
    QUEUE_MOST = 64,      /* of a listener */
    MESSAGE_OBJECTS = 66, /* descriptors of one datagram */
    PROCESSES = 512
};

enum object_kind { OBJ_EPOLL, OBJ_LISTENER, OBJ_CLIENT, OBJ_SOCKET, OBJ_PIPE, OBJ_OTHER };

struct message {
    struct message *next;
    size_t len;
    size_t nobjects;
    struct object *objects[MESSAGE_OBJECTS];
    unsigned char bytes[];
};

/* What descriptors stand for. */
struct object {
    enum object_kind kind;
    unsigned refs; /* descriptors, messages, processes that have it */
    int watched;   /* by epoll: the descriptor; 0: it is not */
    void *tag;     /* epoll's */
    /* of a socket pair or a pipe: */
    struct object *peer; /* NULL: it has gone */
    struct message *first, **last;
    /* of a listener: */
    struct sockaddr_in at;
    bool listens;
    struct object *queue[QUEUE_MOST];
    size_t queued;
    /* of a client: */
    unsigned id;     /* from 1; it is its port, too */
    unsigned source; /* the last byte of its address */
    uint16_t port;   /* whom it asked */
    bool reset, accepted, excused;
    pid_t handler; /* that has it; 0: none */
};

enum role { ROLE_STARTER, ROLE_HANDLER, ROLE_FORKED, ROLE_HELPER, ROLE_READER, ROLE_PROBE };
enum life { LIFE_NONE, LIFE_RUNS, LIFE_ZOMBIE };

struct process {
    pid_t pid;
    enum role role;
    enum life life;
    int status;            /* of a zombie, waitpid(2) */
    struct object *socket; /* its end */
    struct object *client; /* a handler's */
    unsigned step;         /* the player's */
    unsigned who;          /* a handler's client's id */
    bool failed;           /* it was to be a handler */
    bool deaf;             /* TERM does nothing to it */
    void *mind;            /* the player's */
};

/* What a call of the master's fails with next; 0: it does not. */
struct failing {
    int accept, fork, socketpair, watch, send;
    unsigned memory; /* the how-manieth allocation from now; 0: none */
};

struct kernel {
    bool plays;                        /* else all calls are the real ones */
    uint64_t now;                      /* ns */
    void (*turn)(uint64_t deadline);   /* the master waits, until `deadline` at most (UINT64_MAX) */
    uint32_t (*choose)(uint32_t n);    /* 0 to n - 1: what the kernel is free to do */
    void (*forked)(struct process *p); /* one more: give it its role */
    void (*ended)(struct process *p);  /* it ends: what it has in mind is to be let go */
    void (*gone)(struct object *client); /* nobody has it any more */
    struct {
        struct object *object;
        bool cloexec;
        int flags;
    } fds[FD_END];
    struct process processes[PROCESSES];
    pid_t last_pid;
    struct failing fail;
    uint64_t pending; /* signals, a bit each */
    pid_t sender[64]; /* si_pid of those */
    void (*caught[64])(int signo, siginfo_t *info, void *context);
    void (*ignored[64])(int signo);
    uint64_t waits;  /* how often the master has waited */
    int executes;    /* fd of the state: the master has executed another one; -1 */
    jmp_buf again;   /* and this is where it begins */
    long processors; /* that there are */
    uint64_t tick;   /* ns that pass whenever somebody looks at the clock */
    bool mute;       /* signals stay pending */
    bool wakes;      /* the master's wait is over, once */
    int (*rank)(const struct process *p); /* who is waited for first; NULL: anybody */
    const struct object *only; /* of all that are ready, this one is reported; NULL: any */
    struct object *pair[2];    /* of the last socketpair(2), or pipe2(2) */
    int top;                   /* descriptors from here on are free */
    void (*heard)(const char *line, size_t len); /* the log, and what is told besides */
};
extern struct kernel kernel;

/* Nothing is there. */
void kernel_reset(void);

/* It cannot be: says so, and ends the process. */
_Noreturn void kernel_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* To kernel.heard. */
void kernel_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What kernel_wrong() says besides. */
extern void (*kernel_say)(void);

/* --- objects -------------------------------------------------------------------------------- */

struct object *object_new(enum object_kind kind);
struct object *object_take(struct object *o); /* one reference more */
void object_drop(struct object *o);           /* one less; NULL: nothing */
bool object_ready(const struct object *o);
/* Put into what the peer of `o` reads, with references of its own. False: there is no peer. */
bool object_send(struct object *o, const void *bytes, size_t len, struct object *const *objects,
                 size_t n);
/* The next that `o` reads, the caller's with its references; NULL: none. */
struct message *object_read(struct object *o);
void message_free(struct message *m);

/* The lowest free descriptor, or -1. Takes the reference over. */
int fd_give(struct object *o, bool cloexec);
/* NULL: it is none of the played ones. A played one that is closed is wrong. */
struct object *fd_object(int fd);
bool fd_is_played(int fd);
size_t fd_count(void);
void fd_close(int fd);

/* --- processes and signals ------------------------------------------------------------------ */

struct process *process_new(enum role role); /* NULL: there are too many */
struct process *process_find(pid_t pid);     /* that has not been waited for */
void process_exit(struct process *p, int status);
void kernel_signal(int signo, pid_t sender);
/* What waits to be delivered is, to the master's handlers. False: there is none. */
bool kernel_deliver(void);

#endif
