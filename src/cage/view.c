/* cage/view.c -- the tree of files that a jailed handler sees: what it consists of, and mounted */
#include "config.h"

#include "cage/view.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

bool view_bound_writable(const char *word)
{
    const char *colon = strrchr(word, ':');
    return colon && strcmp(colon, ":rw") == 0;
}

const char *view_bound_to(const char *word, char to[static VIEW_PATH])
{
    const char *colon = strchr(word, ':');
    if (colon && colon[1] == '/')
        word = colon + 1;
    size_t len = strcspn(word, ":");
    if (len >= VIEW_PATH)
        len = 0; /* the configuration has no such */
    memcpy(to, word, len);
    to[len] = '\0';
    return to;
}

#ifdef __linux__

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- the kernel's words, where the headers are older ----------------------------------------- */

#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#define SYS_fsopen     430
#define SYS_fsconfig   431
#define SYS_fsmount    432
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

struct attributes {
    uint64_t set, clear, propagation, namespace;
};
struct how {
    uint64_t flags, mode, resolve;
};
enum {
    CLONE_TREE = 1,
    WITH_ALL = 0x8000, /* AT_RECURSIVE */
    BY_FD = 0x1000,    /* AT_EMPTY_PATH */
    FROM_FD = 4,       /* MOVE_MOUNT_F_EMPTY_PATH */
    READ_ONLY = 1,     /* MOUNT_ATTR_..., and the next three */
    NO_SUID = 2,
    NO_DEV = 4,
    NO_EXEC = 8,
    IN_ROOT = 0x10, /* RESOLVE_IN_ROOT */
    LONGEST = VIEW_PATH
};

/* Of nothing but what is named? Else it is the folder `root`, or, without one, the system. */
static bool view_is_made(const struct cage *c)
{
    return c->root && strcmp(c->root, "/") == 0;
}

/* --- one path into it ------------------------------------------------------------------------ */

struct view {
    int root;    /* of what is being made */
    bool is_new; /* mount points can be made in it */
    const char *failed;
};

static void fail(struct view *v, const char *call)
{
    if (!v->failed)
        v->failed = call;
}

/* As it is found from the new root, whatever links lead through. */
static int look_up(const struct view *v, const char *path, int flags)
{
    const struct how how = {.flags = (uint64_t)(flags | O_PATH | O_CLOEXEC), .resolve = IN_ROOT};
    return (int)syscall(SYS_openat2, v->root, *path ? path : "/", &how, sizeof how);
}

/* The folder above `path`, made if need be, whose last part is `*name`. -1 with errno. */
static int folder_of(const struct view *v, const char *path, const char **name)
{
    char part[LONGEST];
    int at = look_up(v, "/", O_DIRECTORY);
    for (const char *slash = path; at >= 0; slash += 1) {
        while (*slash == '/')
            slash++;
        const char *end = slash + strcspn(slash, "/");
        *name = slash;
        if (!end[strspn(end, "/")])
            break;
        if (!text_fits(part, sizeof part, "%.*s", (int)(end - slash), slash))
            errno = ENAMETOOLONG;
        else if (v->is_new)
            (void)mkdirat(at, part, 0755); /* it may be there; the next call tells */
        (void)close(at);                   /* only looked at */
        at = text_fits(part, sizeof part, "%.*s", (int)(end - path), path)
                 ? look_up(v, part, O_DIRECTORY)
                 : -1;
        slash = end;
    }
    return at;
}

/* A link is one there, too: what it leads to has its own place. */
static bool place_link(const struct view *v, const char *path)
{
    char to[LONGEST];
    const char *name;
    ssize_t len = readlink(path, to, sizeof to - 1);
    if (len < 0 || !v->is_new)
        return false;
    to[len] = '\0';
    int folder = folder_of(v, path, &name);
    bool good = folder >= 0 && (symlinkat(to, folder, name) == 0 ||
                                readlinkat(folder, name, to, sizeof to) > 0 /* it is there */);
    if (folder >= 0)
        (void)close(folder); /* only looked at */
    return good;
}

/* Where a folder or a file can be mounted at `path`. -1 with errno. */
static int mount_point(const struct view *v, const char *path, bool is_folder)
{
    const char *name;
    int folder = v->is_new ? folder_of(v, path, &name) : -1;
    if (folder >= 0 && is_folder)
        (void)mkdirat(folder, name, 0755); /* it may be there; the next call tells */
    else if (folder >= 0)
        (void)mknodat(folder, name, S_IFREG | 0644, 0); /* likewise */
    if (folder >= 0)
        (void)close(folder); /* only looked at */
    return look_up(v, path, 0);
}

static int clone_tree(const char *path, bool writable)
{
    const struct attributes attr = {.set = writable ? NO_SUID : NO_SUID | READ_ONLY};
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, CLONE_TREE | WITH_ALL | O_CLOEXEC);
    if (tree < 0 || syscall(SYS_mount_setattr, tree, "", BY_FD | WITH_ALL, &attr, sizeof attr) == 0)
        return tree;
    int error = errno;
    (void)close(tree); /* nobody sees it */
    errno = error;
    return -1;
}

static void mount_at(struct view *v, int tree, const char *to)
{
    struct stat st;
    int at = fstat(tree, &st) == 0 ? mount_point(v, to, S_ISDIR(st.st_mode)) : -1;
    if (at < 0 || syscall(SYS_move_mount, tree, "", at, "", FROM_FD | 0x40 /* and to one */) < 0)
        fail(v, "move_mount");
    if (at >= 0)
        (void)close(at); /* it is mounted there */
    (void)close(tree);   /* the same */
}

/* What is not there is not there in it, either. */
static void show(struct view *v, const char *from, const char *to, bool writable)
{
    struct stat st;
    if (v->failed || lstat(from, &st) < 0)
        return;
    if (S_ISLNK(st.st_mode) && strcmp(from, to) == 0 && place_link(v, from)) {
        char target[LONGEST];
        if (realpath(from, target) && look_up(v, target, 0) < 0)
            show(v, target, target, writable);
        return;
    }
    int tree = clone_tree(from, writable);
    if (tree < 0)
        fail(v, "open_tree");
    else
        mount_at(v, tree, to);
}

/* --- all that is named ----------------------------------------------------------------------- */

/* Is it in a folder that is shown as it is? */
static bool is_beneath(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len] || len == 1);
}

static bool is_covered(const char *path, char *const *paths, char *const *own)
{
    for (; paths && *paths; paths++)
        if (paths != own && **paths == '/' && is_beneath(path, *paths) &&
            (strcmp(path, *paths) != 0 || paths < own || !own))
            return true;
    return false;
}

static void show_read_only(struct view *v, const struct cage *c, char *const *paths)
{
    for (char *const *p = paths; p && *p; p++)
        if (**p == '/' && !is_covered(*p, c->executable, paths == c->executable ? p : NULL) &&
            (paths == c->executable || !is_covered(*p, c->readable, p)))
            show(v, *p, *p, false);
}

static void show_bound(struct view *v, const char *word)
{
    char from[LONGEST], to[LONGEST];
    if (text_fits(from, sizeof from, "%.*s", (int)strcspn(word, ":"), word))
        show(v, from, view_bound_to(word, to), view_bound_writable(word));
}

static void show_all(struct view *v, const struct cage *c, const char *program)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                          "/dev/urandom"};
    for (size_t i = 0; c->root && i < sizeof devices / sizeof *devices; i++)
        if (view_is_made(c) || faccessat(v->root, devices[i] + 1, F_OK, 0) == 0)
            show(v, devices[i], devices[i], true);
    if (c->root) {
        show_read_only(v, c, c->executable);
        show_read_only(v, c, c->readable);
        if (view_is_made(c) && !is_covered(program, c->executable, NULL) &&
            !is_covered(program, c->readable, NULL))
            show(v, program, program, false);
    }
    for (char *const *p = c->root ? c->writable : NULL; p && *p; p++)
        if (**p == '/')
            show(v, *p, *p, true);
    for (char *const *p = c->root ? c->connect : NULL; p && *p; p++)
        if (strncmp(*p, "unix:", 5) == 0)
            show(v, *p + 5, *p + 5, true);
    for (char *const *p = c->bind_mount; p && *p; p++)
        show_bound(v, *p);
}

/* --- file systems of its own ----------------------------------------------------------------- */

/* An option with its value, or without. */
struct option {
    const char *name, *value;
};

static int make(const char *type, const struct option *options, unsigned attr)
{
    int fs = (int)syscall(SYS_fsopen, type, 1 /* close-on-exec */), fd = -1;
    bool good = fs >= 0;
    for (; good && options->name; options++)
        good = syscall(SYS_fsconfig, fs, 1 /* a string */, options->name, options->value, 0) == 0;
    good = good && syscall(SYS_fsconfig, fs, 6 /* create */, NULL, NULL, 0) == 0;
    if (good)
        fd = (int)syscall(SYS_fsmount, fs, 1, attr | NO_SUID | NO_DEV);
    int error = errno;
    if (fs >= 0)
        (void)close(fs); /* it has been used up */
    errno = error;
    return fd;
}

static void mount_new(struct view *v, const char *type, const char *to,
                      const struct option *options, unsigned attr)
{
    int fd = v->failed ? -1 : make(type, options, attr);
    if (fd >= 0)
        mount_at(v, fd, to);
    else
        fail(v, strcmp(type, "proc") == 0 ? "mount proc" : "mount tmpfs");
}

/* What is mounted at /tmp is at /var/tmp, too, where there is such a place. */
static void mount_tmp_again(struct view *v)
{
    int at = v->failed ? -1 : mount_point(v, "/var/tmp", true);
    if (at < 0)
        return;
    (void)close(at); /* only looked at */
    int tmp = look_up(v, "/tmp", O_DIRECTORY);
    int tree = (int)syscall(SYS_open_tree, tmp, "", CLONE_TREE | BY_FD | O_CLOEXEC);
    if (tree < 0)
        fail(v, "open_tree");
    else
        mount_at(v, tree, "/var/tmp");
    if (tmp >= 0)
        (void)close(tmp); /* only looked at */
}

static void mount_own(struct view *v, const struct cage *c)
{
    enum { PER_FILE = 4096 };
    char size[24], files[24];
    const struct option tmp[] = {
        {"size", size}, {"nr_inodes", files}, {"mode", "1777"}, {NULL, NULL}};
    if (c->private_pids)
        mount_new(v, "proc", "/proc", &(struct option){NULL, NULL}, NO_EXEC | READ_ONLY);
    if (c->private_tmp && text_fits(size, sizeof size, "%d", c->private_tmp) &&
        text_fits(files, sizeof files, "%d", c->private_tmp / PER_FILE + 16))
        mount_new(v, "tmpfs", "/tmp", tmp, 0);
    if (c->private_tmp)
        mount_tmp_again(v);
}

/* --- the root -------------------------------------------------------------------------------- */

/* A folder that is there on every system; what it has is not seen meanwhile, by us. */
static const char base[] = "/proc";

/* What is mounted at `base`, as `/` it will be the root. */
static int new_root(const struct cage *c)
{
    static const struct option options[] = {
        {"size", "64k"}, {"nr_inodes", "512"}, {"mode", "755"}, {NULL, NULL}};
    int tree = view_is_made(c) ? make("tmpfs", options, 0) : clone_tree(c->root, false);
    if (tree >= 0 && syscall(SYS_move_mount, tree, "", AT_FDCWD, base, FROM_FD) < 0) {
        (void)close(tree); /* its errno does not matter: */
        errno = EPERM;
        return -1;
    }
    return tree;
}

/* What programs look for. */
static void link_devices(const struct view *v)
{
    static const struct {
        const char *name, *to;
    } links[] = {{"fd", "/proc/self/fd"},
                 {"stdin", "/proc/self/fd/0"},
                 {"stdout", "/proc/self/fd/1"},
                 {"stderr", "/proc/self/fd/2"}};
    int dev = look_up(v, "/dev", O_DIRECTORY);
    for (size_t i = 0; dev >= 0 && i < sizeof links / sizeof *links; i++)
        (void)!symlinkat(links[i].to, dev,
                         links[i].name); /* who needs it sees that it is not there */
    if (dev >= 0)
        (void)close(dev); /* no more is made in it */
}

static const char *turn_to(const struct view *v, bool made)
{
    const struct attributes closed = {.set = READ_ONLY};
    if (made && syscall(SYS_mount_setattr, v->root, "", BY_FD, &closed, sizeof closed) < 0)
        return "mount_setattr";
    if (fchdir(v->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
        return "pivot_root";
    return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? "umount2" : NULL;
}

const char *view_enter(const struct cage *c, const char *program)
{
    struct view v = {.root = -1, .is_new = c->root};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return "mount";
    v.root = c->root ? new_root(c) : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (v.root < 0)
        return c->root ? "mount root" : "open";
    mount_own(&v, c);
    show_all(&v, c, program);
    if (view_is_made(c))
        link_devices(&v);
    const char *failed = v.failed;
    if (!failed && c->root)
        failed = turn_to(&v, view_is_made(c));
    (void)close(v.root); /* it is the root, or not wanted */
    return failed;
}

#else

const char *view_enter(const struct cage *c, const char *program)
{
    (void)c, (void)program;
    errno = ENOSYS;
    return "mount";
}

#endif
