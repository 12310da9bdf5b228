/* cage/prober_files.c -- attempts at files and programs */
#include "config.h"

#include "cage/prober.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

const char *in_folder(const char *name)
{
    static char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", outside.folder, name); /* it fits */
    return path;
}

static bool can_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    return fd >= 0;
}

static bool read_file(void)
{
    return can_open(in_folder("secret"), O_RDONLY);
}

static bool list_folder(void)
{
    return opendir(outside.folder);
}

static bool see_file(void)
{
    struct stat st;
    return stat(in_folder("secret"), &st) == 0;
}

static bool write_file(void)
{
    return can_open(in_folder("public"), O_WRONLY);
}

static bool append_file(void)
{
    return can_open(in_folder("public"), O_WRONLY | O_APPEND);
}

static bool truncate_file(void)
{
    return truncate(in_folder("public"), 0) == 0;
}

static bool create_file(void)
{
    return can_open(in_folder("open/new"), O_WRONLY | O_CREAT);
}

static bool create_in_tmp(void)
{
    char path[] = "/tmp/doorward-cage-XXXXXX";
    int fd = mkstemp(path);
    (void)unlink(path); /* if it is there */
    return fd >= 0;
}

static bool create_in_shm(void)
{
    int fd = open("/dev/shm/doorward-cage", O_RDWR | O_CREAT, 0600);
    (void)unlink("/dev/shm/doorward-cage"); /* if it is there */
    return fd >= 0;
}

static bool make_folder(void)
{
    return mkdir(in_folder("open/folder"), 0700) == 0 && rmdir(in_folder("open/folder")) == 0;
}

static bool remove_file(void)
{
    return unlink(in_folder("open/to-remove")) == 0;
}

static bool rename_file(void)
{
    char from[4096];
    (void)snprintf(from, sizeof from, "%s", in_folder("open/to-rename")); /* it fits */
    return rename(from, in_folder("open/renamed")) == 0;
}

static bool link_symbolic(void)
{
    return symlink("/", in_folder("open/link")) == 0;
}

static bool make_fifo(void)
{
    return mkfifo(in_folder("open/fifo"), 0600) == 0;
}

static bool make_socket(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", in_folder("open/sock")); /* it fits */
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool make_device(void)
{
    return mknod(in_folder("open/device"), S_IFCHR | 0600, 1 << 8 | 3) == 0;
}

static bool change_mode(void)
{
    return chmod(in_folder("own"), 0600) == 0;
}

static bool change_attribute(void)
{
#ifdef SYS_setxattr
    return syscall(SYS_setxattr, in_folder("own"), "user.doorward", "1", 1, 0) == 0;
#else
    return false;
#endif
}

static bool runs(const char *path, const char *word)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl(path, "prober", word, (char *)NULL); /* returns only to fail */
        _exit(1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool run_program(void)
{
    return runs(in_folder("program"), "nothing");
}

static bool run_from_memory(void)
{
#if HAVE_MEMFD_CREATE
    static char copy[1 << 16];
    char path[64];
    int from = open("/bin/true", O_RDONLY), to = (int)syscall(SYS_memfd_create, "true", 0);
    for (ssize_t n; from >= 0 && (n = read(from, copy, sizeof copy)) > 0;)
        if (write(to, copy, (size_t)n) != n)
            return false;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", to); /* it fits */
    return to >= 0 && runs(path, "nothing");
#else
    return false;
#endif
}

static bool run_setuid(void)
{
    return runs(in_folder("setuid"), "euid");
}

static bool fill_tmp(void)
{
    static char block[1 << 20];
    char path[] = "/tmp/doorward-cage-XXXXXX";
    int fd = mkstemp(path), written = 0;
    (void)unlink(path); /* if it is there */
    while (fd >= 0 && written < 24 && write(fd, block, sizeof block) == (ssize_t)sizeof block)
        written++;
    return written == 24;
}

static bool write_host_system(void)
{
    return can_open("/usr/doorward-cage", O_WRONLY | O_CREAT) ||
           can_open("/etc/doorward-cage", O_WRONLY | O_CREAT);
}

static bool read_kernel_log(void)
{
    return can_open("/dev/kmsg", O_RDONLY) || can_open("/proc/kmsg", O_RDONLY);
}

static bool read_sys(void)
{
    return can_open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
}

static bool dump_core(void)
{
    struct rlimit more = {1 << 20, 1 << 20};
    return setrlimit(RLIMIT_CORE, &more) == 0;
}

static const struct attempt at[] = {{"read-file", read_file},
                                    {"list-folder", list_folder},
                                    {"see-that-a-file-exists", see_file},
                                    {"write-file", write_file},
                                    {"append-to-file", append_file},
                                    {"truncate-file", truncate_file},
                                    {"create-file", create_file},
                                    {"create-in-dev-shm", create_in_shm},
                                    {"make-folder", make_folder},
                                    {"remove-file", remove_file},
                                    {"rename-file", rename_file},
                                    {"make-symbolic-link", link_symbolic},
                                    {"make-fifo", make_fifo},
                                    {"make-socket", make_socket},
                                    {"make-device", make_device},
                                    {"change-mode-of-own-file", change_mode},
                                    {"change-attribute-of-own-file", change_attribute},
                                    {"run-program", run_program},
                                    {"run-from-memory", run_from_memory},
                                    {"run-setuid-program", run_setuid},
                                    {"create-in-tmp", create_in_tmp},
                                    {"fill-tmp", fill_tmp},
                                    {"write-the-system", write_host_system},
                                    {"read-kernel-log-file", read_kernel_log},
                                    {"read-sys", read_sys},
                                    {"raise-core-limit", dump_core}};
const struct attempts prober_files = {at, sizeof at / sizeof *at};
