/* daemon/options.c -- the command line */
#include "config.h"

#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/place.h"
#include "base/value.h"
#include "conf/keys.h"
#include "daemon/again.h"
#include "daemon/input.h"
#include "daemon/places.h"
#include "daemon/run_text.h"

/* Under construction: what the setters below write to. */
struct building {
    struct options *o;
    struct settings *defaults;
    const char *control, *pidfile; /* as given; NULL: not given */
    const char *run;
    struct again again;
    bool accept_max_given, source_max_given;
    int status; /* of sysexits.h; 0 while all is good */
};

static void complain(struct building *b, int status, const char *fmt, ...) TEXT_PRINTF(3, 4);

/* `status`: EX_USAGE, or EX_OSERR for what is not the user's fault. */
static void complain(struct building *b, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fputs("doorward: ", stderr); /* there is nobody else to tell */
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    b->status = status;
}

/* The number that is the default of `key`, within its range. */
static uint32_t number(struct building *b, const char *option, const char *word, const char *key)
{
    const struct key *k = conf_key_find(key);
    uint64_t n = 0;
    enum value_fault fault = value_number(word, (uint64_t)k->low, (uint64_t)k->high, &n);
    if (fault == VALUE_RANGE)
        complain(b, EX_USAGE, "%s \"%s\": %s (%jd-%jd)", option, word, value_fault_text(fault),
                 (intmax_t)k->low, (intmax_t)k->high);
    else if (fault)
        complain(b, EX_USAGE, "%s \"%s\": %s", option, word, value_fault_text(fault));
    return (uint32_t)n;
}

static void set_foreground(struct building *b, const char *arg)
{
    (void)arg;
    b->o->foreground = true;
}

static void set_debug(struct building *b, const char *arg)
{
    set_foreground(b, arg);
    b->o->debug = true;
}

static void set_no_time(struct building *b, const char *arg)
{
    (void)arg;
    b->o->no_time = true;
}

static void set_check(struct building *b, const char *arg)
{
    (void)arg;
    b->o->mode = MODE_CHECK;
}

static void set_instead(struct building *b, const char *arg)
{
    b->o->server.conf.instead = arg;
}

static void set_entries(struct building *b, const char *arg)
{
    b->o->mode = MODE_ENTRIES;
    b->o->entry = arg;
}

static void set_try(struct building *b, const char *arg)
{
    set_entries(b, arg);
    b->o->mode = MODE_TRY;
}

static void set_learn(struct building *b, const char *arg)
{
    set_entries(b, arg);
    b->o->mode = MODE_LEARN;
}

static void set_export(struct building *b, const char *arg)
{
    b->o->mode = MODE_EXPORT;
    b->o->folder = arg;
}

static void set_version(struct building *b, const char *arg)
{
    (void)arg;
    b->o->mode = MODE_VERSION;
}

static void set_help(struct building *b, const char *arg)
{
    (void)arg;
    b->o->mode = MODE_HELP;
}

static void set_log(struct building *b, const char *arg)
{
    (void)arg;
    b->o->server.log_connections = true;
}

static void set_form(struct building *b, const char *arg)
{
    if (!log_set_form(arg))
        complain(b, EX_USAGE, "--log \"%s\": text, json or journal", arg);
}

static void set_rate(struct building *b, const char *arg)
{
    b->defaults->limits.service_max =
        rate_make(number(b, "--rate", arg, "service_max"), NS_PER_MIN, 0);
}

static void set_accept_max(struct building *b, const char *arg)
{
    b->defaults->limits.accept_max = number(b, "-c", arg, "accept_max");
    b->accept_max_given = true;
}

static void set_handlers_max(struct building *b, const char *arg)
{
    uint64_t n = 0;
    enum value_fault fault = value_number(arg, 0, CONF_HANDLERS_MOST, &n);
    if (fault)
        complain(b, EX_USAGE, "--handlers-max \"%s\" %s", arg, value_fault_text(fault));
    b->o->server.conf.handlers_max = (uint32_t)n;
}

static void set_ip_max(struct building *b, const char *arg)
{
    b->defaults->limits.source.rate = rate_make(number(b, "-C", arg, "ip_max"), NS_PER_MIN, 0);
}

static void set_source_max(struct building *b, const char *arg)
{
    b->defaults->limits.source.max = number(b, "-s", arg, "source_max");
    b->source_max_given = true;
}

static void set_backlog(struct building *b, const char *arg)
{
    b->defaults->sock.backlog = (int)number(b, "--backlog", arg, "backlog");
}

static void set_bind(struct building *b, const char *arg)
{
    b->o->server.conf.bind = arg;
}

static void set_pidfile(struct building *b, const char *arg)
{
    b->pidfile = arg ? arg : "";
}

static void set_control(struct building *b, const char *arg)
{
    b->control = arg;
}

static void set_run(struct building *b, const char *arg)
{
    b->run = arg;
}

static void set_drain(struct building *b, const char *arg)
{
    enum value_fault fault = value_time(arg, &b->o->server.drain);
    if (fault)
        complain(b, EX_USAGE, "--drain \"%s\": %s", arg, value_fault_text(fault));
    b->o->server.drains = true;
}

static void set_environment(struct building *b, const char *arg)
{
    (void)arg;
    b->defaults->handler.pass_all = true;
}

static void set_wrap_external(struct building *b, const char *arg)
{
    (void)arg;
    b->o->server.conf.hosts_external = true;
}

static void set_wrap_internal(struct building *b, const char *arg)
{
    (void)arg;
    b->o->server.conf.hosts_internal = true;
}

static void set_resolve(struct building *b, const char *arg)
{
    (void)arg;
    b->defaults->handler.resolve_names = true;
}

static void set_nothing(struct building *b, const char *arg)
{
    (void)b;
    (void)arg;
}

/* Every option once: the letter (0 none), the long name (NULL none), its argument, its deed, its
 * help. */
static const struct row {
    char letter;
    const char *name;
    int has_arg;
    const char *arg;
    void (*set)(struct building *b, const char *arg);
    const char *help;
} rows[] = {
    {'f', "foreground", no_argument, NULL, set_foreground, "stay in the foreground, log to stderr"},
    {'i', NULL, no_argument, NULL, set_foreground, "the same as -f"},
    {'d', "debug", no_argument, NULL, set_debug, "as -f, with debug messages"},
    {0, "no-time", no_argument, NULL, set_no_time, "lines on stderr do not begin with the time"},
    {'t', "check", no_argument, NULL, set_check, "check the configuration, print the table, exit"},
    {'l', "log-connections", no_argument, NULL, set_log, "log every accept and every exit"},
    {0, "log", required_argument, "FORM", set_form, "of its lines: text, json or journal"},
    {'R', "rate", required_argument, "N", set_rate, "starts per minute and service (0: no limit)"},
    {'c', NULL, required_argument, "N", set_accept_max, "handlers at a time and service (256)"},
    {0, "handlers-max", required_argument, "N", set_handlers_max,
     "handlers of all services (0: no limit)"},
    {'C', NULL, required_argument, "N", set_ip_max, "starts per minute and source (0)"},
    {'s', NULL, required_argument, "N", set_source_max, "handlers at a time and source (0)"},
    {'a', NULL, required_argument, "ADDRESS", set_bind, "address to bind where none is given"},
    {'p', "pidfile", optional_argument, "[=FILE]", set_pidfile, "pid file; empty: none"},
    {'q', "backlog", required_argument, "N", set_backlog, "listen backlog"},
    {'E', NULL, no_argument, NULL, set_environment, "hand the whole environment to handlers"},
    {'w', NULL, no_argument, NULL, set_wrap_external, "hosts.allow and hosts.deny for programs"},
    {'W', NULL, no_argument, NULL, set_wrap_internal, "hosts.allow and hosts.deny for builtins"},
    {0, "environment", no_argument, NULL, set_nothing, "accepted: addresses are always set"},
    {0, "resolve", no_argument, NULL, set_resolve, "set the host names too"},
    {0, "control", required_argument, "PATH", set_control, "socket of doorwardctl; empty: none"},
    {0, "drain", required_argument, "TIME", set_drain, "TERM leaves handlers so long to end"},
    {0, "run", required_argument, "'PROGRAM ARGS'", set_run, "serve one program on [ADDRESS:]PORT"},
    {0, "try", required_argument, "SERVICE", set_try, "run its program once, you are the client"},
    {0, "learn", required_argument, "SERVICE", set_learn,
     "the same; which keys of a cage does it need?"},
    {0, "export-systemd", required_argument, "DIR", set_export, "units of systemd; - is stdout"},
    {0, "entries", optional_argument, "[=NAME]", set_entries, "where entries stand"},
    {0, "instead", required_argument, "FILE", set_instead, "standard input in place of FILE"},
    {'V', "version", no_argument, NULL, set_version, "print the version and what is compiled in"},
    {'h', "help", no_argument, NULL, set_help, "print this"},
};

enum { ROWS = sizeof rows / sizeof rows[0], LONG_BASE = 256 };

void options_help(void)
{
    (void)puts("usage: doorward [options] [config ...]\n"
               "       doorward --run 'PROGRAM ARGS' [ADDRESS:]PORT\n");
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        char left[64], letter[5] = "    ";
        if (r->letter)
            (void)snprintf(letter, sizeof letter, "-%c", r->letter);
        (void)snprintf(left, sizeof left, "%s%s%s%s%s%s", letter, r->letter && r->name ? ", " : "",
                       r->name ? "--" : "", r->name ? r->name : "",
                       r->has_arg == required_argument ? " " : "", r->arg ? r->arg : "");
        (void)printf("  %-34s %s\n", left, r->help);
    }
}

/* getopt's own tables, from the rows. */
static void make_getopt(char *letters, struct option *longs)
{
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        if (r->letter) {
            *letters++ = r->letter;
            for (int colons = r->has_arg; colons > 0; colons--)
                *letters++ = ':';
        }
        if (r->name)
            longs[n++] = (struct option){r->name, r->has_arg, NULL, LONG_BASE + (int)i};
    }
    *letters = '\0';
    longs[n] = (struct option){0};
}

static const struct row *row_of(int c)
{
    if (c >= LONG_BASE)
        return &rows[c - LONG_BASE];
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter == c)
            return &rows[i];
    return NULL;
}

static void take_paths(struct building *b, char **words, int count)
{
    static const char *const usual[] = {SYSCONFDIR "/inetd.conf"};
    struct server_options *s = &b->o->server;
    if (count == 0) {
        s->paths = usual;
        s->npaths = 1;
        s->conf.folder = SYSCONFDIR "/inetd.d";
        s->conf.beneath = PACKAGESDIR;
        return;
    }
    if (count == 1 && strcmp(words[0], "-") == 0) {
        const char *why = NULL;
        if (!(s->text = input_read(&why)))
            complain(b, EX_OSERR, "standard input: %s", why);
        s->text_name = "stdin";
        return;
    }
    const char **paths = calloc((size_t)count, sizeof *paths);
    for (int i = 0; i < count; i++)
        if (!paths || !(paths[i] = place_absolute(words[i]))) {
            complain(b, EX_OSERR, "%s: the path cannot be made absolute: %s", words[i],
                     strerror(errno));
            return;
        }
    for (int i = 0; i < count; i++)
        if (b->o->mode == MODE_SERVE && place_is_descriptor(paths[i]))
            complain(b, EX_USAGE, "%s: a reload could not read it again, only -t takes it",
                     paths[i]);
    s->paths = paths;
    s->npaths = (size_t)count;
    s->named = true;
}

static void take_run(struct building *b, char **words, int count)
{
    run_defaults(b->defaults, b->accept_max_given, b->source_max_given);
    if (count != 1) {
        complain(b, EX_USAGE, "--run needs exactly one [ADDRESS:]PORT");
        return;
    }
    const char *why = NULL;
    b->o->server.text_name = "--run";
    b->o->server.single = true;
    b->o->server.text = run_text(b->run, words[0], b->o->server.conf.bind, &b->o->port, &why);
    b->o->foreground = true;
    if (!b->o->server.text)
        complain(b, why == run_text_no_memory ? EX_OSERR : EX_USAGE, "--run '%s' %s: %s", b->run,
                 words[0], why);
}

static void take_places(struct building *b)
{
    struct server_options *s = &b->o->server;
    s->control_asked = b->control;
    if (!places_take(s, b->pidfile, b->control, !b->o->foreground))
        complain(b, EX_OSERR, "the working directory is unknown (%s): give absolute paths",
                 strerror(errno));
}

/* For who takes over; where the pid file and the control socket are is known later. */
static void keep(struct building *b, const struct row *r, const char *arg)
{
    if (r->set != set_pidfile && r->set != set_control)
        again_option(&b->again, r->letter, r->name, arg);
}

static void keep_all(struct building *b, char **words, int count)
{
    struct server_options *s = &b->o->server;
    again_places(&b->again, s->pidfile, b->pidfile, s->control, b->control);
    for (size_t i = 0; s->named && i < s->npaths; i++)
        again_word(&b->again, s->paths[i]);
    if (b->run && count == 1)
        again_run(&b->again, words[0], b->o->port);
    s->again = b->again.words;
    if (b->again.lost)
        complain(b, EX_OSERR, "out of memory");
}

static void read_letters(struct building *b, int argc, char **argv)
{
    char letters[3 * ROWS + 1];
    struct option longs[ROWS + 1];
    make_getopt(letters, longs);
    for (int c; (c = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        const struct row *r = row_of(c);
        if (!r)
            b->status = EX_USAGE; /* getopt_long has told */
        else
            r->set(b, optarg);
        if (r)
            keep(b, r, optarg);
    }
}

int options_read(struct options *o, int argc, char **argv)
{
    *o = (struct options){.mode = MODE_SERVE};
    struct building b = {.o = o, .defaults = settings_new()};
    if (!b.defaults) {
        complain(&b, EX_OSERR, "out of memory");
        return b.status;
    }
    again_word(&b.again, argv[0]);
    read_letters(&b, argc, argv);
    o->server.again = b.again.words; /* the process's from here on */
    o->server.conf.defaults = b.defaults;
    o->server.conf.check_only = o->mode != MODE_SERVE;
    if (o->mode == MODE_VERSION || o->mode == MODE_HELP)
        return b.status;
    if (o->server.conf.bind && *o->server.conf.bind == '\0')
        complain(&b, EX_USAGE, "-a needs an address");
    if (b.run)
        take_run(&b, argv + optind, argc - optind);
    else
        take_paths(&b, argv + optind, argc - optind);
    take_places(&b);
    keep_all(&b, argv + optind, argc - optind);
    if (b.status == EX_USAGE)
        (void)fputs("Try 'doorward --help'.\n", stderr);
    return b.status;
}
