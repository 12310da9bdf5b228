/* daemon/main.c -- what doorward was asked to do */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/value.h"
#include "daemon/entries.h"
#include "daemon/export/export.h"
#include "daemon/learn/learn.h"
#include "daemon/options.h"
#include "daemon/report.h"
#include "daemon/try.h"
#include "os/closefds.h"
#include "os/fdset.h"
#include "os/sd.h"
#include "os/title.h"

static void print_version(void)
{
    (void)puts(PACKAGE_STRING "\n" DOORWARD_FEATURES "builtins:");
    for (size_t i = 0; builtin_at(i); i++)
        (void)printf("  %s %s\n", builtin_at(i)->name,
                     builtin_at(i)->socktype == SOCK_DGRAM ? "dgram" : "stream");
}

static void put_line(void *arg, const char *line)
{
    (void)fprintf(arg, "%s\n", line);
}

static int check(const struct server_options *o)
{
    size_t errors = 0;
    struct table *t = o->text ? conf_load_text(o->text_name, o->text, strlen(o->text), &o->conf,
                                               &report_stderr, &errors)
                              : conf_load(o->paths, o->npaths, &o->conf, &report_stderr, &errors);
    if (!t)
        return EX_OSERR; /* out of memory, which is told */
    /* Where all stands in one file it is clear which. */
    const char *usual = o->named && o->npaths == 1 ? o->paths[0] : o->text ? o->text_name : NULL;
    if (t->count == 0 && errors == 0)
        (void)puts("0 services"); /* no error, and yet perhaps not what was meant; as below */
    bool printed =
        conf_print_places(t, usual, put_line, stdout) && fflush(stdout) == 0 && !ferror(stdout);
    if (!printed)
        (void)fputs("doorward: the table cannot be printed\n", stderr); /* as above */
    table_free(t);
    if (errors > 0)
        return EX_CONFIG;
    return printed ? 0 : EX_OSERR;
}

/* Taken before any pipe or socket is: 0, 1 and 2 are what handlers get. Whoever has them all needs
 * no /dev/null to be told a version. */
static void fill_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            fatal("/dev/null"); /* into the dark, if it is 2 that is closed */
}

/* --- in the background ---------------------------------------------------------------------- */

static int ready_pipe = -1;

/* The daemon serves: whoever started it may go on. From here on the log is the only voice. */
static void report_ready(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    log_echo(false);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        log_warn("/dev/null");
    if (null > 2)
        (void)close(null);           /* duplicated */
    (void)!write(ready_pipe, "", 1); /* if nobody waits any more, nobody minds */
    (void)close(ready_pipe);
}

/* In the parent: 0 when the daemon is ready, else its exit status. */
static int wait_for_daemon(pid_t pid, int fd)
{
    char byte;
    ssize_t n;
    int status = 0;
    while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (n == 1)
        return 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* Stopped before it was ready, it ends well, but it does not serve. */
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EX_OSERR;
}

/* Goes on in the daemon; the parent exits when the daemon is ready. */
static void detach(struct server_options *o)
{
    int ends[2];
    if (pipe(ends) < 0)
        fatal("pipe");
    pid_t pid = fork();
    if (pid < 0)
        fatal("fork");
    if (pid > 0) {
        (void)close(ends[1]); /* the daemon's */
        exit(wait_for_daemon(pid, ends[0]));
    }
    (void)close(ends[0]); /* the parent's */
    ready_pipe = ends[1];
    o->ready = report_ready;
    log_echo(true);
    if (setsid() < 0)
        fatal("setsid");
}

/* --run with port 0: for the script that will connect. */
static unsigned port;

static void tell_port(void)
{
    (void)printf("%u\n", port);
    (void)fflush(stdout); /* who does not listen does not mind */
}

static int serve(struct options *o)
{
    bool takes_over = o->server.state >= 0;
    /* Whatever else we were started with is not for us, nor for handlers. In the background the
     * process that serves is not the one that systemd's sockets would be for. */
    if (!takes_over)
        close_fds(o->foreground ? sd_first_other() : 3, NULL, 0);
    port = o->port;
    if (port)
        o->server.ready = tell_port;
    enum log_dest dest = LOG_TO_SYSLOG;
    if (o->foreground)
        dest = sd_stderr_is_journal() ? LOG_TO_JOURNAL : LOG_TO_STDERR;
    if (o->debug)
        log_set_level(LEVEL_DEBUG);
    log_set_times(!o->no_time);
    if (!o->foreground && !takes_over)
        detach(&o->server);
    log_open(dest, "doorward"); /* in the process that the lines will name */
    return server_run(&o->server);
}

/* --- one doorward after the other ------------------------------------------------------------ */

extern char **environ;

/* Is it what runs here, whatever it is called? */
static bool is_this(const char *path, const char *own)
{
    struct stat a, b;
    return path[0] == '/' && stat(path, &a) == 0 && stat(own, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* The file that was started, by the name that ps shows: another one may stand in its place when it
 * is needed. */
static const char *program(const char *called)
{
    static const char self[] = "/proc/self/exe", gone[] = " (deleted)";
    static char path[4096];
    ssize_t len = readlink(self, path, sizeof path - 1);
    size_t end = len > 0 ? (size_t)len : 0, tail = sizeof gone - 1;
    if (is_this(called, self))
        return called;
    if (end > tail && memcmp(path + end - tail, gone, tail) == 0)
        path[end - tail] = '\0';
    return end > 0 ? path : NULL;
}

/* What handlers and the next one get: the vector will change, its strings do not. */
static char *const *keep_environment(void)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **copy = calloc(n + 1, sizeof *copy);
    if (!copy)
        fatal("environment");
    memcpy(copy, environ, n * sizeof *copy);
    return copy;
}

/* The descriptor that `word` is the number of; -1: there is none. */
static int number_of(const char *word)
{
    uint64_t n = 0;
    return word && !value_number(word, 3, INT_MAX, &n) ? (int)n : -1;
}

int main(int argc, char **argv)
{
    static struct options o; /* what it points to lives as long as the process */
    static const char option[] = "--probe-state=", variable[] = "DOORWARD_STATE";
    bool probes = argc > 1 && strncmp(argv[1], option, sizeof option - 1) == 0;
    int state = number_of(probes ? argv[1] + sizeof option - 1 : getenv(variable));
    if (probes) { /* the rest is the daemon's own command line */
        argv[1] = argv[0];
        argc--, argv++;
    }
    (void)unsetenv(variable); /* its name is good */
    fill_standard_descriptors();
    title_init(argc, argv);
    (void)signal(SIGCHLD, SIG_DFL); /* where it was ignored, waitpid(2) finds no child */
    int status = options_read(&o, argc, argv);
    if (status != 0)
        return status;
    o.server.state = state;
    o.server.environ = keep_environment();
    o.server.program = program(argv[0]);
    if (probes)
        return server_probe(&o.server);
    switch (o.mode) {
    case MODE_VERSION:
        print_version();
        return 0;
    case MODE_HELP:
        options_help();
        return 0;
    case MODE_CHECK:
        return check(&o.server);
    case MODE_ENTRIES:
        return entries_print(&o.server, o.entry);
    case MODE_TRY:
        return try_service(&o.server, o.entry, true);
    case MODE_LEARN:
        return learn_service(&o.server, o.entry);
    case MODE_EXPORT:
        return export_systemd(&o.server, o.folder, o.entry);
    case MODE_SERVE:
        break;
    }
    return serve(&o);
}
