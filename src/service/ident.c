/* service/ident.c -- the builtin ident: who has a connection? RFC 1413 */
#include "config.h"

#include "service/ident.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "base/text.h"
#include "os/fd.h"
#include "os/loop.h"
#include "os/owner.h"

enum {
    LINE = 64,      /* bytes of a query; the longest has 15 */
    ANSWER = 400,   /* and of what is said to it */
    PATIENCE_S = 10 /* for all of a connection */
};

static unsigned char secret[SIPHASH_KEY];
static bool has_secret;

void ident_start(void)
{
#if HAVE_GETENTROPY
    has_secret = getentropy(secret, sizeof secret) == 0;
#endif
}

/* --- a query --------------------------------------------------------------------------------- */

static const char *skip(const char *at)
{
    return at + strspn(at, " \t");
}

/* Digits; NULL: none, or more than anybody needs. */
static const char *read_port(const char *at, char digits[static 12], unsigned *port)
{
    size_t len = strspn(at, "0123456789");
    uint64_t n = 0;
    if (len == 0 || len > 10)
        return NULL;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (uint64_t)(at[i] - '0');
    memcpy(digits, at, len);
    digits[len] = '\0';
    *port = n > 65535 ? 0 : (unsigned)n;
    return skip(at + len);
}

bool ident_read(const char *line, struct ident_query *q, bool *good)
{
    const char *at = read_port(skip(line), q->ours, &q->local);
    if (!at || *at != ',' || !(at = read_port(skip(at + 1), q->theirs, &q->remote)) || *at)
        return false;
    *good = q->local && q->remote;
    return true;
}

/* --- an answer ------------------------------------------------------------------------------- */

typedef bool namer(uid_t uid, char *out, size_t size);

static bool name_nobody(uid_t uid, char *out, size_t size)
{
    (void)uid, (void)out, (void)size;
    return false;
}

/* The same for all connections of a user while doorward runs. */
static bool name_token(uid_t uid, char *out, size_t size)
{
    uint64_t number = uid;
    return has_secret &&
           text_fits(out, size, "%016" PRIx64, siphash(secret, &number, sizeof number));
}

static bool name_user(uid_t uid, char *out, size_t size)
{
    const struct passwd *p = getpwuid(uid);
    bool plain = p && *p->pw_name;
    for (const char *at = plain ? p->pw_name : ""; *at; at++)
        plain = plain && *at > ' ' && *at <= '~' && *at != ':';
    return plain ? text_fits(out, size, "%s", p->pw_name)
                 : text_fits(out, size, "%lu", (unsigned long)uid);
}

/* What is said of the connection between our port and theirs: of no address but those of the
 * query's own. */
static void judge(int fd, const struct ident_query *q, namer *name, struct text *t)
{
    struct addr local, peer;
    char user[256];
    uid_t uid = 0;
    if (!fd_local(fd, &local) || !fd_peer(fd, &peer)) {
        text_add(t, "ERROR : UNKNOWN-ERROR");
        return;
    }
    local = addr_unmap(&local);
    peer = addr_unmap(&peer);
    addr_set_port(&local, (uint16_t)q->local);
    addr_set_port(&peer, (uint16_t)q->remote);
    enum owner found = owner_of(&local, &peer, &uid);
    if (found == OWNER_UNKNOWN)
        text_add(t, "ERROR : UNKNOWN-ERROR");
    else if (found == OWNER_NOBODY)
        text_add(t, "ERROR : NO-USER");
    else if (name(uid, user, sizeof user))
        text_add(t, "USERID : UNIX : %s", user);
    else
        text_add(t, "ERROR : HIDDEN-USER");
}

static void answer(int fd, const char *line, namer *name)
{
    char out[ANSWER];
    struct ident_query q = {.ours = "0", .theirs = "0"};
    struct text t;
    bool good = false;
    if (!ident_read(line, &q, &good))
        q = (struct ident_query){.ours = "0", .theirs = "0"};
    text_init(&t, out, sizeof out);
    text_add(&t, "%s , %s : ", q.ours, q.theirs);
    if (good)
        judge(fd, &q, name, &t);
    else
        text_add(&t, "ERROR : INVALID-PORT");
    text_add(&t, "\r\n");
    (void)send(fd, out, t.len, MSG_NOSIGNAL | MSG_DONTWAIT); /* who does not read gets no more */
}

/* --- a connection ---------------------------------------------------------------------------- */

/* More bytes before `until`? Their number, 0: no. */
static size_t receive(int fd, char *to, size_t size, uint64_t until)
{
    uint64_t now = loop_now();
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (now >= until || poll(&p, 1, (int)((until - now) / NS_PER_MS) + 1) <= 0)
        return 0;
    ssize_t n = recv(fd, to, size, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

static void serve(int fd, namer *name)
{
    char line[LINE];
    size_t len = 0, n;
    uint64_t until = loop_now() + PATIENCE_S * NS_PER_S;
    while ((n = receive(fd, line + len, sizeof line - len, until)) > 0) {
        char *end;
        len += n;
        while ((end = memchr(line, '\n', len))) {
            size_t used = (size_t)(end - line) + 1;
            *end = '\0';
            if (end > line && end[-1] == '\r')
                end[-1] = '\0';
            answer(fd, line, name);
            len -= used;
            memmove(line, line + used, len);
        }
        if (len == sizeof line)
            return; /* no query is so long */
    }
}

void ident_hidden(int fd)
{
    serve(fd, name_nobody);
}

void ident_token(int fd)
{
    serve(fd, name_token);
}

void ident_user(int fd)
{
    serve(fd, name_user);
}
