/* os/owner.c -- whose is a tcp connection of this machine? */
#include "config.h"

#include "os/owner.h"

#if HAVE_LINUX_INET_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

/* --- asked for by its addresses --------------------------------------------------------------- */

static void put_host(const struct addr *a, __be32 to[4])
{
    if (addr_family(a) == AF_INET)
        memcpy(to, &a->u.in.sin_addr, sizeof a->u.in.sin_addr);
    else
        memcpy(to, &a->u.in6.sin6_addr, sizeof a->u.in6.sin6_addr);
}

/* What belongs to no process (it ends, or nobody has accepted it) has no inode, and says that it is
 * root's. A listener is found where there is no connection; it has no peer. */
static enum owner judge(const struct inet_diag_msg *m, const struct addr *peer, uid_t *uid)
{
    if (m->id.idiag_dport != htons(addr_port(peer)) || !m->idiag_inode ||
        m->idiag_state == TCP_LISTEN)
        return OWNER_NOBODY;
    *uid = m->idiag_uid;
    return OWNER_KNOWN;
}

/* One message to the question; the kernel answers before send(2) returns. */
static enum owner hear(int fd, const struct addr *peer, uid_t *uid)
{
    _Alignas(struct nlmsghdr) char bytes[8192];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)bytes;
    if (n < 0 || !NLMSG_OK(h, (size_t)n))
        return OWNER_UNKNOWN;
    if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
        h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return judge(NLMSG_DATA(h), peer, uid);
    return OWNER_UNKNOWN; /* it may be that it cannot, or that there is none: the table tells */
}

static enum owner ask(const struct addr *local, const struct addr *peer, uid_t *uid)
{
    struct {
        struct nlmsghdr h;
        struct inet_diag_req_v2 r;
    } question = {
        .h = {sizeof question, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0},
        .r = {.sdiag_family = (uint8_t)addr_family(local),
              .sdiag_protocol = IPPROTO_TCP,
              .idiag_states = UINT32_MAX,
              .id = {.idiag_sport = htons(addr_port(local)),
                     .idiag_dport = htons(addr_port(peer)),
                     .idiag_cookie = {(uint32_t)INET_DIAG_NOCOOKIE, (uint32_t)INET_DIAG_NOCOOKIE}}},
    };
    put_host(local, question.r.id.idiag_src);
    put_host(peer, question.r.id.idiag_dst);
    if (addr_family(local) == AF_INET6)
        question.r.id.idiag_if = local->u.in6.sin6_scope_id;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return OWNER_UNKNOWN;
    enum owner found = OWNER_UNKNOWN;
    if (send(fd, &question, sizeof question, MSG_DONTWAIT) == (ssize_t)sizeof question)
        found = hear(fd, peer, uid);
    (void)close(fd); /* whatever it still had to say */
    return found;
}

/* --- looked for in the table ------------------------------------------------------------------ */

/* As /proc/net/tcp6 has it, or /proc/net/tcp. */
static void put_end(const struct addr *a, bool six, char out[static 64])
{
    uint32_t words[4] = {0, 0, htonl(0xffff), 0}; /* an IPv4 address in IPv6 */
    struct text t;
    if (addr_family(a) == AF_INET)
        memcpy(&words[3], &a->u.in.sin_addr, sizeof words[3]);
    else
        memcpy(words, &a->u.in6.sin6_addr, sizeof words);
    text_init(&t, out, 64);
    for (size_t i = six ? 0 : 3; i < 4; i++)
        text_add(&t, "%08X", (unsigned)words[i]);
    text_add(&t, ":%04X", addr_port(a));
}

static enum owner search(const char *path, const char *local, const char *peer, uid_t *uid)
{
    FILE *in = fopen(path, "re");
    char line[512], mine[64], theirs[64];
    enum owner found = in ? OWNER_NOBODY : OWNER_UNKNOWN;
    while (in && found == OWNER_NOBODY && fgets(line, sizeof line, in)) {
        unsigned long user, inode;
        unsigned state;
        if (sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %lu %*s %lu", mine, theirs, &state, &user,
                   &inode) == 5 &&
            inode && state != TCP_LISTEN && strcmp(mine, local) == 0 && strcmp(theirs, peer) == 0) {
            *uid = (uid_t)user;
            found = OWNER_KNOWN;
        }
    }
    if (in)
        (void)fclose(in); /* only read */
    return found;
}

static enum owner look_up(const struct addr *local, const struct addr *peer, uid_t *uid)
{
    enum owner found = OWNER_UNKNOWN;
    for (int six = addr_family(local) == AF_INET6; six < 2 && found != OWNER_KNOWN; six++) {
        char mine[64], theirs[64];
        put_end(local, six, mine);
        put_end(peer, six, theirs);
        enum owner here = search(six ? "/proc/net/tcp6" : "/proc/net/tcp", mine, theirs, uid);
        found = here == OWNER_UNKNOWN ? found : here;
    }
    return found;
}

enum owner owner_of(const struct addr *local, const struct addr *peer, uid_t *uid)
{
    enum owner found =
        addr_family(local) == addr_family(peer) ? ask(local, peer, uid) : OWNER_NOBODY;
    return found == OWNER_UNKNOWN ? look_up(local, peer, uid) : found;
}

#else

enum owner owner_of(const struct addr *local, const struct addr *peer, uid_t *uid)
{
    (void)local, (void)peer, (void)uid;
    return OWNER_UNKNOWN;
}

#endif
