/* conf/ask.c -- one answer for each question of a load, from the system or from a recording */
#include "config.h"

#include "conf/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A question and its answer, in memory as in a recording: this head, the words of the question and
 * a NUL behind each, then from the next multiple of ALIGNED on the answer and a NUL. */
struct record {
    uint32_t kind;
    uint32_t failed;
    uint32_t question; /* bytes, the NULs included */
    uint32_t answer;   /* bytes, without the NUL */
};

enum { ALIGNED = 16, HEAD = sizeof(struct record) };

enum way { SYSTEM, OFFLINE, REPLAYED };

struct ask {
    enum way way;
    int fd;          /* for a recording; -1 none */
    bool lost;       /* memory ran out for an answer */
    const char *why; /* there is no other answer; or, if it asks the system, not for the next one */
    const char *known; /* records that are not ours to free */
    size_t nknown;
    const char **slots;
    size_t count, room; /* records; slots, a power of two */
};

static size_t aligned(size_t n)
{
    return (n + ALIGNED - 1) & ~(size_t)(ALIGNED - 1);
}

static size_t answer_at(const struct record *r)
{
    return aligned(HEAD + r->question);
}

/* Of the whole record. */
static size_t record_size(const struct record *r)
{
    return aligned(answer_at(r) + r->answer + 1);
}

static struct record head_of(const char *record)
{
    struct record r;
    memcpy(&r, record, sizeof r);
    return r;
}

static struct answer answer_of(const char *record)
{
    struct record r = head_of(record);
    return (struct answer){record + answer_at(&r), r.answer, r.failed != 0};
}

/* --- records by their question: a hash, open addressing -------------------------------------- */

/* FNV-1a over the kind and the question. */
static size_t hash(const char *record)
{
    struct record r = head_of(record);
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ r.kind;
    for (size_t i = 0; i < r.question; i++)
        h = (h ^ (unsigned char)record[HEAD + i]) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32);
}

static bool same_question(const char *a, const char *b)
{
    struct record x = head_of(a), y = head_of(b);
    return x.kind == y.kind && x.question == y.question &&
           memcmp(a + HEAD, b + HEAD, x.question) == 0;
}

/* Where the record with the same question is, or would be. */
static size_t find(const struct ask *a, const char *record)
{
    size_t at = hash(record) & (a->room - 1);
    while (a->slots[at] && !same_question(a->slots[at], record))
        at = (at + 1) & (a->room - 1);
    return at;
}

static bool grow(struct ask *a)
{
    struct ask old = *a;
    if (a->count < a->room / 2)
        return true;
    a->room = old.room ? old.room * 2 : 256;
    a->slots = calloc(a->room, sizeof *a->slots);
    if (!a->slots) {
        *a = old;
        return false;
    }
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i])
            a->slots[find(a, old.slots[i])] = old.slots[i];
    free(old.slots);
    return true;
}

/* File a record; of two with one question the first counts. */
static void file(struct ask *a, const char *record)
{
    size_t at = find(a, record);
    a->count += !a->slots[at];
    if (!a->slots[at])
        a->slots[at] = record;
}

/* --- a question ------------------------------------------------------------------------------ */

static void pad(struct reply *r)
{
    static const char zeros[ALIGNED];
    reply_add(r, zeros, aligned(r->len) - r->len);
}

/* The record without its answer. */
static void put_question(struct reply *r, enum ask_kind kind, const char *first, const char *second)
{
    struct record head = {.kind = kind};
    size_t one = strlen(first) + 1, two = second ? strlen(second) + 1 : 0;
    head.question = (uint32_t)(one + two);
    reply_add(r, &head, sizeof head);
    reply_add(r, first, one);
    if (second)
        reply_add(r, second, two);
    pad(r);
}

static void put_no_name(struct reply *r, enum ask_kind kind)
{
    static const char *const why[ASK_KINDS] = {[ASK_HOST] = "Name or service not known"};
    if (kind == ASK_USER)
        system_answer(kind, "-", NULL, r); /* whoever asks for whom, it is us */
    else if (kind == ASK_UID || kind == ASK_GID)
        system_answer(kind, "0", NULL, r);
    else if (why[kind])
        reply_fail(r, r->len, why[kind]);
}

static void put_answer(const struct ask *a, struct reply *r, enum ask_kind kind, const char *first,
                       const char *second)
{
    size_t start = r->len;
    if (a->why)
        reply_fail(r, start, a->why);
    else if (a->way == OFFLINE && kind >= ASK_PROGRAM)
        put_no_name(r, kind);
    else
        system_answer(kind, first, second, r);
    if (r->no_memory)
        return;
    struct record head = head_of(r->bytes);
    head.failed = r->failed;
    head.answer = (uint32_t)(r->len - start);
    memcpy(r->bytes, &head, sizeof head);
    reply_add(r, "", 1);
    pad(r);
}

/* The reader's, which has nothing else to do if nobody listens any more. */
static void send_or_end(int fd, const char *bytes, size_t len)
{
    while (fd >= 0 && len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            _exit(1);
        bytes += n;
        len -= (size_t)n;
    }
}

static struct answer no_answer(const char *why)
{
    return (struct answer){why, strlen(why), true};
}

static struct answer no_memory(struct ask *a)
{
    a->lost = true;
    return no_answer("out of memory");
}

struct answer ask(struct ask *a, enum ask_kind kind, const char *first, const char *second)
{
    struct reply r = {.bytes = NULL};
    put_question(&r, kind, first, second);
    size_t at = r.no_memory || !grow(a) ? 0 : find(a, r.bytes);
    if (r.no_memory || a->count >= a->room / 2) {
        free(r.bytes);
        return no_memory(a);
    }
    if (!a->slots[at] && a->way != REPLAYED) {
        put_answer(a, &r, kind, first, second);
        a->why = NULL;
        if (!r.no_memory) {
            send_or_end(a->fd, r.bytes, r.len);
            file(a, r.bytes);
            return answer_of(r.bytes);
        }
    }
    free(r.bytes);
    if (r.no_memory)
        return no_memory(a);
    return a->slots[at] ? answer_of(a->slots[at]) : no_answer(a->why);
}

const char *answer_next(const struct answer *a, const char *name)
{
    const char *next = name ? name + strlen(name) + 1 : a->bytes;
    return next < a->bytes + a->len ? next : NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

static struct ask *make(enum way way, int fd)
{
    struct ask *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->way = way;
    a->fd = fd;
    if (way == SYSTEM)
        system_open();
    return a;
}

struct ask *ask_system(void)
{
    return make(SYSTEM, -1);
}

struct ask *ask_offline(void)
{
    return make(OFFLINE, -1);
}

bool ask_is_offline(const struct ask *a)
{
    return a->way == OFFLINE;
}

bool ask_lost(const struct ask *a)
{
    return a->lost;
}

bool ask_recorded_all(struct ask *a)
{
    struct reply r = {.bytes = NULL};
    put_question(&r, ASK_NOTHING, "", NULL);
    reply_add(&r, "", 1);
    pad(&r);
    bool good = !r.no_memory;
    if (good)
        send_or_end(a->fd, r.bytes, r.len);
    free(r.bytes);
    return good;
}

/* The size of the record at the start of `len` bytes; 0: it is not whole. */
static size_t whole(const char *bytes, size_t len)
{
    struct record r;
    if (len < sizeof r)
        return 0;
    r = head_of(bytes);
    /* Each is bounded by 32 bits, so the sum fits. */
    uint64_t size = (uint64_t)aligned(HEAD + (size_t)r.question) + r.answer + 1;
    size = (size + ALIGNED - 1) & ~(uint64_t)(ALIGNED - 1);
    bool good = r.kind < ASK_KINDS && r.question > 0 && size <= len &&
                bytes[HEAD + r.question - 1] == '\0' && bytes[answer_at(&r) + r.answer] == '\0';
    return good ? record_size(&r) : 0;
}

size_t ask_records(const char *bytes, size_t len)
{
    size_t size, sum = 0;
    while (len > sum && (size = whole(bytes + sum, len - sum)) > 0)
        sum += size;
    return sum;
}

bool ask_is_whole(const char *bytes, size_t len)
{
    size_t size;
    uint32_t kind = ASK_KINDS;
    for (; (size = whole(bytes, len)) > 0; bytes += size, len -= size)
        kind = head_of(bytes).kind;
    return len == 0 && kind == ASK_NOTHING;
}

/* With the records of a recording. */
static struct ask *make_knowing(enum way way, int fd, const char *bytes, size_t len,
                                const char *why)
{
    struct ask *a = make(way, fd);
    size_t size;
    if (!a)
        return NULL;
    a->why = why;
    a->known = bytes;
    a->nknown = len;
    for (; (size = whole(bytes, len)) > 0; bytes += size, len -= size) {
        if (!grow(a)) {
            ask_free(a);
            return NULL;
        }
        file(a, bytes);
    }
    return a;
}

struct ask *ask_recorded(int fd, const char *bytes, size_t len, const char *why)
{
    return make_knowing(SYSTEM, fd, bytes, len, why);
}

struct ask *ask_replayed(const char *bytes, size_t len, const char *why)
{
    return make_knowing(REPLAYED, -1, bytes, len, why);
}

static bool is_known(const struct ask *a, const char *record)
{
    return a->known && record >= a->known && record < a->known + a->nknown;
}

void ask_free(struct ask *a)
{
    if (!a)
        return;
    if (a->way == SYSTEM)
        system_close();
    for (size_t i = 0; i < a->room; i++)
        if (!is_known(a, a->slots[i]))
            free((char *)a->slots[i]);
    free(a->slots);
    free(a);
}
