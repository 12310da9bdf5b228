/* base/log.c -- six verbs to one destination */
#include "config.h"

#include "base/log.h"

#include "base/outlet.h"
#include "base/record.h"
#include "base/route.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 2048, /* of one message, the NUL included */
    PREFIX_ROOM = 256      /* for what stands before it */
};

/* The form, and the one from log_open on: what is said before is for a terminal. */
static enum form { AS_TEXT, AS_JSON, AS_JOURNAL } form = AS_TEXT, wanted = AS_TEXT;
static enum log_dest dest = LOG_TO_STDERR;
static enum log_level threshold = LEVEL_INFO;
static bool echo, times;
static const char *name = "doorward";
static uint64_t lost;     /* lines that could not be written, and nobody has been told yet */
static uint64_t lost_all; /* ever */

static const int priorities[] = {[LEVEL_ERROR] = LOG_ERR,
                                 [LEVEL_WARNING] = LOG_WARNING,
                                 [LEVEL_INFO] = LOG_INFO,
                                 [LEVEL_DEBUG] = LOG_DEBUG};

bool log_set_form(const char *word)
{
    static const char *const words[] = {
        [AS_TEXT] = "text", [AS_JSON] = "json", [AS_JOURNAL] = "journal"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            wanted = (enum form)i;
            return true;
        }
    return false;
}

static void open_journal(void)
{
    bool there = outlet_socket_open(OUTLET_JOURNAL);
    if (dest == LOG_TO_STDERR)
        log_echo(true);
    if (!there)
        log_warn("--log=journal: no line is kept before somebody reads " OUTLET_JOURNAL);
}

void log_open(enum log_dest to, const char *ident)
{
    dest = to;
    name = ident;
    form = wanted;
    if (form == AS_JOURNAL) {
        open_journal();
    } else if (dest ==
               LOG_TO_SYSLOG) { /* at once: later there may be no descriptor left to say so */
        (void)outlet_socket_open(OUTLET_SYSLOG); /* nobody there: as later */
    } else {
        outlet_socket_close();
        outlet_stderr_open();
    }
}

void log_echo(bool on)
{
    echo = on;
    if (on)
        outlet_stderr_open();
    else if (dest == LOG_TO_SYSLOG)
        outlet_stderr_close();
}

void log_set_times(bool on)
{
    times = on;
}

void log_set_level(enum log_level level)
{
    threshold = level;
}

enum log_level log_get_level(void)
{
    return threshold;
}

/* Append `line` with its control characters escaped; bytes of UTF-8 pass. */
static void add_clean(struct text *t, const char *line)
{
    while (*line != '\0') {
        size_t plain = 0;
        while ((unsigned char)line[plain] >= ' ' && line[plain] != '\x7f')
            plain++;
        text_bytes(t, line, plain);
        line += plain;
        if (*line != '\0')
            text_escape(t, line++, 1);
    }
}

/* --- to where it goes ------------------------------------------------------------------------ */

/* As syslog(3) writes it: RFC 3164, the time without a place in local time. */
static bool send_syslog(int priority, const char *body)
{
    char record[RECORD_JSON_MOST + PREFIX_ROOM], when[32];
    struct text t;
    struct tm tm;
    time_t now = time(NULL);
    if (!localtime_r(&now, &tm) || strftime(when, sizeof when, "%b %e %H:%M:%S", &tm) == 0)
        when[0] = '\0';
    text_init(&t, record, sizeof record);
    text_add(&t, "<%d>%s %.200s[%ld]: %s", priority, when, name, (long)getpid(), body);
    return outlet_socket(t.at, t.len);
}

/* For who reads it as it is: to the millisecond, since one event follows another. */
static void add_time(struct text *t)
{
    struct timespec now;
    struct tm tm;
    char second[32];
    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && localtime_r(&now.tv_sec, &tm) &&
        strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &tm) > 0)
        text_add(t, "%s.%03ld ", second, now.tv_nsec / 1000000);
}

static bool send_stderr(enum log_level level, const char *body)
{
    char line[RECORD_JSON_MOST + PREFIX_ROOM];
    struct text t;
    text_init(&t, line, sizeof line);
    if (dest == LOG_TO_JOURNAL)
        text_add(&t, "<%d>", priorities[level]);
    else if (dest == LOG_TO_SYSLOG)
        text_add(&t, "%.200s: ", name); /* for the terminal, if it is told too */
    else if (times && form != AS_JSON)  /* an object has its own */
        add_time(&t);
    text_string(&t, body);
    text_string(&t, "\n");
    return outlet_stderr(t.at, t.len);
}

static bool send_journal(int priority, const char *body)
{
    char record[RECORD_ROOM];
    struct text t;
    text_init(&t, record, sizeof record);
    record_journal(&t, name, priority, body);
    return outlet_socket(t.at, t.len);
}

static void make_json(struct text *t, enum log_level level, const char *body)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    record_json(t, levels[level], body);
}

/* A file of its own: with the time, for nobody else adds it. */
static bool send_file(struct route *r, enum log_level level, const char *body)
{
    char line[RECORD_JSON_MOST + PREFIX_ROOM];
    struct text t;
    text_init(&t, line, sizeof line);
    if (form == AS_JSON) {
        make_json(&t, level, body);
    } else {
        add_time(&t);
        text_string(&t, body);
    }
    text_string(&t, "\n");
    return route_write(r, t.at, t.len);
}

static bool send_line(enum log_level level, int facility, const char *body)
{
    char object[RECORD_JSON_MOST];
    struct text t;
    if (form == AS_JOURNAL)
        return send_journal(facility | priorities[level], body);
    if (form == AS_JSON) {
        text_init(&t, object, sizeof object);
        make_json(&t, level, body);
        body = object;
    }
    return dest == LOG_TO_SYSLOG ? send_syslog(facility | priorities[level], body)
                                 : send_stderr(level, body);
}

/* What could not be written is said before what can; until then there is nothing to say. */
static bool say_lost(void)
{
    char line[64];
    if (lost > 0 && text_fits(line, sizeof line, "log lost=%" PRIu64, lost) &&
        send_line(LEVEL_WARNING, LOG_DAEMON, line))
        lost = 0;
    return lost == 0;
}

static bool send_own(const struct route *r, enum log_level level, const char *body)
{
    return say_lost() && send_line(level, r ? r->facility : LOG_DAEMON, body);
}

uint64_t log_lost(void)
{
    return lost_all;
}

void log_line(enum log_level level, const char *line)
{
    if (level > threshold)
        return;
    int saved = errno;
    char body[LINE_MAX_BYTES];
    struct text t;
    text_init(&t, body, sizeof body);
    add_clean(&t, line);
    text_mark_cut(&t);
    struct route *r = route_of(body);
    bool wanted_there = !r || priorities[level] <= r->level;
    if (wanted_there && !(r && r->path ? send_file(r, level, body) : send_own(r, level, body)))
        lost++, lost_all++;
    if ((dest == LOG_TO_SYSLOG || form == AS_JOURNAL) && echo && level <= LEVEL_WARNING)
        (void)send_stderr(level, body); /* whether or not there is a log */
    errno = saved;
}

/* The event that a message is, where it has no line of its own (base/event.h). */
static const char *const kinds[] = {[LEVEL_ERROR] = "fault",
                                    [LEVEL_WARNING] = "fault",
                                    [LEVEL_INFO] = "note",
                                    [LEVEL_DEBUG] = "debug"};

/* Compose and log; an `error` above 0 is explained behind the message. */
static void say(enum log_level level, int error, const char *fmt, va_list ap) TEXT_PRINTF(3, 0);
static void say(enum log_level level, int error, const char *fmt, va_list ap)
{
    if (level > threshold)
        return;
    int saved = errno;
    char line[LINE_MAX_BYTES], what[LINE_MAX_BYTES - 16]; /* less: the event around it */
    struct text t;
    text_init(&t, what, sizeof what);
    text_vadd(&t, fmt, ap);
    if (error > 0)
        text_add(&t, ": %s", strerror(error));
    text_mark_cut(&t);
    text_init(&t, line, sizeof line);
    text_string(&t, kinds[level]);
    text_field(&t, "what", what);
    text_mark_cut(&t);
    log_line(level, line);
    errno = saved;
}

void log_debug(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_DEBUG, 0, fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_INFO, 0, fmt, ap);
    va_end(ap);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_WARNING, errno, fmt, ap);
    va_end(ap);
}

void log_warnx(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_WARNING, 0, fmt, ap);
    va_end(ap);
}

void fatal(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_ERROR, errno, fmt, ap);
    va_end(ap);
    exit(EX_OSERR);
}

void fatalx(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(LEVEL_ERROR, 0, fmt, ap);
    va_end(ap);
    exit(EX_OSERR);
}
