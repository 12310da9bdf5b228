/* os/keep.c -- the descriptors that a forked child keeps */
#include "config.h"

#include "os/keep.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static bool kept(int fd, const int *keep, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

#if HAVE_CLOSE_RANGE

/* The lowest of `keep` from `from` up; -1: none. */
static int next_kept(int from, const int *keep, size_t n)
{
    int next = -1;
    for (size_t i = 0; i < n; i++)
        if (keep[i] >= from && (next < 0 || keep[i] < next))
            next = keep[i];
    return next;
}

/* False: this kernel has no such call. */
static bool close_gaps(const int *keep, size_t n)
{
    int from = 3, next;
    while ((next = next_kept(from, keep, n)) >= 0) {
        if (next > from && close_range((unsigned)from, (unsigned)next - 1, 0) < 0)
            return false;
        from = next + 1;
    }
    return close_range((unsigned)from, ~0U, 0) == 0;
}

#else

static bool close_gaps(const int *keep, size_t n)
{
    (void)keep;
    (void)n;
    return false;
}

#endif

/* False: there is no list. Closing while reading may skip an entry, so it is read until all are
 * closed. */
static bool close_listed(const int *keep, size_t n)
{
    bool more = true;
    while (more) {
        DIR *list = opendir("/proc/self/fd");
        if (!list && !(list = opendir("/dev/fd")))
            return false;
        more = false;
        for (struct dirent *e; (e = readdir(list)) != NULL;) {
            char *end;
            long fd = strtol(e->d_name, &end, 10);
            if (*end == '\0' && fd > 2 && fd != dirfd(list) && !kept((int)fd, keep, n))
                more |= close((int)fd) == 0;
        }
        (void)closedir(list); /* only read */
    }
    return true;
}

void keep_only(const int *keep, size_t n)
{
    if (close_gaps(keep, n) || close_listed(keep, n))
        return;
    struct rlimit most = {.rlim_cur = 65536};
    (void)getrlimit(RLIMIT_NOFILE, &most); /* the guess has to do */
    for (int fd = 3; (rlim_t)fd < most.rlim_cur; fd++)
        if (!kept(fd, keep, n))
            (void)close(fd); /* most are not open */
}
