/* os/pidfile.c -- one instance for one pid file */
#include "config.h"

#include "os/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

static const char *file;
static int fd = -1;

/* The number in the file, for the message: "?" when there is none. */
static void say_locked(int by_fd)
{
    char text[24] = "";
    ssize_t n = pread(by_fd, text, sizeof text - 1, 0);
    if (n > 0)
        text[strcspn(text, "\n")] = '\0';
    log_warnx("%s: another instance is running (pid %s)", file, n > 0 ? text : "not written yet");
}

/* Is what we locked still what the path leads to? Its owner may have removed it meanwhile. */
static bool current(int locked)
{
    struct stat mine, there;
    return fstat(locked, &mine) == 0 && stat(file, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

bool pidfile_lock(const char *path)
{
    file = path;
    for (int tries = 0; tries < 10; tries++) {
        /* flock(2), not lockf(3): a lock that a fork in daemon mode keeps. */
        int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (opened < 0) {
            log_warn("%s", path);
            return false;
        }
        if (flock(opened, LOCK_EX | LOCK_NB) < 0) {
            say_locked(opened);
            (void)close(opened); /* only looked at */
            return false;
        }
        if (current(opened)) {
            fd = opened;
            return true;
        }
        (void)close(opened); /* somebody removed it: once more */
    }
    log_warnx("%s: it does not stay in its place", path);
    return false;
}

void pidfile_write(void)
{
    char text[24];
    if (fd < 0)
        return;
    (void)text_fits(text, sizeof text, "%ld\n", (long)getpid()); /* 24 bytes hold any long */
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
        log_warn("%s", file);
}

void pidfile_remove(void)
{
    if (fd >= 0 && current(fd) && unlink(file) < 0)
        log_warn("%s", file);
}
