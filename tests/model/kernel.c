/* model/kernel.c -- the played kernel: objects, descriptors, processes, signals */
#include "config.h"

#include "model/kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kernel kernel;
void (*kernel_say)(void);

void kernel_wrong(const char *format, ...)
{
    va_list ap;
    kernel.plays = false;
    va_start(ap, format);
    (void)fflush(stdout);
    (void)fputs("# wrong: ", stdout);
    (void)vfprintf(stdout, format, ap);
    (void)fputs("\n", stdout);
    va_end(ap);
    if (kernel_say)
        kernel_say();
    (void)fflush(stdout);
    abort();
}

void kernel_tell(const char *format, ...)
{
    char line[160];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line, sizeof line - 1, format, ap);
    va_end(ap);
    if (kernel.heard && n > 0)
        kernel.heard(line, (size_t)n + 1); /* with its end, as lines have */
}

void kernel_reset(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.now = UINT64_C(1000000000000);
    kernel.last_pid = 1000;
    kernel.executes = -1;
    kernel.processors = 2;
}

/* --- objects -------------------------------------------------------------------------------- */

struct object *object_new(enum object_kind kind)
{
    struct object *o = calloc(1, sizeof *o);
    if (!o)
        abort();
    o->kind = kind;
    o->refs = 1;
    o->last = &o->first;
    return o;
}

struct object *object_take(struct object *o)
{
    o->refs++;
    return o;
}

void message_free(struct message *m)
{
    for (size_t i = 0; i < m->nobjects; i++)
        object_drop(m->objects[i]);
    free(m);
}

static void bury(struct object *o)
{
    struct message *m;
    if (o->watched)
        kernel_wrong("closed while it is watched: descriptor %d", o->watched);
    if (o->kind == OBJ_CLIENT && kernel.gone)
        kernel.gone(o);
    if (o->peer)
        o->peer->peer = NULL;
    while ((m = object_read(o)))
        message_free(m);
    for (size_t i = 0; i < o->queued; i++)
        object_drop(o->queue[i]);
    free(o);
}

void object_drop(struct object *o)
{
    if (o && --o->refs == 0)
        bury(o);
}

bool object_ready(const struct object *o)
{
    switch (o->kind) {
    case OBJ_LISTENER:
        return o->queued > 0;
    case OBJ_SOCKET:
    case OBJ_PIPE:
        return o->first || !o->peer;
    case OBJ_EPOLL:
    case OBJ_CLIENT:
    case OBJ_OTHER:
        return false;
    }
    return false;
}

bool object_send(struct object *o, const void *bytes, size_t len, struct object *const *objects,
                 size_t n)
{
    struct object *to = o->peer;
    struct message *m = to ? malloc(sizeof *m + len) : NULL;
    if (!m)
        return false;
    m->next = NULL;
    m->len = len;
    m->nobjects = n;
    for (size_t i = 0; i < n; i++)
        m->objects[i] = object_take(objects[i]);
    memcpy(m->bytes, bytes, len);
    *to->last = m;
    to->last = &m->next;
    return true;
}

struct message *object_read(struct object *o)
{
    struct message *m = o->first;
    if (m && !(o->first = m->next))
        o->last = &o->first;
    return m;
}

/* --- descriptors ---------------------------------------------------------------------------- */

int fd_give(struct object *o, bool cloexec)
{
    for (int fd = FD_FIRST; fd < FD_END; fd++)
        if (!kernel.fds[fd].object) {
            kernel.fds[fd].object = o;
            kernel.fds[fd].cloexec = cloexec;
            kernel.fds[fd].flags = 0;
            if (fd >= kernel.top)
                kernel.top = fd + 1;
            return fd;
        }
    kernel_wrong("no descriptors are left");
}

bool fd_is_played(int fd)
{
    return kernel.plays && fd >= FD_FIRST && fd < FD_END;
}

struct object *fd_object(int fd)
{
    if (!fd_is_played(fd))
        return NULL;
    if (!kernel.fds[fd].object)
        kernel_wrong("descriptor %d is closed, and is used", fd);
    return kernel.fds[fd].object;
}

size_t fd_count(void)
{
    size_t n = 0;
    for (int fd = FD_FIRST; fd < kernel.top; fd++)
        n += kernel.fds[fd].object ? 1 : 0;
    return n;
}

void fd_close(int fd)
{
    struct object *o = fd_object(fd);
    if (o->watched == fd)
        kernel_wrong("descriptor %d is closed while it is watched", fd);
    kernel.fds[fd].object = NULL;
    while (kernel.top > FD_FIRST && !kernel.fds[kernel.top - 1].object)
        kernel.top--;
    object_drop(o);
}

/* --- processes ------------------------------------------------------------------------------ */

struct process *process_new(enum role role)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        struct process *p = &kernel.processes[i];
        if (p->life != LIFE_NONE)
            continue;
        *p = (struct process){.pid = ++kernel.last_pid, .role = role, .life = LIFE_RUNS};
        return p;
    }
    return NULL;
}

struct process *process_find(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (kernel.processes[i].life != LIFE_NONE && kernel.processes[i].pid == pid)
            return &kernel.processes[i];
    return NULL;
}

void process_exit(struct process *p, int status)
{
    if (p->life != LIFE_RUNS)
        return;
    p->life = LIFE_ZOMBIE;
    kernel_tell("process %d ends", (int)p->pid);
    p->status = status;
    object_drop(p->socket);
    object_drop(p->client);
    p->socket = p->client = NULL;
    kernel.ended(p);
    kernel_signal(SIGCHLD, p->pid);
}

/* --- signals -------------------------------------------------------------------------------- */

/* Who is first stays: others are not even queued. */
void kernel_signal(int signo, pid_t sender)
{
    if (kernel.pending & UINT64_C(1) << signo)
        return;
    kernel.pending |= UINT64_C(1) << signo;
    kernel.sender[signo] = sender;
}

bool kernel_deliver(void)
{
    bool any = false;
    for (int signo = 1; signo < 64 && !kernel.mute; signo++) {
        if (!(kernel.pending & UINT64_C(1) << signo))
            continue;
        kernel.pending &= ~(UINT64_C(1) << signo);
        siginfo_t info = {.si_signo = signo};
        info.si_pid = kernel.sender[signo];
        if (kernel.caught[signo])
            kernel.caught[signo](signo, &info, NULL);
        else if (kernel.ignored[signo])
            kernel.ignored[signo](signo);
        any = true;
    }
    return any;
}
