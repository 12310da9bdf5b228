/*
 * os/fdset.h -- the set of descriptors that select watches for reading.
 *
 * Where the kernel has epoll, pselect(2) waits on one epoll descriptor that holds the set, so that
 * a wake-up costs the same with 1 and with 10,000 descriptors; elsewhere, where the running kernel
 * answers ENOSYS, and with configure --disable-epoll, on fd sets as large as the highest descriptor
 * (FD_SET is limited to FD_SETSIZE, the kernel is not). */
#ifndef DOORWARD_OS_FDSET_H
#define DOORWARD_OS_FDSET_H

#include <signal.h>
#include <stddef.h>
#include <time.h>

struct fdset;

/* NULL with errno on failure. */
struct fdset *fdset_new(void);
void fdset_free(struct fdset *s);

/* Watch `fd`, which is not in the set; `tag` (not NULL) comes back when it is readable. 0, or -1
 * with errno. */
int fdset_add(struct fdset *s, int fd, void *tag);
/* Stop watching `fd`, which is in the set and still open. */
void fdset_remove(struct fdset *s, int fd);

/*
 * Wait as pselect(2) until a descriptor is readable, `timeout` (NULL: for ever) has passed, or a
 * signal that `mask` lets through arrives. Puts at most `max` tags into `ready`, in turn over all
 * that are readable when there are more. How many; 0 on time-out; -1 with errno (EINTR). */
int fdset_wait(struct fdset *s, const struct timespec *timeout, const sigset_t *mask, void **ready,
               size_t max);

/* "epoll" or "select": for -V. */
extern const char fdset_kind[];

#endif
