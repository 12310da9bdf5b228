/* daemon/learn/look.c -- what a process has in its memory, and where its paths lead */
#include "config.h"

#include "daemon/learn/look.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

ssize_t look_bytes(pid_t pid, uint64_t at, void *out, size_t size)
{
    char name[64];
    int fd = text_fits(name, sizeof name, "/proc/%ld/mem", (long)pid)
                 ? open(name, O_RDONLY | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        return -1;
    ssize_t n = pread(fd, out, size, (off_t)at);
    (void)close(fd); /* only read from */
    return n;
}

bool look_string(pid_t pid, uint64_t at, char out[static LOOK_PATH])
{
    ssize_t n = at ? look_bytes(pid, at, out, LOOK_PATH) : -1;
    return n > 0 && memchr(out, '\0', (size_t)n);
}

static bool read_link(const char *name, char out[static LOOK_PATH])
{
    ssize_t n = readlink(name, out, LOOK_PATH - 1);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool of_process(pid_t pid, const char *what, char out[static LOOK_PATH])
{
    char name[64];
    return text_fits(name, sizeof name, "/proc/%ld/%s", (long)pid, what) && read_link(name, out);
}

bool look_fd(pid_t pid, int fd, char out[static LOOK_PATH])
{
    char name[32];
    return text_fits(name, sizeof name, "fd/%d", fd) && of_process(pid, name, out);
}

void look_folder(const char *path, char out[static LOOK_PATH])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash && slash > path ? (size_t)(slash - path) : 1;
    (void)text_fits(out, LOOK_PATH, "%.*s", (int)len, path); /* it is shorter */
}

/* What has another name in each run. */
static void generalise(char *path)
{
    bool own = strncmp(path, "/proc/self", 10) == 0 || strncmp(path, "/proc/thread-self", 17) == 0;
    if (own || (strncmp(path, "/proc/", 6) == 0 && isdigit((unsigned char)path[6])))
        path[5] = '\0';
    if (strncmp(path, "/dev/pts/", 9) == 0)
        path[8] = '\0';
}

/* Without links; what is not there has its folder's path. */
static bool resolve(const char *path, bool link, char out[static LOOK_PATH], bool *there)
{
    struct stat st;
    char folder[LOOK_PATH];
    const char *name = strrchr(path, '/');
    *there = (link ? lstat(path, &st) : stat(path, &st)) == 0;
    if (*there && !(link && S_ISLNK(st.st_mode)))
        return !!realpath(path, out);
    look_folder(path, folder);
    char *real = realpath(folder, NULL);
    bool good = real && name && name[1] &&
                text_fits(out, LOOK_PATH, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name + 1);
    free(real);
    return good;
}

/* From where a path of the process begins. */
static bool base_of(pid_t pid, int dirfd, const char *path, const char *root,
                    char out[static LOOK_PATH])
{
    if (*path == '/')
        return text_fits(out, LOOK_PATH, "%s", strcmp(root, "/") == 0 ? "" : root);
    bool good = dirfd == AT_FDCWD ? of_process(pid, "cwd", out) : look_fd(pid, dirfd, out);
    return good && *out == '/';
}

bool look_place(pid_t pid, int dirfd, const char *path, bool link, char out[static LOOK_PATH],
                bool *there)
{
    char root[LOOK_PATH], base[LOOK_PATH], whole[LOOK_PATH];
    if (strncmp(path, "/proc/", 6) == 0) {
        (void)text_fits(out, LOOK_PATH, "%s", path); /* it fits as it did there */
        generalise(out);
        *there = true;
        return true;
    }
    if (!*path || strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/dev/std", 8) == 0)
        return false; /* what it has open */
    if (!of_process(pid, "root", root) || !base_of(pid, dirfd, path, root, base) ||
        !text_fits(whole, sizeof whole, "%s%s%s", base, *path == '/' ? "" : "/", path) ||
        !resolve(whole, link, out, there))
        return false;
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (len > 0 && strncmp(out, root, len) == 0)
        memmove(out, out[len] ? out + len : "/", out[len] ? strlen(out + len) + 1 : 2);
    generalise(out);
    return true;
}
