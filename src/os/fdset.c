/* os/fdset.c -- the set of descriptors that select watches */
#include "config.h"

#include "os/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "os/fd.h"

enum {
    BITS = sizeof(unsigned long) * CHAR_BIT,
    STEP = 1024 / BITS /* words more at a time */
};

/*
 * Bitmaps as the kernel reads them, arrays of unsigned long, in place of fd_set: that type ends at
 * FD_SETSIZE, and the C library checks it. */
struct fdset {
    int epoll;           /* the epoll descriptor; -1: the kernel has none, the bitmaps are used */
    unsigned long *want; /* the set */
    unsigned long *left; /* what pselect left of it */
    void **tags;         /* by descriptor */
    size_t room;         /* words in want and left; tags has BITS for each */
    size_t used;         /* words up to the last that is not 0 */
    size_t turn;         /* the descriptor to look at first */
};

/* --- bitmaps ---------------------------------------------------------------------------------- */

/* Room for `words` words. When one array cannot grow, those that could are merely too large. */
static int grow(struct fdset *s, size_t words)
{
    if (words <= s->room)
        return 0;
    size_t room = (words + STEP - 1) / STEP * STEP;
    unsigned long *want = realloc(s->want, room * sizeof *want);
    if (!want)
        return -1;
    s->want = want;
    unsigned long *left = realloc(s->left, room * sizeof *left);
    if (!left)
        return -1;
    s->left = left;
    void **tags = realloc(s->tags, room * BITS * sizeof *tags);
    if (!tags)
        return -1;
    s->tags = tags;
    memset(want + s->room, 0, (room - s->room) * sizeof *want);
    s->room = room;
    return 0;
}

static int bits_add(struct fdset *s, int fd, void *tag)
{
    /* One bad descriptor would make every later pselect fail. */
    if (fcntl(fd, F_GETFD) < 0)
        return -1;
    size_t word = (size_t)fd / BITS;
    if (grow(s, word + 1) < 0)
        return -1;
    s->want[word] |= 1UL << ((size_t)fd % BITS);
    s->tags[fd] = tag;
    if (s->used < word + 1)
        s->used = word + 1;
    return 0;
}

static void bits_remove(struct fdset *s, int fd)
{
    size_t word = (size_t)fd / BITS;
    if (fd < 0 || word >= s->used)
        return;
    s->want[word] &= ~(1UL << ((size_t)fd % BITS));
    while (s->used > 0 && s->want[s->used - 1] == 0)
        s->used--;
}

/* Append the tags of the ready descriptors in [fd, end) until there are `max`. */
static size_t collect(struct fdset *s, size_t fd, size_t end, void **ready, size_t n, size_t max)
{
    while (fd < end && n < max) {
        unsigned long word = s->left[fd / BITS] >> (fd % BITS);
        if (word == 0) {
            fd = (fd / BITS + 1) * BITS;
            continue;
        }
        fd += (size_t)__builtin_ctzl(word);
        if (fd >= end)
            break;
        ready[n++] = s->tags[fd++];
        s->turn = fd;
    }
    return n;
}

static int bits_wait(struct fdset *s, const struct timespec *timeout, const sigset_t *mask,
                     void **ready, size_t max)
{
    size_t end = s->used * BITS;
    if (end > 0)
        memcpy(s->left, s->want, s->used * sizeof *s->left);
    /* Bits over the highest descriptor are 0, so whole words may be shown. */
    int n = pselect((int)end, (fd_set *)(void *)s->left, NULL, NULL, timeout, mask);
    if (n <= 0)
        return n;
    size_t turn = s->turn < end ? s->turn : 0;
    size_t got = collect(s, turn, end, ready, 0, max);
    return (int)collect(s, 0, turn, ready, got, max);
}

/* --- epoll ------------------------------------------------------------------------------------ */

/* FDSET_SELECT builds the plain set where configure chose epoll, so that both can be tested. */
#if defined USE_EPOLL && USE_EPOLL && !defined FDSET_SELECT

#include <sys/epoll.h>

const char fdset_kind[] = "epoll";

enum { BATCH = 64 };

/* 0 with the descriptor, which is -1 where the kernel has no epoll; or an errno. */
static int epoll_open(int *fd)
{
    *fd = epoll_create1(EPOLL_CLOEXEC);
    if (*fd < 0)
        return errno == ENOSYS ? 0 : errno;
    if (*fd < FD_SETSIZE)
        return 0;
    (void)close(*fd); /* nothing was written to it */
    return EMFILE;    /* FD_SET cannot hold it: somebody left a thousand descriptors open */
}

static int epoll_add(struct fdset *s, int fd, void *tag)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = tag};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void epoll_remove(struct fdset *s, int fd)
{
    struct epoll_event ev = {.events = 0};             /* kernels before 2.6.9 want one */
    (void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, &ev); /* fails only for what is not in the set */
}

/* The kernel's ready list is a queue: what is reported goes to its end, so turns are kept. */
static int epoll_look(struct fdset *s, const struct timespec *timeout, const sigset_t *mask,
                      void **ready, size_t max)
{
    fd_set one;
    FD_ZERO(&one);
    fd_put(s->epoll, &one);
    int n = pselect(s->epoll + 1, &one, NULL, NULL, timeout, mask);
    if (n <= 0)
        return n;
    struct epoll_event got[BATCH];
    n = epoll_wait(s->epoll, got, max < BATCH ? (int)max : BATCH, 0);
    for (int i = 0; i < n; i++)
        ready[i] = got[i].data.ptr;
    return n;
}

#else

const char fdset_kind[] = "select";

#define epoll_open(fd) (*(fd) = -1, 0)
#define epoll_add      bits_add
#define epoll_remove   bits_remove
#define epoll_look     bits_wait

#endif

/* --- either ----------------------------------------------------------------------------------- */

struct fdset *fdset_new(void)
{
    struct fdset *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    int why = epoll_open(&s->epoll);
    if (why == 0)
        return s;
    free(s);
    errno = why;
    return NULL;
}

void fdset_free(struct fdset *s)
{
    if (!s)
        return;
    if (s->epoll >= 0)
        (void)close(s->epoll); /* nothing was written to it */
    free(s->want);
    free(s->left);
    free(s->tags);
    free(s);
}

int fdset_add(struct fdset *s, int fd, void *tag)
{
    return s->epoll >= 0 ? epoll_add(s, fd, tag) : bits_add(s, fd, tag);
}

void fdset_remove(struct fdset *s, int fd)
{
    if (s->epoll >= 0)
        epoll_remove(s, fd);
    else
        bits_remove(s, fd);
}

int fdset_wait(struct fdset *s, const struct timespec *timeout, const sigset_t *mask, void **ready,
               size_t max)
{
    return s->epoll >= 0 ? epoll_look(s, timeout, mask, ready, max)
                         : bits_wait(s, timeout, mask, ready, max);
}
