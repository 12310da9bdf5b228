/* daemon/learn/watch.c -- system calls of a handler as facts */
#include "config.h"

#include "daemon/learn/watch.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/text.h"
#include "daemon/learn/look.h"
#include "daemon/learn/sockets.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* --- what a path is used for ------------------------------------------------------------------ */

enum use { OPEN, OPEN_HOW, CREATE, FOLDER, FILE_ITSELF };

/* Each path of each call: the numbers of its arguments; a folder of -1 is the current one. */
static const struct row {
    long nr;
    enum use use;
    int dir, path, flags;
} rows[] = {
    {SYS_openat, OPEN, 0, 1, 2},
    {SYS_openat2, OPEN_HOW, 0, 1, 2},
    {SYS_mkdirat, FOLDER, 0, 1, 0},
    {SYS_mknodat, FOLDER, 0, 1, 0},
    {SYS_unlinkat, FOLDER, 0, 1, 0},
    {SYS_symlinkat, FOLDER, 1, 2, 0},
    {SYS_linkat, FOLDER, 0, 1, 0},
    {SYS_linkat, FOLDER, 2, 3, 0},
    {SYS_renameat2, FOLDER, 0, 1, 0},
    {SYS_renameat2, FOLDER, 2, 3, 0},
    {SYS_truncate, FILE_ITSELF, -1, 0, 0},
#ifdef SYS_truncate64
    {SYS_truncate64, FILE_ITSELF, -1, 0, 0},
#endif
#ifdef SYS_renameat
    {SYS_renameat, FOLDER, 0, 1, 0},
    {SYS_renameat, FOLDER, 2, 3, 0},
#endif
#ifdef SYS_open
    {SYS_open, OPEN, -1, 0, 1},
    {SYS_creat, CREATE, -1, 0, 0},
    {SYS_mkdir, FOLDER, -1, 0, 0},
    {SYS_rmdir, FOLDER, -1, 0, 0},
    {SYS_mknod, FOLDER, -1, 0, 0},
    {SYS_unlink, FOLDER, -1, 0, 0},
    {SYS_symlink, FOLDER, -1, 1, 0},
    {SYS_link, FOLDER, -1, 0, 0},
    {SYS_link, FOLDER, -1, 1, 0},
    {SYS_rename, FOLDER, -1, 0, 0},
    {SYS_rename, FOLDER, -1, 1, 0},
#endif
};

/* The row of the call's path `i`. */
static const struct row *row_of(uint64_t nr, unsigned i)
{
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if ((uint64_t)rows[r].nr == nr && i-- == 0)
            return &rows[r];
    return NULL;
}

static int flags_of(const struct watch_call *c, const struct row *r)
{
    uint64_t how = 0;
    if (r->use == CREATE)
        return O_CREAT | O_TRUNC | O_WRONLY;
    if (r->use == OPEN)
        return (int)c->args[r->flags];
    if (r->use == OPEN_HOW && look_bytes(c->pid, c->args[r->flags], &how, sizeof how) > 0)
        return (int)how;
    return 0;
}

static void write_in_folder(struct facts *f, const char *place)
{
    char folder[LOOK_PATH];
    look_folder(place, folder);
    facts_add(f, FACT_WRITE, folder);
}

static void opened(struct facts *f, const char *place, bool there, int flags)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    if (flags & O_PATH)
        return;
    if (flags & O_CREAT && !there)
        write_in_folder(f, place);
    else
        facts_add(f, writes ? FACT_WRITE : FACT_READ, place);
    if (flags & O_DIRECTORY)
        facts_add(f, FACT_LIST, place);
}

static void begin_path(struct watch_call *c, const struct row *r, unsigned i)
{
    char path[LOOK_PATH], place[LOOK_PATH];
    int dir = r->dir < 0 ? AT_FDCWD : (int)c->args[r->dir];
    if (look_string(c->pid, c->args[r->path], path) &&
        look_place(c->pid, dir, path, r->use == FOLDER, place, &c->there[i]))
        c->place[i] = strdup(place);
}

static void end_path(struct facts *f, const struct watch_call *c, const struct row *r, unsigned i)
{
    if (r->use == FOLDER)
        write_in_folder(f, c->place[i]);
    else if (r->use == FILE_ITSELF)
        facts_add(f, FACT_WRITE, c->place[i]);
    else
        opened(f, c->place[i], c->there[i], flags_of(c, r));
}

/* --- calls that strict does not allow --------------------------------------------------------- */

static const struct {
    long nr;
    const char *name;
} special[] = {
#define CALL(name)                                                                                 \
    {                                                                                              \
        SYS_##name, #name                                                                          \
    }
    CALL(acct),
    CALL(add_key),
    CALL(chroot),
    CALL(delete_module),
    CALL(init_module),
    CALL(keyctl),
    CALL(mount),
    CALL(mq_getsetattr),
    CALL(mq_notify),
    CALL(mq_open),
    CALL(mq_unlink),
    CALL(perf_event_open),
    CALL(pivot_root),
    CALL(ptrace),
    CALL(quotactl),
    CALL(reboot),
    CALL(request_key),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(setns),
    CALL(swapoff),
    CALL(swapon),
    CALL(syslog),
    CALL(umount2),
    CALL(unshare),
    CALL(vhangup),
    CALL(bpf),
    CALL(msgctl),
    CALL(msgget),
    CALL(semctl),
    CALL(semget),
    CALL(shmat),
    CALL(shmctl),
    CALL(shmdt),
    CALL(shmget),
#ifdef SYS_io_uring_setup
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
#endif
#ifdef SYS_ipc
    CALL(ipc),
#endif
#ifdef SYS_msgrcv
    CALL(msgrcv),
    CALL(msgsnd),
#endif
#ifdef SYS_semop
    CALL(semop),
#endif
#ifdef SYS_semtimedop
    CALL(semtimedop),
#endif
#ifdef SYS_mq_timedsend
    CALL(mq_timedsend),
    CALL(mq_timedreceive),
#endif
#ifdef SYS_userfaultfd
    CALL(userfaultfd),
#endif
#undef CALL
};

static void note_special(struct facts *f, uint64_t nr)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if ((uint64_t)special[i].nr == nr)
            facts_add(f, FACT_CALL, special[i].name);
}

/* --- a call ---------------------------------------------------------------------------------- */

/* On some systems all calls on sockets are one. */
static void unpack(struct watch_call *c)
{
#ifdef SYS_socketcall
    static const long numbers[] = {0, SYS_socket, SYS_bind, SYS_connect};
    unsigned long args[3];
    if (c->nr == SYS_socketcall && c->args[0] >= 1 && c->args[0] <= 3 &&
        look_bytes(c->pid, c->args[1], args, sizeof args) == (ssize_t)sizeof args) {
        c->nr = (uint64_t)numbers[c->args[0]];
        for (size_t i = 0; i < 3; i++)
            c->args[i] = args[i];
    }
#else
    (void)c;
#endif
}

void watch_begin(struct facts *f, struct watch_call *c)
{
    const struct row *r;
    (void)f;
    unpack(c);
    for (unsigned i = 0; i < 2 && (r = row_of(c->nr, i)); i++)
        begin_path(c, r, i);
}

void watch_drop(struct watch_call *c)
{
    for (unsigned i = 0; i < 2; i++) {
        free(c->place[i]);
        c->place[i] = NULL;
    }
}

void watch_end(struct facts *f, struct watch_call *c, int64_t result)
{
    const struct row *r;
    bool tried = c->nr == SYS_connect && result < 0; /* another day it answers */
    for (unsigned i = 0; i < 2 && result >= 0 && (r = row_of(c->nr, i)); i++)
        if (c->place[i])
            end_path(f, c, r, i);
    if (result >= 0)
        note_special(f, c->nr);
    if (c->nr == SYS_socket && result >= 0)
        sockets_made(f, c, (int)result);
    if (c->nr == SYS_connect && (result >= 0 || tried))
        sockets_connect(f, c, result >= 0 || result == -EINPROGRESS);
    if (c->nr == SYS_bind && result >= 0)
        sockets_bind(f, c, write_in_folder);
    watch_drop(c);
}

#else

void watch_begin(struct facts *f, struct watch_call *c)
{
    (void)f, (void)c;
}

void watch_end(struct facts *f, struct watch_call *c, int64_t result)
{
    (void)f, (void)c, (void)result;
}

void watch_drop(struct watch_call *c)
{
    (void)c;
}

#endif
