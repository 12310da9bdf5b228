/* os/diag.c -- who waits in the queue of a listening socket, asked from the kernel */
#include "config.h"

#include "os/diag.h"

#if HAVE_LINUX_INET_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/addr.h"
#include "os/fd.h"

enum {
    ANSWER = 16384,    /* bytes that one recv(2) brings */
    ANSWERS_MOST = 64, /* some 2,000 connections */
    SAME_AGE_MS = 12 /* a tick of the slowest kernel clock and a bit: the order in it is unknown */
};

/* What a question finds. */
struct found {
    const struct addr *at; /* the listener's address */
    uint32_t count;        /* who waits */
    uint32_t oldest;       /* ms since he came */
    uint64_t first;
};

/* Send the question `ask`, whose header is its first member, and hand the answer over, message by
 * message. False: no whole answer. */
static bool question(void *ask, size_t len,
                     void (*take)(struct found *f, const void *msg, size_t n), struct found *f)
{
    _Alignas(struct nlmsghdr) char answer[ANSWER];
    bool over = false;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return false;
    /* The kernel answers before send(2), and the next recv(2), return. */
    bool good = send(fd, ask, len, MSG_DONTWAIT) == (ssize_t)len;
    for (int i = 0; good && !over && i < ANSWERS_MOST; i++) {
        ssize_t n = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
        good = n > 0;
        const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)answer;
        for (size_t left = good ? (size_t)n : 0; !over && NLMSG_OK(h, left);
             h = NLMSG_NEXT(h, left)) {
            good &= h->nlmsg_type != NLMSG_ERROR;
            over = h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE ||
                   !(h->nlmsg_flags & NLM_F_MULTI);
            if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
                take(f, NLMSG_DATA(h), h->nlmsg_len - NLMSG_HDRLEN);
        }
    }
    (void)close(fd); /* whatever it still had to say */
    return good && over;
}

/* The attribute `type` among those in `n` bytes, and its length; NULL: there is none. */
static const void *attribute(const void *at, size_t n, unsigned short type, size_t *len)
{
    const struct rtattr *a = at;
    for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
        if (a->rta_type == type) {
            *len = RTA_PAYLOAD(a);
            return RTA_DATA(a);
        }
    return NULL;
}

/* --- tcp ------------------------------------------------------------------------------------ */

static struct addr local_of(const struct inet_diag_msg *m)
{
    struct addr a = addr_any(m->idiag_family, ntohs(m->id.idiag_sport));
    if (m->idiag_family == AF_INET)
        memcpy(&a.u.in.sin_addr, m->id.idiag_src, sizeof a.u.in.sin_addr);
    else
        memcpy(&a.u.in6.sin6_addr, m->id.idiag_src, sizeof a.u.in6.sin6_addr);
    return a;
}

static bool of_listener(const struct addr *listener, const struct inet_diag_msg *m)
{
    struct addr local = local_of(m), host = *listener;
    if (addr_is_any(listener))
        return true;
    if (addr_family(&host) == AF_INET6)
        host.u.in6.sin6_scope_id = 0; /* that is idiag_if */
    return addr_compare(&local, &host) == 0;
}

/* Nobody has accepted it: it has no inode. It has not sent anything, so that its age is since when
 * it has not. Of those that came within a tick of the first all count, for their order is unknown:
 * when one of them is taken, the sum changes. */
static void take_inet(struct found *f, const void *msg, size_t n)
{
    const struct inet_diag_msg *m = msg;
    if (n < sizeof *m || m->idiag_inode || !of_listener(f->at, m))
        return;
    uint32_t age;
    size_t len = 0;
    const char *info = attribute(m + 1, n - sizeof *m, INET_DIAG_INFO, &len);
    if (!info || len < offsetof(struct tcp_info, tcpi_last_data_sent) + sizeof age)
        return;
    memcpy(&age, info + offsetof(struct tcp_info, tcpi_last_data_sent), sizeof age);
    uint64_t cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
    cookie *= UINT64_C(0x9e3779b97f4a7c15); /* so that no two sums are alike */
    if (!f->count++ || age > f->oldest + SAME_AGE_MS) {
        f->oldest = age;
        f->first = cookie;
    } else if (age + SAME_AGE_MS >= f->oldest) {
        f->oldest = age > f->oldest ? age : f->oldest;
        f->first += cookie;
    }
}

static uint64_t first_inet(int fd, const struct addr *at)
{
    struct {
        struct nlmsghdr h;
        struct inet_diag_req_v2 r;
    } ask = {
        .h = {sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        .r = {.sdiag_family = (uint8_t)addr_family(at),
              .sdiag_protocol = IPPROTO_TCP,
              .idiag_ext = 1 << (INET_DIAG_INFO - 1),
              .idiag_states = 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT,
              .id = {.idiag_sport = htons(addr_port(at)),
                     .idiag_cookie = {(uint32_t)INET_DIAG_NOCOOKIE, (uint32_t)INET_DIAG_NOCOOKIE}}},
    };
    struct found f = {.at = at};
    uint32_t before = diag_waiting(fd);
    if (!before || !question(&ask, sizeof ask, take_inet, &f))
        return 0;
    uint32_t after = diag_waiting(fd);
    if (f.count > after)
        return 0; /* another listener's clients are among them */
    if (f.count >= before)
        return f.first;
    /* Who was reset while he waited stands in the queue, but not in the answer: when he is taken,
     * their number changes. Who came meanwhile hides it. */
    return before == after ? f.first + (before - f.count) : 0;
}

/* --- unix ----------------------------------------------------------------------------------- */

/* The inodes of the clients' sockets, in the order of the queue. */
static void take_unix(struct found *f, const void *msg, size_t n)
{
    const struct unix_diag_msg *m = msg;
    uint32_t inode;
    size_t len = 0;
    const char *icons =
        n < sizeof *m ? NULL : attribute(m + 1, n - sizeof *m, UNIX_DIAG_ICONS, &len);
    if (!icons)
        return;
    f->count = (uint32_t)(len / sizeof inode);
    /* Those who have gone have none: their number tells when one of them is taken. */
    uint32_t gone = 0;
    for (size_t i = 0; i < f->count; i++) {
        memcpy(&inode, (const char *)icons + i * sizeof inode, sizeof inode);
        if (inode)
            break;
        gone++;
    }
    f->first = (uint64_t)gone << 32 | inode;
}

static uint64_t first_unix(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return 0;
    struct {
        struct nlmsghdr h;
        struct unix_diag_req r;
    } ask = {
        .h = {sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0},
        .r = {.sdiag_family = AF_UNIX,
              .udiag_states = UINT32_MAX,
              .udiag_ino = (uint32_t)st.st_ino,
              .udiag_show = UDIAG_SHOW_ICONS,
              .udiag_cookie = {(uint32_t)INET_DIAG_NOCOOKIE, (uint32_t)INET_DIAG_NOCOOKIE}},
    };
    struct found f = {0};
    return question(&ask, sizeof ask, take_unix, &f) ? f.first : 0;
}

uint32_t diag_waiting(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return 0;
    return info.tcpi_unacked; /* of a listener: its accept queue, tcp_get_info() */
}

uint64_t diag_first(int fd)
{
    struct addr at;
    int family = fd_family(fd);
    if (family == AF_UNIX)
        return first_unix(fd);
    return (family == AF_INET || family == AF_INET6) && fd_local(fd, &at) ? first_inet(fd, &at) : 0;
}

#else

uint32_t diag_waiting(int fd)
{
    (void)fd;
    return 0;
}

uint64_t diag_first(int fd)
{
    (void)fd;
    return 0;
}

#endif
