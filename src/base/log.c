/* base/log.c -- six verbs to one destination */
#include "config.h"

#include "base/log.h"

#include "base/outlet.h"
#include "base/record.h"

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
static bool send_syslog(enum log_level level, const char *body)
{
    char record[RECORD_JSON_MOST + PREFIX_ROOM], when[32];
    struct text t;
    struct tm tm;
    time_t now = time(NULL);
    if (!localtime_r(&now, &tm) || strftime(when, sizeof when, "%b %e %H:%M:%S", &tm) == 0)
        when[0] = '\0';
    text_init(&t, record, sizeof record);
    text_add(&t, "<%d>%s %.200s[%ld]: %s", LOG_DAEMON | priorities[level], when, name,
             (long)getpid(), body);
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

static bool send_journal(enum log_level level, const char *body)
{
    char record[RECORD_ROOM];
    struct text t;
    text_init(&t, record, sizeof record);
    record_journal(&t, name, priorities[level], body);
    return outlet_socket(t.at, t.len);
}

static bool send_json(enum log_level level, const char *body)
{
    static const char *const levels[] = {[LEVEL_ERROR] = "error",
                                         [LEVEL_WARNING] = "warning",
                                         [LEVEL_INFO] = "info",
                                         [LEVEL_DEBUG] = "debug"};
    char object[RECORD_JSON_MOST];
    struct text t;
    text_init(&t, object, sizeof object);
    record_json(&t, levels[level], body);
    return dest == LOG_TO_SYSLOG ? send_syslog(level, object) : send_stderr(level, object);
}

static bool send_line(enum log_level level, const char *body)
{
    if (form == AS_JOURNAL)
        return send_journal(level, body);
    if (form == AS_JSON)
        return send_json(level, body);
    return dest == LOG_TO_SYSLOG ? send_syslog(level, body) : send_stderr(level, body);
}

/* What could not be written is said before what can; until then there is nothing to say. */
static bool say_lost(void)
{
    char line[64];
    if (lost > 0 && text_fits(line, sizeof line, "log lost=%" PRIu64, lost) &&
        send_line(LEVEL_WARNING, line))
        lost = 0;
    return lost == 0;
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
    if (!say_lost() || !send_line(level, body))
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
