/* os/sd.c -- systemd's protocols without libsystemd */
#include "config.h"

#include "base/value.h"
#include "os/sd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

static struct {
    struct sockaddr_un notify;
    socklen_t notify_len; /* 0: nobody to tell */
    uint64_t watchdog_ns;
    bool stores;
    size_t sockets;
    char *names; /* one after the other, each with its NUL */
    char *names_end;
} sd;

/* A number from the environment; `otherwise` if it is not there or none. */
static uint64_t env_number(const char *name, uint64_t max, uint64_t otherwise)
{
    const char *word = getenv(name);
    uint64_t n = otherwise;

    if (word && value_number(word, 0, max, &n))
        n = otherwise;
    return n;
}

/* A path, or '@' and an abstract name; systemd's vsock is for virtual machines as a whole. */
static void take_notify(const char *path)
{
    size_t len = path ? strlen(path) : 0;

    sd.notify_len = 0;
    if (len < 2 || len >= sizeof sd.notify.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memset(&sd.notify, 0, sizeof sd.notify);
    sd.notify.sun_family = AF_UNIX;
    memcpy(sd.notify.sun_path, path, len);
    if (path[0] == '@')
        sd.notify.sun_path[0] = '\0';
    /* An abstract name ends with the length, so the NUL of a path is not counted either. */
    sd.notify_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void take_watchdog(void)
{
    uint64_t self = (uint64_t)getpid();
    uint64_t usec = env_number("WATCHDOG_USEC", UINT64_MAX / 1000, 0);

    sd.watchdog_ns = env_number("WATCHDOG_PID", INT_MAX, self) == self ? usec * 1000 / 2 : 0;
}

static void take_names(const char *names)
{
    free(sd.names);
    sd.names = names ? strdup(names) : NULL;
    sd.names_end = sd.names;
    if (!sd.names)
        return;
    sd.names_end += strlen(sd.names) + 1;
    for (char *p = sd.names; (p = strchr(p, ':')); p++)
        *p = '\0';
}

/* Meant for this very process only, and no more of them than there are descriptors. */
static size_t given_sockets(void)
{
    size_t count = (size_t)env_number("LISTEN_FDS", INT_MAX - FIRST_FD, 0), n = 0;
    if (env_number("LISTEN_PID", INT_MAX, 0) != (uint64_t)getpid())
        return 0;
    while (n < count && fcntl(sd_socket_fd(n), F_GETFD) >= 0)
        n++;
    return n;
}

int sd_first_other(void)
{
    return sd_socket_fd(given_sockets());
}

static void take_sockets(void)
{
    sd.sockets = given_sockets();
    for (size_t i = 0; i < sd.sockets; i++)
        (void)fcntl(sd_socket_fd(i), F_SETFD, FD_CLOEXEC); /* it is open */
    take_names(sd.sockets > 0 ? getenv("LISTEN_FDNAMES") : NULL);
}

void sd_start(void)
{
    static const char *const names[] = {"NOTIFY_SOCKET",  "WATCHDOG_USEC",  "WATCHDOG_PID",
                                        "LISTEN_PID",     "LISTEN_PIDFDID", "LISTEN_FDS",
                                        "LISTEN_FDNAMES", "FDSTORE"};

    take_notify(getenv("NOTIFY_SOCKET"));
    take_watchdog();
    take_sockets();
    /* Before systemd 254 it does not say so, and takes none where it has no store. */
    sd.stores = sd.notify_len > 0 && env_number("FDSTORE", UINT32_MAX, 1) > 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unsetenv(names[i]); /* fails for malformed names only */
}

bool sd_stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char own[64];

    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    return text_fits(own, sizeof own, "%llu:%llu", (unsigned long long)st.st_dev,
                     (unsigned long long)st.st_ino) &&
           strcmp(own, stream) == 0;
}

/* May the same message go through a little later? */
static bool passes(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM ||
           error == EMFILE || error == ENFILE || error == EINTR;
}

/* False: try again. Nothing is done about other failures: the service manager's troubles are not
 * the clients'. */
static bool send_message(const char *message, size_t len)
{
    int saved = errno, error = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT,
                         (const struct sockaddr *)&sd.notify, sd.notify_len) < 0)
        error = errno;
    if (fd >= 0)
        (void)close(fd); /* sent is sent */
    errno = saved;
    return !passes(error);
}

bool sd_stores(void)
{
    return sd.stores;
}

/* With a copy of `fd`, unless it is -1. As send_message(). */
static bool send_with(const char *message, size_t len, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof fd)];
    } control = {.room = {0}};
    struct iovec text = {(void *)(uintptr_t)message, len};
    struct msghdr m = {
        .msg_name = &sd.notify, .msg_namelen = sd.notify_len, .msg_iov = &text, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;
    if (sock < 0 || sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        error = errno;
    if (sock >= 0)
        (void)close(sock); /* sent is sent */
    return !passes(error);
}

bool sd_store(int fd, const char *name)
{
    char message[512];
    struct text t;
    text_init(&t, message, sizeof message);
    /* It would drop one on which poll(2) sees an error: a socket may have some. */
    text_add(&t, fd >= 0 ? "FDSTORE=1\nFDPOLL=0\nFDNAME=%s" : "FDSTOREREMOVE=1\nFDNAME=%s", name);
    return send_with(message, t.len, fd);
}

void sd_notify(const char *fmt, ...)
{
    char message[2048];
    struct text t;
    va_list ap;

    if (sd.notify_len == 0)
        return;
    text_init(&t, message, sizeof message);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    (void)send_message(message, t.len); /* the next one is as good */
}

/* --- what must arrive ------------------------------------------------------------------------ */

static const uint64_t first_pause = 20 * NS_PER_MS, longest_pause = NS_PER_S;

static void send_owed(struct timer *t);

static struct {
    char text[SD_STATES][256]; /* "" when it has been sent */
    struct timer again;
    uint64_t pause;
    struct loop *loop;
} owed = {.again.fire = send_owed};

static void send_owed(struct timer *t)
{
    for (size_t i = 0; i < SD_STATES; i++) {
        if (owed.text[i][0] == '\0' || send_message(owed.text[i], strlen(owed.text[i]))) {
            owed.text[i][0] = '\0';
            continue;
        }
        /* Without memory for the timer it goes with the next one. */
        (void)loop_timer(owed.loop, t, loop_now() + owed.pause);
        owed.pause = owed.pause < longest_pause / 2 ? 2 * owed.pause : longest_pause;
        return;
    }
    loop_timer_stop(owed.loop, t);
}

void sd_tell(struct loop *loop, enum sd_state state, const char *fmt, ...)
{
    struct text t;
    va_list ap;

    if (sd.notify_len == 0)
        return;
    if (state == SD_RELOADING)
        owed.text[SD_READY][0] = '\0';
    text_init(&t, owed.text[state], sizeof owed.text[state]);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    owed.loop = loop;
    owed.pause = first_pause;
    send_owed(&owed.again);
}

uint64_t sd_watchdog_ns(void)
{
    return sd.watchdog_ns;
}

size_t sd_sockets(void)
{
    return sd.sockets;
}

int sd_socket_fd(size_t i)
{
    return FIRST_FD + (int)i;
}

const char *sd_socket_name(size_t i)
{
    const char *name = sd.names;

    if (!name)
        return "";
    while (i-- > 0 && name < sd.names_end)
        name += strlen(name) + 1;
    return name < sd.names_end ? name : "";
}

void sd_socket_drop(size_t i)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, sd_socket_fd(i)) < 0 ||
        fcntl(sd_socket_fd(i), F_SETFD, FD_CLOEXEC) < 0)
        (void)close(sd_socket_fd(i)); /* its number may be another's then */
    if (null >= 0)
        (void)close(null); /* it is nothing */
}
