/* base/state.c -- what one doorward hands to the next: named parts, of records, of fields */
#include "config.h"

#include "base/state.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/zone.h"

static const char magic[16] = "doorward state";

/* --- written --------------------------------------------------------------------------------- */

static bool make_room(struct state_out *o, size_t len)
{
    if (o->failed || o->room - o->len >= len)
        return !o->failed;
    size_t room = o->room ? o->room : 1 << 16;
    while (room - o->len < len)
        room *= 2;
    char *grown = realloc(o->at, room);
    o->failed = !grown;
    if (!grown)
        return false;
    o->at = grown;
    o->room = room;
    return true;
}

static void add(struct state_out *o, const void *bytes, size_t len)
{
    if (len == 0 || !make_room(o, len))
        return;
    memcpy(o->at + o->len, bytes, len);
    o->len += len;
}

/* What was begun at `*length`, where its length is to stand, has ended. */
static void finish(struct state_out *o, size_t *length)
{
    uint64_t n = o->len - *length - sizeof n;
    if (*length && !o->failed)
        memcpy(o->at + *length, &n, sizeof n);
    *length = 0;
}

static void begin(struct state_out *o, size_t *length)
{
    *length = o->len;
    state_put(o, 0);
}

void state_part(struct state_out *o, const char *name, bool needed)
{
    finish(o, &o->record);
    finish(o, &o->part);
    if (o->len == 0) {
        add(o, magic, sizeof magic);
        state_put(o, STATE_NUMBER);
    }
    state_put_text(o, name);
    state_put(o, needed);
    begin(o, &o->part);
}

void state_record(struct state_out *o)
{
    finish(o, &o->record);
    begin(o, &o->record);
}

/* Most fields are numbers: what their adding takes is what writing the state takes. */
void state_put(struct state_out *o, uint64_t n)
{
    if (o->room - o->len < sizeof n && !make_room(o, sizeof n))
        return;
    memcpy(o->at + o->len, &n, sizeof n);
    o->len += sizeof n;
}

/* With a NUL behind them, so that a text can be read where it stands. */
void state_put_bytes(struct state_out *o, const void *bytes, size_t len)
{
    state_put(o, len);
    add(o, bytes, len);
    add(o, "", 1);
}

void state_put_text(struct state_out *o, const char *text)
{
    state_put_bytes(o, text, text ? strlen(text) : 0);
}

void state_put_addr(struct state_out *o, const struct addr *a)
{
    int family = addr_family(a);
    const char *zone = family == AF_INET6 ? zone_name(a->u.in6.sin6_scope_id) : NULL;
    state_put(o, (uint64_t)family);
    if (family == AF_UNIX) {
        state_put(o, a->u.un.uid);
        state_put(o, a->u.un.gid);
        state_put(o, (uint64_t)a->u.un.pid);
    } else if (family == AF_INET) {
        state_put(o, addr_port(a));
        state_put_bytes(o, &a->u.in.sin_addr, sizeof a->u.in.sin_addr);
    } else if (family == AF_INET6) {
        state_put(o, addr_port(a));
        state_put_bytes(o, &a->u.in6.sin6_addr, sizeof a->u.in6.sin6_addr);
        state_put(o, zone ? 0 : a->u.in6.sin6_scope_id);
        state_put_text(o, zone);
    }
}

void state_put_fd(struct state_out *o, int fd)
{
    state_put(o, (uint64_t)fd + 1);
    if (fd < 0)
        return;
    if (o->nfds == o->fd_room) {
        size_t room = o->fd_room ? o->fd_room * 2 : 256;
        int *grown = realloc(o->fds, room * sizeof *grown);
        o->failed |= !grown;
        if (!grown)
            return;
        o->fds = grown;
        o->fd_room = room;
    }
    o->fds[o->nfds++] = fd;
}

bool state_end(struct state_out *o)
{
    finish(o, &o->record);
    finish(o, &o->part);
    return !o->failed;
}

void state_free(struct state_out *o)
{
    free(o->at);
    free(o->fds);
    *o = (struct state_out){.at = NULL};
}

/* --- read ------------------------------------------------------------------------------------ */

static size_t left(const struct state_in *in)
{
    return (size_t)(in->end - in->at);
}

/* The next `len` bytes; NULL: at the end, or, which is bad, in the middle of something. */
static const char *take(struct state_in *in, size_t len)
{
    const char *at = in->at;
    if (*in->bad || left(in) == 0)
        return NULL;
    if (left(in) < len) {
        *in->bad = true;
        return NULL;
    }
    in->at += len;
    return at;
}

uint64_t state_get(struct state_in *r)
{
    uint64_t n = 0;
    const char *at = take(r, sizeof n);
    if (at)
        memcpy(&n, at, sizeof n);
    return n;
}

uint64_t state_get_upto(struct state_in *r, uint64_t most)
{
    uint64_t n = state_get(r);
    if (n <= most)
        return n;
    *r->bad = true;
    return 0;
}

bool state_get_flag(struct state_in *r)
{
    return state_get_upto(r, 1) == 1;
}

const char *state_get_bytes(struct state_in *r, size_t *len)
{
    *len = (size_t)state_get_upto(r, left(r));
    const char *at = take(r, *len + 1);
    if (at && at[*len] == '\0')
        return at;
    if (at)
        *r->bad = true;
    *len = 0;
    return "";
}

const char *state_get_text(struct state_in *r)
{
    size_t len;
    const char *text = state_get_bytes(r, &len);
    if (strlen(text) == len)
        return text;
    *r->bad = true;
    return "";
}

const char *state_get_word(struct state_in *r)
{
    const char *text = state_get_text(r), *word = *text ? strings_keep(text) : NULL;
    *r->bad |= *text && !word;
    return word;
}

static void get_host(struct state_in *r, void *to, size_t size)
{
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    *r->bad |= len != size;
    if (len == size)
        memcpy(to, bytes, size);
}

struct addr state_get_addr(struct state_in *r)
{
    uint64_t family = state_get(r);
    struct addr a = {.u.sa.sa_family = AF_UNSPEC};
    if (family == AF_UNIX) {
        uid_t uid = (uid_t)state_get_upto(r, UINT32_MAX);
        gid_t gid = (gid_t)state_get_upto(r, UINT32_MAX);
        return addr_unix(uid, gid, (pid_t)state_get_upto(r, INT32_MAX));
    }
    if (family != AF_INET && family != AF_INET6) {
        *r->bad |= family != AF_UNSPEC;
        return a;
    }
    a = addr_any((int)family, (uint16_t)state_get_upto(r, UINT16_MAX));
    if (family == AF_INET) {
        get_host(r, &a.u.in.sin_addr, sizeof a.u.in.sin_addr);
        return a;
    }
    get_host(r, &a.u.in6.sin6_addr, sizeof a.u.in6.sin6_addr);
    a.u.in6.sin6_scope_id = (uint32_t)state_get_upto(r, ZONE_NAMED - 1);
    const char *zone = state_get_text(r);
    if (*zone)
        *r->bad |= !(a.u.in6.sin6_scope_id = zone_of(zone));
    return a;
}

static int (*stands_for)(int fd);

void state_descriptors(int (*which)(int fd))
{
    stands_for = which;
}

int state_get_fd(struct state_in *r)
{
    int fd = (int)state_get_upto(r, INT_MAX) - 1;
    if (fd < 0)
        return -1;
    if (stands_for)
        fd = stands_for(fd);
    if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    *r->bad = true;
    return -1;
}

/* What its length, the next number, says. */
static bool next(struct state_in *in, struct state_in *inner)
{
    if (*in->bad || left(in) == 0)
        return false;
    size_t len = (size_t)state_get_upto(in, left(in));
    if (*in->bad || left(in) < len) {
        *in->bad = true;
        return false;
    }
    *inner = (struct state_in){in->at, in->at + len, in->bad};
    in->at += len;
    return true;
}

unsigned state_open(struct state_in *whole, const char *bytes, size_t len, bool *bad)
{
    *bad = false;
    *whole = (struct state_in){bytes, bytes + len, bad};
    const char *head = take(whole, sizeof magic);
    if (!head || memcmp(head, magic, sizeof magic) != 0)
        return 0;
    return (unsigned)state_get_upto(whole, INT_MAX);
}

bool state_next_part(struct state_in *whole, struct state_part *part)
{
    if (*whole->bad || left(whole) == 0)
        return false;
    part->name = state_get_text(whole);
    part->needed = state_get_flag(whole);
    if (left(whole) == 0)
        *whole->bad = true; /* a part without its length */
    return next(whole, &part->records);
}

bool state_next_record(struct state_in *records, struct state_in *record)
{
    return next(records, record);
}
