/* model/players.c -- starters and their handlers: what handler/starter.c does, step by step */
#include "config.h"

#include "model/players.h"

#include "model/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "handler/worker.h"

struct starter {
    struct birth *birth;
    struct full_order whole;
    struct object *sockets[MESSAGE_OBJECTS];
    size_t count; /* of what came with the order */
    struct outcome answer;
    bool back;                  /* the connection goes back with it */
    const struct entry *failed; /* the last start that did */
    uint32_t answers, failed_at;
};

/* --- who is forked --------------------------------------------------------------------------- */

static enum role next_role = ROLE_HELPER;
static struct worker *next_worker;
static const struct start *next_start;

/* A fork inside `call` makes somebody who is to be `role`. */
#define FORKS(type, role, call)                                                                    \
    do {                                                                                           \
        next_role = (role);                                                                        \
        type result = (call);                                                                      \
        next_role = ROLE_HELPER;                                                                   \
        return result;                                                                             \
    } while (0)

PLAYED(bool, worker_hire, struct worker *w, struct loop *loop)
{
    next_worker = w;
    FORKS(bool, ROLE_STARTER, __real_worker_hire(w, loop));
}

PLAYED(bool, worker_fork, struct worker *w, struct loop *loop, struct start *st)
{
    next_worker = w;
    next_start = st;
    FORKS(bool, ROLE_FORKED, __real_worker_fork(w, loop, st));
}

struct reader;
PLAYED(int, reader_start, struct reader *r)
{
    FORKS(int, ROLE_READER, __real_reader_start(r));
}

struct probe;
struct server_options;
PLAYED(int, probe_start, struct probe *p, const char *program, const struct server_options *o,
       int state, int answers, uint64_t time)
{
    FORKS(int, ROLE_PROBE, __real_probe_start(p, program, o, state, answers, time));
}

/* --- what the master can know ---------------------------------------------------------------- */

enum { WORKERS = 64 };
static const struct worker *workers[WORKERS];

static void remember(const struct worker *w)
{
    size_t i = 0;
    while (i < WORKERS && workers[i] && workers[i] != w)
        i++;
    if (i < WORKERS)
        workers[i] = w;
}

void players_forget(void)
{
    memset(workers, 0, sizeof workers);
}

static bool tells(const struct worker *w, pid_t pid)
{
    if (w->watch.fd < 0)
        return false;
    for (const struct message *m = fd_object(w->watch.fd)->first; m; m = m->next) {
        struct outcome o;
        memcpy(&o, m->bytes, m->len);
        if (o.pid == pid)
            return true;
    }
    return w->count > 0 && w->birth->pid == pid;
}

bool player_tells(pid_t pid)
{
    for (size_t i = 0; i < WORKERS && workers[i]; i++)
        if (tells(workers[i], pid))
            return true;
    return false;
}

void player_forked(struct process *p)
{
    p->role = next_role;
    if (p->role == ROLE_READER)
        p->mind = strdup(player_text);
    if (p->role != ROLE_STARTER && p->role != ROLE_FORKED)
        return;
    struct starter *s = p->mind = calloc(1, sizeof *s);
    if (!s)
        abort();
    remember(next_worker);
    s->birth = next_worker->birth;
    s->answers = next_worker->answered;
    if (p->role == ROLE_FORKED)
        p->client = object_take(fd_object(next_start->fd));
}

/* --- a start --------------------------------------------------------------------------------- */

static struct spawn_error error_of(enum fate fate)
{
    static const struct spawn_error errors[FATES] = {[FATE_RUNS] = {NULL, 0, NULL},
                                                     [FATE_NO_PROCESS] = {"fork", EAGAIN, NULL},
                                                     [FATE_NO_PROGRAM] = {"execve", ENOENT, NULL},
                                                     [FATE_TOO_MANY] = {"execve", EAGAIN, NULL},
                                                     [FATE_NO_USER] = {"setresuid", EPERM, NULL}};
    return errors[fate];
}

static void let_go(struct starter *s)
{
    for (size_t i = 0; i < s->count; i++)
        object_drop(s->sockets[i]);
    s->count = 0;
}

static void take_order(struct process *p, struct starter *s)
{
    struct message *m = object_read(p->socket);
    kernel_tell("starter %d takes an order", (int)p->pid);
    memcpy(&s->whole, m->bytes, m->len);
    s->count = m->nobjects;
    for (size_t i = 0; i < m->nobjects; i++)
        s->sockets[i] = object_take(m->objects[i]);
    message_free(m);
    memset(&s->answer, 0, sizeof s->answer);
    *s->birth = (struct birth){.order = s->answers};
    s->answer.pid = -1;
    s->back = false;
    p->step = STARTS_TAKEN;
}

/* What fails for one fails for the next. */
static bool waits(const struct starter *s)
{
    return s->whole.order.entry == s->failed && (int32_t)(s->whole.order.seen - s->failed_at) < 0;
}

static void fails(struct process *p, struct starter *s, enum fate fate)
{
    s->answer.e = s->birth->e = error_of(fate);
    s->back = spawn_lacks_process(&s->answer.e);
    s->failed = s->whole.order.entry;
    s->failed_at = s->answers + 1;
    s->sockets[0]->excused = !s->back; /* closed with the answer */
    p->step = STARTS_OVER;
}

/* Its client has a handler now. */
static void serve(const struct process *p)
{
    if (p->client->kind != OBJ_CLIENT)
        return;
    if (p->client->handler)
        kernel_wrong("client %u is served twice", p->client->id);
    p->client->handler = p->pid;
}

static void give_birth(struct process *p, struct starter *s, enum fate fate)
{
    struct process *child = NULL;
    if (waits(s)) {
        s->back = true;
        p->step = STARTS_OVER;
        return;
    }
    if (fate != FATE_NO_PROCESS)
        child = process_new(ROLE_HANDLER);
    if (!child) {
        fails(p, s, FATE_NO_PROCESS);
        return;
    }
    s->birth->pid = s->answer.pid = child->pid;
    kernel_tell("starter %d: %d, client %u", (int)p->pid, (int)child->pid, s->sockets[0]->id);
    child->client = object_take(s->sockets[0]);
    serve(child);
    child->who = s->sockets[0]->id;
    child->failed = true; /* until it has executed the program */
    p->step = STARTS_BORN;
}

/* The child has become the program, or not; it may have been killed on its way. */
static void become(struct process *p, struct starter *s, enum fate fate)
{
    struct process *child = process_find(s->birth->pid);
    if (child && child->life == LIFE_RUNS && fate > FATE_NO_PROCESS) {
        child->client->handler = 0;
        fails(p, s, fate);
        process_exit(child, EXIT_NOT_STARTED << 8);
        s->birth->pid = 0;
        return;
    }
    if (child)
        child->failed = false;
    p->step = STARTS_OVER;
}

static void answer(struct process *p, struct starter *s)
{
    kernel_tell("starter %d answers %d, %s", (int)p->pid, (int)s->answer.pid,
                s->answer.e.step ? s->answer.e.step : "good");
    bool good = object_send(p->socket, &s->answer, offsetof(struct outcome, why), s->sockets,
                            s->back ? 1 : 0);
    s->answers++;
    let_go(s);
    p->step = STARTS_NOT;
    if (!good)
        process_exit(p, 1 << 8);
}

/* A child of the master's own: it is the handler, or says why not. */
static void forked_step(struct process *p, struct starter *s, enum fate fate)
{
    if (fate == FATE_RUNS) {
        p->role = ROLE_HANDLER;
        serve(p);
        object_drop(p->socket);
        p->socket = NULL;
        return;
    }
    s->answer.pid = -1;
    s->answer.e = error_of(fate);
    bool back = spawn_lacks_process(&s->answer.e) && p->client->kind == OBJ_CLIENT;
    p->client->excused = !back;
    (void)object_send(p->socket, &s->answer, offsetof(struct outcome, why), &p->client, back);
    p->failed = true;
    process_exit(p, EXIT_NOT_STARTED << 8);
}

bool starter_can(const struct process *p)
{
    if (p->life != LIFE_RUNS || (p->role != ROLE_STARTER && p->role != ROLE_FORKED))
        return false;
    return p->role == ROLE_FORKED || p->step != STARTS_NOT || object_ready(p->socket);
}

void starter_step(struct process *p, enum fate fate)
{
    static void (*const steps[])(struct process * p, struct starter * s, enum fate fate) = {
        [STARTS_TAKEN] = give_birth, [STARTS_BORN] = become};
    struct starter *s = p->mind;
    if (p->role == ROLE_FORKED)
        forked_step(p, s, fate);
    else if (p->step == STARTS_OVER)
        answer(p, s);
    else if (p->step != STARTS_NOT)
        steps[p->step](p, s, fate);
    else if (p->socket->first)
        take_order(p, s);
    else
        process_exit(p, 0);
}

void player_ended(struct process *p)
{
    struct starter *s = p->mind;
    if (p->role == ROLE_STARTER && s) {
        struct process *child = p->step == STARTS_BORN ? process_find(s->birth->pid) : NULL;
        if (child)
            child->failed = false; /* it does without */
        for (size_t i = 0; i < s->count; i++)
            s->sockets[i]->excused = true; /* nobody else has it */
        let_go(s);
    }
    free(p->mind);
    p->mind = NULL;
}
