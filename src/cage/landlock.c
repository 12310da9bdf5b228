/* cage/landlock.c -- which files, ports and processes a handler reaches, as Landlock's ruleset */
#include "config.h"

#include "cage/landlock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cage/view.h"

/* --- the kernel's words, where the headers are older ------------------------------------------ */

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct ruleset_attr {
    uint64_t files, ports, scoped;
};
struct path_attr {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));
struct port_attr {
    uint64_t allowed, port;
};
struct how {
    uint64_t flags, mode, resolve;
};

enum { RULE_PATH = 1, RULE_PORT = 2, ASK_VERSION = 1, RESOLVE_IN_ROOT = 0x10 };

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_CHAR = 1 << 6,
    MAKE_DIR = 1 << 7,
    MAKE_REG = 1 << 8,
    MAKE_SOCK = 1 << 9,
    MAKE_FIFO = 1 << 10,
    MAKE_BLOCK = 1 << 11,
    MAKE_SYM = 1 << 12,
    REFER = 1 << 13,     /* ABI 2 */
    TRUNCATE = 1 << 14,  /* 3 */
    IOCTL_DEV = 1 << 15, /* 5 */

    READ = READ_FILE | READ_DIR,
    WRITE = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO |
            MAKE_SYM | REFER | TRUNCATE | IOCTL_DEV,
    DEVICES = MAKE_CHAR | MAKE_BLOCK, /* nobody makes one */
    OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,

    BIND_TCP = 1 << 0,
    CONNECT_TCP = 1 << 1,

    ABSTRACT_SOCKETS = 1 << 0,
    SIGNALS = 1 << 1
};

static long abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
}

static const char *missing_before(long version, const char *why)
{
    long here = abi();
    if (here < 0)
        return errno == EOPNOTSUPP
                   ? "Landlock is switched off in this kernel (see its boot option lsm)"
                   : "this kernel has no Landlock";
    return here < version ? why : NULL;
}

const char *landlock_files_missing(void)
{
    return missing_before(3, "this kernel's Landlock cannot keep files from being truncated "
                             "(Linux 6.2 can)");
}

const char *landlock_ports_missing(void)
{
    return missing_before(4, "this kernel's Landlock knows no ports (Linux 6.7 does)");
}

const char *landlock_scope_missing(void)
{
    return missing_before(6, "this kernel's Landlock knows no scopes (Linux 6.12 does)");
}

int landlock_enforce(int ruleset)
{
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

/* --- paths ----------------------------------------------------------------------------------- */

static int look_up(int root, const char *path)
{
    const struct how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return root < 0 ? open(path, O_PATH | O_CLOEXEC)
                    : (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* A visit to a path with what is allowed there. */
struct visit {
    int root; /* -1: ours */
    int ruleset;
    uint64_t handled;
    uint64_t seen; /* a sum over which files the paths lead to */
    bool failed;
};
typedef void (*visitor)(struct visit *v, const char *path, uint64_t rights);

static void visit_all(struct visit *v, char *const *paths, uint64_t rights, visitor to)
{
    for (size_t i = 0; paths && paths[i]; i++)
        if (paths[i][0] == '/')
            to(v, paths[i], rights); /* else it is "none" */
}

/* What a jail has besides. */
static void visit_own(struct visit *v, const struct cage *c, visitor to)
{
    char place[VIEW_PATH];
    if (c->private_tmp)
        to(v, "/tmp", READ | WRITE);
    if (c->private_pids)
        to(v, "/proc", READ);
    if (c->root) /* one of what is named alone can be listed, any other be read */
        to(v, "/", strcmp(c->root, "/") == 0 ? READ_DIR : READ | EXECUTE);
    for (char *const *p = c->bind_mount; p && *p; p++)
        to(v, view_bound_to(*p, place), READ | EXECUTE | (view_bound_writable(*p) ? WRITE : 0U));
}

static void visit(struct visit *v, const struct cage *c, const char *program, visitor to)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                          "/dev/urandom"};
    to(v, program, READ_FILE | EXECUTE);
    visit_all(v, c->executable, READ | EXECUTE, to);
    visit_all(v, c->readable, READ, to);
    visit_all(v, c->writable, READ | WRITE, to);
    visit_own(v, c, to);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        to(v, devices[i], READ_FILE | WRITE_FILE);
}

/* FNV-1a. */
static void mix(struct visit *v, uint64_t n)
{
    v->seen = (v->seen ^ n) * UINT64_C(0x100000001b3);
}

static void notice(struct visit *v, const char *path, uint64_t rights)
{
    struct stat st = {.st_ino = 0};
    int fd = v->root < 0 ? -1 : look_up(v->root, path);
    (void)rights;
    if (fd >= 0)
        (void)fstat(fd, &st); /* it is as if it were not there */
    else if (v->root < 0)
        (void)stat(path, &st); /* likewise */
    if (fd >= 0)
        (void)close(fd); /* only looked at */
    mix(v, st.st_dev);
    mix(v, st.st_ino);
}

static void allow(struct visit *v, const char *path, uint64_t rights)
{
    struct stat st;
    int fd = look_up(v->root, path);
    if (fd < 0)
        return;
    if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
        rights &= OF_A_FILE;
    struct path_attr attr = {rights & v->handled, fd};
    if (attr.allowed && syscall(SYS_landlock_add_rule, v->ruleset, RULE_PATH, &attr, 0) < 0)
        v->failed = true;
    (void)close(fd); /* the rule has its own */
}

static uint64_t handled_files(const struct cage *c)
{
    uint64_t handled = (c->readable ? READ : 0U) | (c->executable ? EXECUTE : 0U) |
                       (c->writable ? WRITE | DEVICES : 0U);
    return abi() < 5 ? handled & ~(uint64_t)IOCTL_DEV : handled;
}

/* --- ports ----------------------------------------------------------------------------------- */

static bool allow_ports(int ruleset, char *const *ports, uint64_t right)
{
    for (size_t i = 0; ports && ports[i]; i++) {
        struct port_attr attr = {right, strtoul(ports[i], NULL, 10)};
        bool is_port = ports[i][0] >= '0' && ports[i][0] <= '9';
        if (is_port && syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &attr, 0) < 0)
            return false;
    }
    return true;
}

/* --- a ruleset ------------------------------------------------------------------------------- */

static bool has(const struct cage *c, enum cage_layer layer)
{
    return (c->layers & UINT32_C(1) << layer) != 0;
}

static int make(const struct cage *c, struct visit *v, const char *program)
{
    bool files = has(c, CAGE_FILES), ports = has(c, CAGE_PORTS);
    struct ruleset_attr attr = {.files = files ? handled_files(c) : 0};
    if (ports)
        attr.ports = (c->bind_ports ? BIND_TCP : 0U) | (c->connect ? CONNECT_TCP : 0U);
    if (has(c, CAGE_SCOPE))
        attr.scoped = ABSTRACT_SOCKETS | SIGNALS;
    /* An older kernel takes the part that it knows, if the rest is zero. */
    v->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (v->ruleset < 0)
        return -1;
    v->handled = attr.files;
    if (files)
        visit(v, c, program, allow);
    if (v->failed || (ports && (!allow_ports(v->ruleset, c->connect, CONNECT_TCP) ||
                                !allow_ports(v->ruleset, c->bind_ports, BIND_TCP)))) {
        (void)close(v->ruleset); /* its errno does not matter: */
        errno = EINVAL;
        return -1;
    }
    return v->ruleset;
}

/* Out of the way of sockets that become 3, 4, ... */
static int moved_up(int fd)
{
    enum { BEHIND_SOCKETS = 3 + 64 };
    int up = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, BEHIND_SOCKETS);
    if (fd >= 0)
        (void)close(fd); /* there is another */
    return up;
}

int landlock_make(const struct cage *c, const char *program)
{
    struct visit v = {.root = -1};
    return moved_up(make(c, &v, program));
}

/* Those made last; a starter's entries stay where they are for its life. */
static struct kept {
    const struct cage *cage;
    const char *program;
    uint64_t seen, used;
    int fd;
} kept[16];

static struct kept *find(const struct cage *c, const char *program)
{
    struct kept *oldest = &kept[0];
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (kept[i].cage == c && kept[i].program == program)
            return &kept[i];
        if (kept[i].used < oldest->used)
            oldest = &kept[i];
    }
    return oldest;
}

int landlock_ruleset(const struct cage *c, const char *root, const char *program)
{
    static uint64_t turn;
    struct visit v = {.root = -1, .seen = UINT64_C(0xcbf29ce484222325)};
    if (root && (v.root = open(root, O_PATH | O_CLOEXEC | O_DIRECTORY)) < 0)
        return -1;
    if (has(c, CAGE_FILES))
        visit(&v, c, program, notice);
    struct kept *k = find(c, program);
    if (k->cage != c || k->program != program || k->seen != v.seen) {
        if (k->cage)
            (void)close(k->fd); /* a copy is in force where it was needed */
        *k = (struct kept){.seen = v.seen, .fd = moved_up(make(c, &v, program))};
        if (k->fd >= 0) {
            k->cage = c;
            k->program = program;
        }
    }
    k->used = ++turn;
    int error = errno;
    if (v.root >= 0)
        (void)close(v.root); /* only looked at */
    errno = error;
    return k->fd;
}

#else

static const char *const nowhere = "this system has no Landlock";

int landlock_make(const struct cage *c, const char *program)
{
    (void)c, (void)program;
    errno = ENOSYS;
    return -1;
}

const char *landlock_files_missing(void)
{
    return nowhere;
}

const char *landlock_ports_missing(void)
{
    return nowhere;
}

const char *landlock_scope_missing(void)
{
    return nowhere;
}

int landlock_ruleset(const struct cage *c, const char *root, const char *program)
{
    (void)c, (void)root, (void)program;
    errno = ENOSYS;
    return -1;
}

int landlock_enforce(int ruleset)
{
    (void)ruleset;
    errno = ENOSYS;
    return -1;
}

#endif
