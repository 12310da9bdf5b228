/* os/pidfile.c -- one instance for one pid file */
#include "config.h"

#include "os/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

/*
 * Two files: everybody may read the pid file, and who may read a file may lock it, in any of the
 * ways there are. So the lock is on a file that nobody else may open. */
struct mine {
    char path[PATH_MAX];
    int fd;
};

static struct mine pid = {.fd = -1}, lock = {.fd = -1};

/* Why this file is not one that we made, or NULL. */
static const char *foreign(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is not a regular file";
    if (st->st_uid != geteuid())
        return "belongs to another user";
    return st->st_nlink > 1 ? "has another name too" : NULL;
}

static bool refuse(const struct mine *m, const char *why)
{
    log_warnx("%s: refused: it %s", m->path, why);
    return false;
}

/* Is what we have open still what the path leads to? */
static bool current(const struct mine *m)
{
    struct stat own, there;
    return m->fd >= 0 && fstat(m->fd, &own) == 0 && lstat(m->path, &there) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

static void let_go(struct mine *m)
{
    if (m->fd >= 0)
        (void)close(m->fd); /* what was written is not needed any more */
    m->fd = -1;
}

/*
 * Open it, or make it. Others may write to the folder: a symbolic link is not followed, a pipe is
 * not waited for, and what is another's, or known by a second name, is left as it is. */
static bool open_mine(struct mine *m, mode_t mode)
{
    struct stat st, there;
    m->fd = open(m->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
    if (m->fd < 0) {
        int error = errno;
        if (lstat(m->path, &there) == 0 && S_ISLNK(there.st_mode))
            return refuse(m, "is a symbolic link");
        errno = error;
        log_warn("%s", m->path);
        return false;
    }
    const char *why = fstat(m->fd, &st) < 0 ? "cannot be looked at" : foreign(&st);
    if (!why && (st.st_mode & 0777 & ~mode) != 0 && fchmod(m->fd, mode) < 0)
        why = "is open to others";
    if (!why)
        return true;
    let_go(m);
    return refuse(m, why);
}

/* The number in the pid file, for the message: "?" when there is none. */
static void say_locked(void)
{
    struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(lock.fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK)
        log_warnx("%s: another instance is running (pid %ld)", pid.path, (long)held.l_pid);
    else
        log_warnx("%s: another instance is running", pid.path);
}

/* fcntl(2)'s lock is the process's own: no child has it, however long it lives. */
static bool take_lock(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    for (int tries = 0; tries < 10; tries++) {
        if (!open_mine(&lock, 0600))
            return false;
        if (fcntl(lock.fd, F_SETLK, &whole) < 0) {
            if (errno == EACCES || errno == EAGAIN)
                say_locked();
            else
                log_warn("%s", lock.path);
            let_go(&lock);
            return false;
        }
        if (current(&lock))
            return true;
        let_go(&lock); /* its owner removed it meanwhile: once more */
    }
    log_warnx("%s: it does not stay in its place", lock.path);
    return false;
}

bool pidfile_lock(const char *path)
{
    if (!text_fits(pid.path, sizeof pid.path, "%s", path) ||
        !text_fits(lock.path, sizeof lock.path, "%s.lock", path)) {
        log_warnx("%s: the path is too long", path);
        return false;
    }
    if (!take_lock())
        return false;
    if (open_mine(&pid, 0644))
        return true;
    pidfile_remove();
    return false;
}

void pidfile_write(void)
{
    char text[24];
    if (pid.fd < 0)
        return;
    (void)text_fits(text, sizeof text, "%ld\n", (long)getpid()); /* 24 bytes hold any long */
    if (!current(&pid))
        log_warnx("%s: somebody has removed or replaced it", pid.path);
    else if (ftruncate(pid.fd, 0) < 0 ||
             pwrite(pid.fd, text, strlen(text), 0) != (ssize_t)strlen(text))
        log_warn("%s", pid.path);
}

void pidfile_remove(void)
{
    struct mine *const both[] = {&pid, &lock};
    for (size_t i = 0; i < 2; i++) {
        if (current(both[i]) && unlink(both[i]->path) < 0)
            log_warn("%s", both[i]->path);
        let_go(both[i]);
    }
}

static void save(const struct mine *m, struct state_out *o)
{
    state_put_text(o, m->path);
    state_put_fd(o, m->fd);
}

void pidfile_save(struct state_out *o)
{
    if (pid.fd < 0)
        return;
    state_record(o);
    save(&pid, o);
    save(&lock, o);
}

static void restore(struct mine *m, struct state_in *r)
{
    if (!text_fits(m->path, sizeof m->path, "%s", state_get_text(r)))
        *r->bad = true;
    m->fd = state_get_fd(r);
}

void pidfile_restore(struct state_in *records)
{
    struct state_in r;
    if (!state_next_record(records, &r))
        return;
    restore(&pid, &r);
    restore(&lock, &r);
}
