/* control/metrics.c -- the daemon and its services in numbers, for Prometheus and its like */
#include "config.h"

#include "control/metrics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admit/history.h"
#include "admit/tally.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/status.h"

/* --- what is asked -------------------------------------------------------------------------- */

struct asked {
    const struct master *m;
    const struct metrics_facts *facts;
    const struct service *s; /* NULL: of the daemon */
};

/* One line of a family; zeroed. */
struct sample {
    const char *suffix;        /* of the family's name; NULL: the usual one */
    const char *label, *value; /* besides the service's; NULL none */
    uint64_t n;
    bool ns; /* to be written in seconds */
};

/* --- the daemon ----------------------------------------------------------------------------- */

static bool get_version(const struct asked *a, size_t part, struct sample *x)
{
    (void)a, (void)part;
    *x = (struct sample){.label = "version", .value = PACKAGE_VERSION, .n = 1};
    return true;
}

static bool get_uptime(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = loop_now() - a->m->since;
    x->ns = true;
    return true;
}

static bool get_reloads(const struct asked *a, size_t part, struct sample *x)
{
    x->label = "result";
    x->value = part == 0 ? "good" : "bad";
    x->n = part == 0 ? a->m->reloads : a->m->reloads_refused;
    return true;
}

static bool get_memory(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->facts->memory;
    return x->n > 0;
}

static bool get_descriptors(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->facts->descriptors;
    return x->n > 0;
}

static bool get_lost(const struct asked *a, size_t part, struct sample *x)
{
    (void)a, (void)part;
    x->n = log_lost();
    return true;
}

static bool get_handlers(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->m->share.running;
    return true;
}

static bool get_services(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    for (size_t i = 0; i < a->m->table->count; i++)
        x->n += a->m->table->services[i]->mark != MARK_GONE;
    return true;
}

/* --- a service ------------------------------------------------------------------------------ */

static bool get_up(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = !status_is_down(a->s);
    return true;
}

static bool get_running(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->s->running;
    return true;
}

static bool get_started(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->s->started;
    return true;
}

static bool get_rejected(const struct asked *a, size_t part, struct sample *x)
{
    x->label = "reason";
    x->value = reject_name((enum reject)part);
    x->n = tally_rejected(a->s, (enum reject)part);
    return x->n > 0;
}

static bool get_pauses(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = tally_pauses(a->s);
    return true;
}

static bool get_faults(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = tally_faults(a->s);
    return true;
}

static bool get_exits(const struct asked *a, size_t part, struct sample *x)
{
    x->label = "class";
    x->value = ending_name((enum ending)part);
    x->n = a->s->history ? a->s->history->endings[part] : 0;
    return x->n > 0;
}

static bool get_cpu(const struct asked *a, size_t part, struct sample *x)
{
    (void)part;
    x->n = a->s->history ? a->s->history->cpu : 0;
    x->ns = true;
    return a->s->history;
}

enum { DURATIONS = HISTORY_BUCKETS + 3 }; /* +Inf, the sum, the count */

static bool get_duration(const struct asked *a, size_t part, struct sample *x)
{
    static const char *const bounds[HISTORY_BUCKETS + 1] = {
        "0.005", "0.01", "0.05",  "0.1",    "0.5",     "1.0", "5.0",
        "10.0",  "60.0", "600.0", "3600.0", "86400.0", "+Inf"};
    const struct history *h = a->s->history;
    if (!h)
        return false;
    if (part == HISTORY_BUCKETS + 1) {
        *x = (struct sample){.suffix = "_sum", .n = h->duration, .ns = true};
        return true;
    }
    for (size_t i = 0; i <= part && i <= HISTORY_BUCKETS; i++)
        x->n += h->durations[i];
    x->suffix = part <= HISTORY_BUCKETS ? "_bucket" : "_count";
    x->label = part <= HISTORY_BUCKETS ? "le" : NULL;
    x->value = part <= HISTORY_BUCKETS ? bounds[part] : NULL;
    return true;
}

/* --- the families --------------------------------------------------------------------------- */

enum type { GAUGE, COUNTER, HISTOGRAM };

static const struct family {
    const char *name, *help;
    enum type type;
    bool of_service;
    size_t parts;
    bool (*get)(const struct asked *a, size_t part, struct sample *x); /* false: left out */
} families[] = {
    {"doorward_build_info", "Which doorward it is.", GAUGE, false, 1, get_version},
    {"doorward_uptime_seconds", "Since the daemon serves.", GAUGE, false, 1, get_uptime},
    {"doorward_reloads", "Reloads, by their result.", COUNTER, false, 2, get_reloads},
    {"doorward_memory_bytes", "Resident memory of the master.", GAUGE, false, 1, get_memory},
    {"doorward_descriptors", "Open descriptors of the master.", GAUGE, false, 1, get_descriptors},
    {"doorward_log_lost_lines", "Lines of the log that could not be written.", COUNTER, false, 1,
     get_lost},
    {"doorward_handlers", "Handlers that run, of all services.", GAUGE, false, 1, get_handlers},
    {"doorward_services", "Services of the configuration.", GAUGE, false, 1, get_services},
    {"doorward_service_up", "Is the service served (1), or is it down (0)?", GAUGE, true, 1,
     get_up},
    {"doorward_service_running", "Handlers that run.", GAUGE, true, 1, get_running},
    {"doorward_service_started", "Handlers that were started.", COUNTER, true, 1, get_started},
    {"doorward_service_rejected", "Clients that were refused, by reason.", COUNTER, true,
     REJECT_REASONS, get_rejected},
    {"doorward_service_pauses", "Times that a limit made clients wait.", COUNTER, true, 1,
     get_pauses},
    {"doorward_service_faults", "Times that something failed.", COUNTER, true, 1, get_faults},
    {"doorward_service_exits", "Handlers that have ended, by how.", COUNTER, true, ENDINGS,
     get_exits},
    {"doorward_service_cpu_seconds", "Processor time of handlers that have ended.", COUNTER, true,
     1, get_cpu},
    {"doorward_service_duration_seconds", "How long handlers ran.", HISTOGRAM, true, DURATIONS,
     get_duration},
};

enum { FAMILIES = sizeof families / sizeof *families };

/* --- lines ---------------------------------------------------------------------------------- */

/* Of what would not be UTF-8 nothing comes through. */
static void add_label(struct text *t, char before, const char *name, const char *value)
{
    text_add(t, "%c%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_bytes(t, "\\", 1);
        text_bytes(t, *value >= ' ' && *value <= '~' ? value : "?", 1);
    }
    text_string(t, "\"");
}

static void add_labels(struct text *t, const struct service *s, const struct sample *x)
{
    char address[STATUS_ADDRESS];
    if (s) {
        status_addresses(s, address);
        add_label(t, '{', "service", s->entry->name);
        add_label(t, ',', "protocol", service_proto_name(s));
        add_label(t, ',', "address", address);
    }
    if (x->label)
        add_label(t, s ? ',' : '{', x->label, x->value);
    if (s || x->label)
        text_string(t, "}");
}

static void add_sample(struct text *t, const struct family *f, const struct asked *a,
                       const struct sample *x)
{
    const char *usual = f->type == COUNTER ? "_total" : "";
    text_add(t, "%s%s", f->name, x->suffix ? x->suffix : usual);
    add_labels(t, a->s, x);
    if (x->ns)
        text_add(t, " %" PRIu64 ".%06" PRIu64, x->n / NS_PER_S, x->n % NS_PER_S / 1000);
    else
        text_add(t, " %" PRIu64, x->n);
}

static void add_head(struct text *t, const struct family *f, bool strict, bool help)
{
    static const char *const types[] = {
        [GAUGE] = "gauge", [COUNTER] = "counter", [HISTOGRAM] = "histogram"};
    text_add(t, "# %s %s%s %s", help ? "HELP" : "TYPE", f->name,
             f->type == COUNTER && !strict ? "_total" : "", help ? f->help : types[f->type]);
}

/* The next service from `*i` on that is there. */
static const struct service *service_from(const struct table *t, size_t *i)
{
    while (*i < t->count && t->services[*i]->mark == MARK_GONE)
        ++*i;
    return *i < t->count ? t->services[*i] : NULL;
}

/* The next of this family. */
static bool next_sample(struct asked *a, const struct family *f, struct metrics_place *at,
                        struct text *t)
{
    for (;;) {
        a->s = f->of_service ? service_from(a->m->table, &at->service) : NULL;
        if (f->of_service ? !a->s : at->service > 0)
            return false;
        while (at->part < f->parts) {
            struct sample x = {.n = 0};
            if (!f->get(a, at->part++, &x))
                continue;
            add_sample(t, f, a, &x);
            return true;
        }
        at->part = 0;
        at->service++;
    }
}

bool metrics_next(const struct master *m, const struct metrics_facts *facts, bool strict,
                  struct metrics_place *at, struct text *t)
{
    struct asked a = {.m = m, .facts = facts};
    for (; at->family < FAMILIES; at->family++, at->service = at->part = at->head = 0) {
        const struct family *f = &families[at->family];
        if (at->head < 2) {
            add_head(t, f, strict, at->head++ == 0);
            return true;
        }
        if (next_sample(&a, f, at, t))
            return true;
    }
    if (at->over)
        return false;
    at->over = true;
    text_string(t, "# EOF");
    return true;
}

/* --- /proc ---------------------------------------------------------------------------------- */

static uint64_t resident(int folder)
{
    char text[128], *end;
    int fd = openat(folder, "statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    long page = sysconf(_SC_PAGESIZE);
    if (fd >= 0)
        (void)close(fd); /* only read */
    if (n <= 0 || page <= 0)
        return 0;
    text[n] = '\0';
    (void)strtoull(text, &end, 10); /* the whole size, before it */
    return strtoull(end, NULL, 10) * (uint64_t)page;
}

/* Linux 6.2 and later tell by the folder's size. */
static uint64_t descriptors(int folder)
{
    struct stat st;
    return fstatat(folder, "fd", &st, 0) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

void metrics_look(pid_t pid, struct metrics_facts *facts)
{
    char path[32];
    *facts = (struct metrics_facts){.memory = 0};
    if (!text_fits(path, sizeof path, "/proc/%ld", (long)pid))
        return;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    facts->memory = resident(folder);
    facts->descriptors = descriptors(folder);
    (void)close(folder); /* only read */
}
