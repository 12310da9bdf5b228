/* base/log.c -- six verbs to one destination */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 2048, /* of one message, the NUL included */
    PREFIX_ROOM = 256      /* for what stands before it */
};

static enum log_dest dest = LOG_TO_STDERR;
static enum log_level threshold = LEVEL_INFO;
static bool echo;
static const char *name = "doorward";

static const int priorities[] = {[LEVEL_ERROR] = LOG_ERR,
                                 [LEVEL_WARNING] = LOG_WARNING,
                                 [LEVEL_INFO] = LOG_INFO,
                                 [LEVEL_DEBUG] = LOG_DEBUG};

void log_open(enum log_dest to, const char *ident)
{
    closelog();
    dest = to;
    name = ident;
    if (dest == LOG_TO_SYSLOG) /* at once: later there may be no descriptor left to say so */
        openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_echo(bool on)
{
    echo = on;
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

/* A line to stderr in one write: lines of several processes do not mix. */
static void put_stderr(const char *line, size_t len)
{
    while (write(STDERR_FILENO, line, len) < 0)
        if (errno != EINTR)
            return; /* there is no other place to complain to */
}

void log_line(enum log_level level, const char *line)
{
    if (level > threshold)
        return;
    int saved = errno;
    char body[LINE_MAX_BYTES], whole[LINE_MAX_BYTES + PREFIX_ROOM];
    struct text t;
    text_init(&t, body, sizeof body);
    add_clean(&t, line);
    text_mark_cut(&t);
    text_init(&t, whole, sizeof whole);
    if (dest == LOG_TO_JOURNAL)
        text_add(&t, "<%d>", priorities[level]);
    else if (dest == LOG_TO_SYSLOG)
        text_add(&t, "%.200s: ", name); /* for the terminal, if it is told too */
    text_string(&t, body);
    text_string(&t, "\n");
    if (dest == LOG_TO_SYSLOG)
        syslog(priorities[level], "%s", body);
    if (dest != LOG_TO_SYSLOG || (echo && level <= LEVEL_WARNING))
        put_stderr(t.at, t.len);
    errno = saved;
}

/* Compose and log; an `error` above 0 is explained behind the message. */
static void say(enum log_level level, int error, const char *fmt, va_list ap) TEXT_PRINTF(3, 0);
static void say(enum log_level level, int error, const char *fmt, va_list ap)
{
    if (level > threshold)
        return;
    int saved = errno;
    char line[LINE_MAX_BYTES];
    struct text t;
    text_init(&t, line, sizeof line);
    text_vadd(&t, fmt, ap);
    if (error > 0)
        text_add(&t, ": %s", strerror(error));
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
