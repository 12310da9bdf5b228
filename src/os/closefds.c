/* os/closefds.c -- close what nobody here opened */
#include "config.h"

#include "os/closefds.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/value.h"

enum { BOUND = 65536 }; /* where nothing tells which ones are open */

static bool is_kept(int fd, const int *keep, size_t nkeep)
{
    for (size_t i = 0; i < nkeep; i++)
        if (keep[i] == fd)
            return true;
    return false;
}

#if HAVE_CLOSE_RANGE
/* The lowest of `keep` that is at least `from`; INT_MAX when there is none. */
static int next_kept(int from, const int *keep, size_t nkeep)
{
    int lowest = INT_MAX;
    for (size_t i = 0; i < nkeep; i++)
        if (keep[i] >= from && keep[i] < lowest)
            lowest = keep[i];
    return lowest;
}

/* The kernel's own way; it closes nothing where it fails. */
static bool close_ranges(int first, const int *keep, size_t nkeep)
{
    for (;;) {
        int kept = next_kept(first, keep, nkeep);
        unsigned last = kept == INT_MAX ? ~0U : (unsigned)kept - 1;
        if (first != kept && close_range((unsigned)first, last, 0) < 0)
            return false;
        if (kept == INT_MAX)
            return true;
        first = kept + 1;
    }
}
#else
#define close_ranges(first, keep, nkeep) false
#endif

/* One walk over the folder of what is open. True: there was nothing to close. */
static bool close_listed(DIR *dir, int first, const int *keep, size_t nkeep)
{
    const struct dirent *entry;
    bool clean = true;
    while ((entry = readdir(dir))) {
        uint64_t fd = 0;
        if (value_number(entry->d_name, (uint64_t)first, INT_MAX, &fd) || (int)fd == dirfd(dir) ||
            is_kept((int)fd, keep, nkeep))
            continue;
        (void)close((int)fd); /* it was not ours to write to */
        clean = false;
    }
    return clean;
}

static bool close_by_folder(const char *path, int first, const int *keep, size_t nkeep)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    /* What is closed while a folder is read may make it skip something. */
    while (!close_listed(dir, first, keep, nkeep))
        rewinddir(dir);
    (void)closedir(dir); /* only read */
    return true;
}

void close_fds(int first, const int *keep, size_t nkeep)
{
    if (close_ranges(first, keep, nkeep) || close_by_folder("/proc/self/fd", first, keep, nkeep))
        return;
#if HAVE_CLOSEFROM
    if (nkeep == 0) {
        closefrom(first);
        return;
    }
#endif
#if !defined(__linux__)
    /* With a static /dev it has 0, 1 and 2 only: then the walk below finds the rest. */
    (void)close_by_folder("/dev/fd", first, keep, nkeep);
#endif
    for (int fd = first; fd < BOUND; fd++)
        if (!is_kept(fd, keep, nkeep))
            (void)close(fd); /* most are not open */
}
