/* daemon/state.c -- the state of the whole daemon, in a file without a name */
#include "config.h"

#include "daemon/parts.h"
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* --- written -------------------------------------------------------------------------------- */

int state_file(void)
{
#if HAVE_MEMFD_CREATE
    return memfd_create("doorward", MFD_CLOEXEC);
#else
    char path[] = "/tmp/doorward.XXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0)
        (void)unlink(path); /* nobody else needs it */
    if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd); /* never used */
    return -1;
#endif
}

bool state_write_bytes(int fd, const char *at, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* What stands in no other part that its reader knows is to be closed. */
static void save_descriptors(struct state_out *o)
{
    size_t n = o->nfds;
    state_part(o, "descriptors", false);
    for (size_t i = 0; i < n; i++) {
        state_record(o);
        state_put(o, (uint64_t)o->fds[i] + 1);
    }
}

int state_write(struct server *sv, int answers, struct state_out *o)
{
    *o = (struct state_out){.at = NULL};
    sv->upgrade.answers = answers;
    for (size_t i = 0; i < PARTS; i++) {
        state_part(o, parts[i].name, parts[i].need != GAIN);
        parts[i].save(sv, o);
    }
    save_descriptors(o);
    if (!state_end(o)) {
        errno = ENOMEM;
        return -1;
    }
    int fd = state_file();
    if (fd < 0 || state_write_bytes(fd, o->at, o->len))
        return fd;
    int error = errno;
    (void)close(fd); /* it is not whole */
    errno = error;
    return -1;
}

/* --- read ----------------------------------------------------------------------------------- */

bool state_map(int fd, const char **bytes, size_t *len)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    *len = (size_t)st.st_size;
    *bytes = "";
    if (*len == 0)
        return true;
    const void *at = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return false;
    *bytes = at;
    return true;
}

/* In a probe nothing of the daemon's is there: a pipe stands for each. */
static int stand_in(int fd)
{
    static int ends[2] = {-1, -1};
    (void)fd;
    if (ends[0] < 0 && pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    return fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
}

/* A descriptor that came along and that no part has taken. */
static void close_left(struct state_in *records, bool probing)
{
    struct state_in r;
    while (!probing && state_next_record(records, &r)) {
        int fd = (int)state_get_upto(&r, INT32_MAX) - 1, flags = fd > 2 ? fcntl(fd, F_GETFD) : -1;
        if (flags >= 0 && !(flags & FD_CLOEXEC))
            (void)close(fd); /* what it was for is not known */
    }
}

static const struct part *part_of(const char *name)
{
    for (size_t i = 0; i < PARTS; i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

/* The name of a part may be anything. */
static const char *not_understood(const char *what, const char *part)
{
    static char why[160];
    struct text t;
    text_init(&t, why, sizeof why);
    text_add(&t, "the state is not understood: %s", what);
    text_escape(&t, part, strlen(part));
    return why;
}

static const char *read_part(struct server *sv, struct state_part *p, bool probing, bool *there)
{
    const struct part *known = part_of(p->name);
    if (strcmp(p->name, "descriptors") == 0) {
        close_left(&p->records, probing);
    } else if (known) {
        bool in_order = !there[known - parts] && (known <= &parts[1] || sv->master.table);
        there[known - parts] = true;
        if (in_order)
            known->restore(sv, &p->records);
        if (!in_order || *p->records.bad || (known == &parts[1] && !sv->master.table))
            return not_understood("damaged: ", p->name);
    } else if (p->needed) {
        return not_understood("it cannot do without the part ", p->name);
    } else {
        log_warnx(
            "upgrade: the part \"%s\" of the state is skipped: this doorward does not know it",
            p->name);
    }
    return NULL;
}

static const char *read_parts(struct server *sv, struct state_in *whole, bool probing)
{
    struct state_part p;
    bool there[PARTS] = {false};
    while (state_next_part(whole, &p)) {
        const char *why = read_part(sv, &p, probing, there);
        if (why)
            return why;
    }
    for (size_t i = 0; i < PARTS && !*whole->bad; i++)
        if (parts[i].need == ALWAYS && !there[i])
            return not_understood("there is no part ", parts[i].name);
    return *whole->bad ? not_understood("damaged", "") : NULL;
}

const char *state_read(struct server *sv, int fd, bool probing)
{
    const char *bytes;
    size_t len;
    bool bad;
    struct state_in whole;
    state_descriptors(probing ? stand_in : NULL);
    if (!state_map(fd, &bytes, &len))
        return "the state cannot be read";
    unsigned number = state_open(&whole, bytes, len, &bad);
    if (number == 0)
        return not_understood("this is none", "");
    if (number != STATE_NUMBER)
        return not_understood(
            number > STATE_NUMBER ? "it is of a newer kind" : "it is of an older kind", "");
    return read_parts(sv, &whole, probing);
}
