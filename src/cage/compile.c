/* cage/compile.c -- words to a filter of system calls, by libseccomp, which is loaded for it */
#include "config.h"

#include "cage/filter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cage/calls.h"

#if defined(__linux__) && HAVE_DLFCN_H && HAVE_MEMFD_CREATE

#include <dlfcn.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- libseccomp's words, so that its headers need not be there ------------------------------- */

struct arg {
    unsigned number;
    int compare;
    uint64_t a, b;
};
enum { GREATER = 6, MASKED_EQUAL = 7 };
enum { ON_BAD_ARCH = 2, OPTIMIZE = 8 };
#define ALLOW    0x7fff0000U
#define KILL     0x80000000U /* the process */
#define ERRNO(n) (0x00050000U | (unsigned)(n))
enum { NO_CALL = -1 };

static struct {
    void *handle;
    void *(*init)(uint32_t action);
    void (*release)(void *ctx);
    int (*attr_set)(void *ctx, int attr, uint32_t value);
    int (*resolve)(const char *name);
    int (*add)(void *ctx, uint32_t action, int call, unsigned count, const struct arg *args);
    int (*export_bpf)(void *ctx, int fd);
} lib;

/* A pointer to a function out of one to data, as POSIX has it. */
static bool find(void *to, const char *name)
{
    void *at = dlsym(lib.handle, name);
    memcpy(to, &at, sizeof at);
    return at;
}

static bool load(void)
{
    if (lib.handle)
        return true;
    lib.handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
    return lib.handle && find(&lib.init, "seccomp_init") && find(&lib.release, "seccomp_release") &&
           find(&lib.attr_set, "seccomp_attr_set") &&
           find(&lib.resolve, "seccomp_syscall_resolve_name") &&
           find(&lib.add, "seccomp_rule_add_array") && find(&lib.export_bpf, "seccomp_export_bpf");
}

const char *filter_missing(void)
{
    if (prctl(PR_GET_SECCOMP, 0UL, 0UL, 0UL, 0UL) < 0 && errno == EINVAL)
        return "this kernel has no filters of system calls";
    return load() ? NULL : "libseccomp.so.2 cannot be loaded (its package is libseccomp2)";
}

/* --- what comes of each call ----------------------------------------------------------------- */

enum { CALLS = 640 /* more than any machine has */ };

struct making {
    void *ctx;
    uint32_t refused; /* what comes of a call that is not allowed */
    bool by_default;  /* what is not named is allowed */
    bool no_namespaces, sockets, unix_sockets, tcp, udp;
    struct {
        int call;
        bool allowed;
    } named[CALLS];
    size_t count;
    bool broken;
    char wrong[128];
};

static bool wrong_word(struct making *m, const char *what, const char *word)
{
    (void)text_fits(m->wrong, sizeof m->wrong, "%s \"%s\"", what, word); /* cut, if it is long */
    return false;
}

/* The last word about a call counts. */
static void name_call(struct making *m, int call, bool allowed)
{
    size_t i = 0;
    while (i < m->count && m->named[i].call != call)
        i++;
    if (i == CALLS)
        return; /* it cannot be: they are fewer */
    m->named[i].call = call;
    m->named[i].allowed = allowed;
    m->count += i == m->count;
}

static bool name_word(struct making *m, const char *word, bool allowed, int depth);

/* Calls of a set need not be there. */
static void name_set(struct making *m, const char *calls, bool allowed, int depth)
{
    char word[64];
    for (size_t len; *calls; calls += len + strspn(calls + len, " ")) {
        len = strcspn(calls, " ");
        if (text_fits(word, sizeof word, "%.*s", (int)len, calls))
            (void)name_word(m, word, allowed, depth + 1); /* it may be another kernel's */
    }
}

static bool name_word(struct making *m, const char *word, bool allowed, int depth)
{
    const char *calls = *word == '@' && depth < 3 ? calls_of(word) : NULL;
    if (strcmp(word, "@namespaces") == 0)
        m->no_namespaces = !allowed;
    if (calls) {
        name_set(m, calls, allowed, depth);
        return true;
    }
    int call = *word == '@' ? NO_CALL : lib.resolve(word);
    if (call == NO_CALL)
        return wrong_word(
            m, *word == '@' ? "no set of system calls is named" : "no system call is named", word);
    name_call(m, call, allowed);
    return true;
}

static bool take_socket(struct making *m, const char *kind)
{
    /* A ring makes sockets, and sends, where no filter looks. */
    if (!m->sockets)
        name_call(m, lib.resolve("io_uring_setup"), false);
    m->sockets = true;
    m->unix_sockets |= strcmp(kind, "unix") == 0;
    m->tcp |= strcmp(kind, "tcp") == 0;
    m->udp |= strcmp(kind, "udp") == 0;
    return true;
}

static bool take_word(struct making *m, const char *word)
{
    if (strcmp(word, "EPERM") == 0 || strcmp(word, "kill") == 0) {
        m->refused = *word == 'k' ? KILL : ERRNO(EPERM);
        return true;
    }
    if (strncmp(word, "socket:", 7) == 0)
        return take_socket(m, word + 7);
    bool allowed = *word != '!';
    if (allowed && m->by_default) {
        /* A list of what is allowed: then what every program needs is, too. */
        m->by_default = false;
        name_set(m, calls_of("@default"), true, 0);
    }
    return name_word(m, word + !allowed, allowed, 0);
}

/* --- rules ----------------------------------------------------------------------------------- */

static void add(struct making *m, bool allow, int call, unsigned count, const struct arg *args)
{
    uint32_t action = allow ? ALLOW : m->refused;
    if (!allow && call == lib.resolve("clone3"))
        action = ERRNO(ENOSYS); /* C libraries do without */
    int failed = lib.add(m->ctx, action, call, count, args);
    /* Not on this machine; there already. */
    m->broken |= failed < 0 && failed != -EDOM && failed != -EEXIST && failed != -EFAULT;
}

/* A kernel's int: the upper half of the register does not matter. */
static struct arg equal(unsigned number, uint64_t mask, uint64_t value)
{
    return (struct arg){number, MASKED_EQUAL, mask, value};
}

/* A process may be made, a namespace not: the flags of clone(2) are an argument, those of clone3(2)
 * out of sight. */
static void add_clone(struct making *m)
{
    static const uint64_t flags[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
                                     CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
    int call = lib.resolve("clone");
#ifdef __s390__
    const unsigned where = 1;
#else
    const unsigned where = 0;
#endif
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct arg one = equal(where, flags[i], flags[i]);
        all |= flags[i];
        if (m->by_default)
            add(m, false, call, 1, &one);
    }
    struct arg none = equal(where, all, 0);
    if (!m->by_default)
        add(m, true, call, 1, &none);
}

static void refuse_socket(struct making *m, int call, struct arg first, struct arg second)
{
    const struct arg args[] = {first, second};
    add(m, false, call, 2, args);
}

/* Of one family of the internet's: neither raw ones nor such as Landlock does not see (MPTCP). */
static void refuse_of_family(struct making *m, int call, uint64_t family)
{
    struct arg own = equal(0, UINT32_MAX, family);
    uint64_t last = m->udp ? IPPROTO_UDP : IPPROTO_TCP;
    for (uint64_t type = 0; type < 4; type++)
        if (!(type == SOCK_STREAM && m->tcp) && !(type == SOCK_DGRAM && m->udp))
            refuse_socket(m, call, own, equal(1, 3, type));
    refuse_socket(m, call, own, equal(1, 4, 4));
    refuse_socket(m, call, own, equal(1, 8, 8));
    for (uint64_t protocol = 1; protocol < last; protocol++)
        if (protocol != IPPROTO_TCP)
            refuse_socket(m, call, own, equal(2, UINT32_MAX, protocol));
    refuse_socket(m, call, own, (struct arg){2, GREATER, last, 0});
}

static void refuse_sockets(struct making *m)
{
    int call = lib.resolve("socket");
    bool inet = m->tcp || m->udp;
    if (!inet && !m->unix_sockets) {
        add(m, false, call, 0, NULL);
        return;
    }
    for (uint64_t family = 0; family <= AF_INET6; family++) {
        struct arg own = equal(0, UINT32_MAX, family);
        bool is_inet = family == AF_INET || family == AF_INET6;
        if (is_inet && inet)
            refuse_of_family(m, call, family);
        else if (family != AF_UNIX || !m->unix_sockets)
            add(m, false, call, 1, &own);
    }
    add(m, false, call, 1, &(struct arg){0, GREATER, AF_INET6, 0});
}

/* In a list of what is allowed. */
static void allow_sockets(struct making *m)
{
    static const uint64_t families[] = {AF_INET, AF_INET6};
    int call = lib.resolve("socket");
    struct arg own = equal(0, UINT32_MAX, AF_UNIX);
    if (m->unix_sockets)
        add(m, true, call, 1, &own);
    for (size_t i = 0; i < 4; i++) { /* two families, with and without a protocol's number */
        bool named = i >= 2;
        struct arg args[] = {equal(0, UINT32_MAX, families[i % 2]), equal(1, 15, SOCK_STREAM),
                             equal(2, UINT32_MAX, named ? IPPROTO_TCP : 0)};
        if (m->tcp)
            add(m, true, call, 3, args);
        args[1] = equal(1, 15, SOCK_DGRAM);
        args[2] = equal(2, UINT32_MAX, named ? IPPROTO_UDP : 0);
        if (m->udp)
            add(m, true, call, 3, args);
    }
}

/* What connects without connect(2), which Landlock sees alone: a flag of these calls. */
static const struct {
    const char *call;
    unsigned argument;
} fast[] = {{"sendto", 3}, {"sendmsg", 2}, {"sendmmsg", 3}};
enum { FAST = sizeof fast / sizeof *fast, FASTOPEN = 0x20000000 };

static bool is_fast(int call)
{
    for (size_t i = 0; i < FAST; i++)
        if (lib.resolve(fast[i].call) == call)
            return true;
    return false;
}

static bool is_allowed(const struct making *m, int call)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->named[i].call == call)
            return m->named[i].allowed;
    return m->by_default;
}

static void add_fast(struct making *m)
{
    for (size_t i = 0; i < FAST; i++) {
        int call = lib.resolve(fast[i].call);
        struct arg flag = equal(fast[i].argument, FASTOPEN, m->by_default ? FASTOPEN : 0);
        if (is_allowed(m, call))
            add(m, !m->by_default, call, 1, &flag);
    }
}

static void add_rules(struct making *m)
{
    int clone_call = lib.resolve("clone"), socket_call = lib.resolve("socket");
    bool sockets = m->by_default, clones = m->by_default;
    for (size_t i = 0; i < m->count; i++) {
        int call = m->named[i].call;
        if (call == socket_call)
            sockets = m->named[i].allowed;
        else if (call == clone_call)
            clones = m->named[i].allowed;
        if ((call == socket_call && m->sockets && sockets) ||
            (call == clone_call && m->no_namespaces && clones) ||
            (m->sockets && m->named[i].allowed && is_fast(call)))
            continue; /* in parts, below */
        if (m->named[i].allowed != m->by_default)
            add(m, m->named[i].allowed, call, 0, NULL);
    }
    if (m->no_namespaces && clones)
        add_clone(m);
    if (m->sockets)
        add_fast(m);
    if (m->sockets && sockets && m->by_default)
        refuse_sockets(m);
    else if (m->sockets && sockets)
        allow_sockets(m);
}

/* --- out of the library ---------------------------------------------------------------------- */

static long export(struct making *m, unsigned char **bytes)
{
    struct stat st;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    long len = -1;
    *bytes = NULL;
    if (fd >= 0 && lib.export_bpf(m->ctx, fd) == 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        *bytes = malloc((size_t)st.st_size);
        if (*bytes && pread(fd, *bytes, (size_t)st.st_size, 0) == st.st_size)
            len = st.st_size;
    }
    if (fd >= 0)
        (void)close(fd); /* all of it has been read */
    if (len < 0)
        free(*bytes);
    return len;
}

/* A program of another machine's kind, as i386's on amd64, makes calls by other numbers. */
static bool begin(struct making *m)
{
    m->ctx = lib.init(m->by_default ? ALLOW : m->refused);
    return m->ctx && lib.attr_set(m->ctx, ON_BAD_ARCH, KILL) == 0 &&
           (lib.attr_set(m->ctx, OPTIMIZE, 2) == 0 || true /* an older one: slower */);
}

static bool take_words(struct making *m, const char *words)
{
    char word[64];
    for (size_t len; *words; words += len + strspn(words + len, " ")) {
        len = strcspn(words, " ");
        if (!text_fits(word, sizeof word, "%.*s", (int)len, words))
            return wrong_word(m, "no system call is named", word);
        if (!take_word(m, word))
            return false;
    }
    return true;
}

long filter_compile(const char *words, unsigned char **bytes, const char **wrong)
{
    static struct making m; /* large */
    long len = -1;
    memset(&m, 0, sizeof m);
    m.refused = ERRNO(EPERM);
    m.by_default = true;
    *wrong = m.wrong;
    const char *missing = filter_missing();
    if (missing) {
        *wrong = missing;
        return -1;
    }
    if (!take_words(&m, words))
        return -1;
    if (begin(&m))
        add_rules(&m);
    else
        m.broken = true;
    if (!m.broken)
        len = export(&m, bytes);
    if (m.ctx)
        lib.release(m.ctx);
    if (len < 0)
        *wrong = "libseccomp cannot make this filter";
    return len;
}

#else

const char *filter_missing(void)
{
    return "this system, or this build, has no filters of system calls";
}

long filter_compile(const char *words, unsigned char **bytes, const char **wrong)
{
    (void)words;
    *bytes = NULL;
    *wrong = filter_missing();
    return -1;
}

#endif
