/* daemon/proof.c -- what a binary that proved that it can take over leaves for itself */
#include "config.h"

#include "daemon/proof.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state.h"
#include "service/carry.h"

static const char magic[8] = "proved";

/* What stands at the end. */
struct tail {
    uint64_t from; /* where the proof begins */
    char magic[8];
};

/* --- whose it is ----------------------------------------------------------------------------- */

/* As long as these are the same nobody has written to it or put another one in its place. */
struct whose {
    uint64_t dev, ino, size, changed, changed_ns;
};

static bool find_out(struct whose *w)
{
    struct stat st;
    if (stat("/proc/self/exe", &st) < 0)
        return false;
    *w = (struct whose){(uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
                        (uint64_t)st.st_ctim.tv_sec, (uint64_t)st.st_ctim.tv_nsec};
    return true;
}

static bool is_ours(struct state_in *r)
{
    struct whose w;
    size_t len;
    const char *bytes = state_get_bytes(r, &len);
    return find_out(&w) && len == sizeof w && memcmp(bytes, &w, len) == 0;
}

/* --- written --------------------------------------------------------------------------------- */

void proof_begin(struct proof *p)
{
    struct whose w;
    *p = (struct proof){.possible = find_out(&w)};
    if (!p->possible)
        return;
    state_part(&p->out, "program", true);
    state_record(&p->out);
    state_put_bytes(&p->out, &w, sizeof w);
    state_part(&p->out, "said", true);
}

void proof_say(struct proof *p, const char *line)
{
    if (!p->possible)
        return;
    state_record(&p->out);
    state_put_text(&p->out, line);
}

void proof_write(struct proof *p, const struct table *t, int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    struct tail tail = {.from = (uint64_t)end};
    memcpy(tail.magic, magic, sizeof magic);
    if (p->possible) {
        state_part(&p->out, "table", true);
        table_put(t, &p->out);
    }
    bool good = p->possible && end >= 0 && state_end(&p->out) &&
                state_write_bytes(fd, p->out.at, p->out.len) &&
                state_write_bytes(fd, (const char *)&tail, sizeof tail);
    if (!good && end >= 0 && ftruncate(fd, end) < 0)
        p->possible = false; /* without its tail it is not seen, and the recording is not whole */
}

void proof_end(struct proof *p)
{
    state_free(&p->out);
}

/* --- read ------------------------------------------------------------------------------------ */

static void tell(struct state_in *records, void (*said)(void *arg, const char *line), void *arg)
{
    struct state_in r;
    while (state_next_record(records, &r))
        said(arg, state_get_text(&r));
}

/* The parts in their order. */
static struct table *read_parts(struct state_in *whole, void (*said)(void *arg, const char *line),
                                void *arg)
{
    struct state_part program, lines, table;
    struct state_in r;
    if (!state_next_part(whole, &program) || !state_next_record(&program.records, &r) ||
        !is_ours(&r) || !state_next_part(whole, &lines) || !state_next_part(whole, &table))
        return NULL;
    struct table *t = table_take(&table.records);
    if (t)
        tell(&lines.records, said, arg);
    return t;
}

struct table *proof_read(const char *bytes, size_t *len, void (*said)(void *arg, const char *line),
                         void *arg)
{
    struct tail tail;
    struct state_in whole;
    bool bad;
    if (*len < sizeof tail)
        return NULL;
    size_t end = *len - sizeof tail;
    memcpy(&tail, bytes + end, sizeof tail);
    if (memcmp(tail.magic, magic, sizeof magic) != 0 || tail.from > end)
        return NULL;
    *len = (size_t)tail.from;
    if (state_open(&whole, bytes + *len, end - *len, &bad) != STATE_NUMBER)
        return NULL;
    return read_parts(&whole, said, arg);
}
