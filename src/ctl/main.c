/* ctl/main.c -- what doorwardctl was asked to do */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/place.h"
#include "base/value.h"
#include "ctl/ask.h"
#include "ctl/edit/edit.h"
#include "ctl/edit/export.h"
#include "ctl/edit/learn.h"
#include "ctl/import/systemd.h"
#include "ctl/import/xinetd.h"
#include "ctl/lookup/lookup.h"
#include "ctl/people.h"
#include "ctl/program.h"
#include "ctl/show.h"
#include "ctl/status.h"
#include "ctl/terminal.h"

enum { SILENCE_S = 30 }; /* of the daemon; a reload may take longer */

struct request {
    const char *socket; /* NULL: the usual place */
    char **words;       /* the command first */
    int count;
    const char *time;   /* -t; NULL none */
    const char *file;   /* -f; NULL none */
    const char *folder; /* -d; NULL none */
    bool json, watch, kick, check;
};

static const char hint[] = "Try 'doorwardctl --help'.\n";

static int wrong_usage(const char *what, const char *word)
{
    ctl_complain("%s%s%s%s", what, word ? " \"" : "", word ? word : "", word ? "\"" : "");
    (void)fputs(hint, stderr); /* nobody else to tell */
    return EX_USAGE;
}

static void print_line(void *arg, const char *text)
{
    (void)arg;
    ctl_put_harmless(stdout, text);
    (void)putchar('\n'); /* main looks at stdout in the end */
}

static const char *place_of(const struct request *r, char *room, size_t size)
{
    if (r->socket)
        return r->socket;
    if (place_control(room, size))
        return room;
    ctl_complain(
        "no socket to ask, for XDG_RUNTIME_DIR is not set: start doorward with --control PATH, and"
        " say the same path with -s");
    return NULL;
}

/* The command's words as they are, with blanks between them. */
static bool join(const struct request *r, char *out, size_t size)
{
    struct text t;
    text_init(&t, out, size);
    for (int i = 0; i < r->count; i++)
        text_add(&t, "%s%s%s", i ? " " : "", r->words[i], i == 0 && r->kick ? " --kick" : "");
    return !t.cut;
}

/* Send them. */
static int ask(const struct request *r, unsigned patience)
{
    char room[512], text[1024];
    const char *socket = place_of(r, room, sizeof room);
    if (!socket)
        return EX_UNAVAILABLE;
    if (!join(r, text, sizeof text))
        return wrong_usage("a name is too long", NULL);
    struct ctl_answer answer = {.line = print_line};
    int status = ctl_ask(socket, text, patience, &answer);
    if (status != 0)
        ctl_complain("%s", answer.why);
    return status;
}

static int do_simple(const struct request *r)
{
    return ask(r, SILENCE_S);
}

static int do_reload(const struct request *r)
{
    return ask(r, 0);
}

/* "[-t TIME] [WORD]" behind the command. */
static int ask_with_time(const struct request *r, const char *word, unsigned patience)
{
    char text[1024];
    if (!text_fits(text, sizeof text, "%s%s%s%s", r->time ? "-t " : "", r->time ? r->time : "",
                   r->time && *word ? " " : "", word))
        return wrong_usage("a name is too long", NULL);
    struct request whole = *r;
    whole.words = (char *[]){r->words[0], text};
    whole.count = *text ? 2 : 1;
    return ask(&whole, patience);
}

static int do_drain(const struct request *r)
{
    return ask_with_time(r, r->count > 1 ? r->words[1] : "", SILENCE_S);
}

/* The daemon stands elsewhere: the path from here says nothing to it. It answers in its time. */
static int do_upgrade(const struct request *r)
{
    char path[1024] = "", here[512];
    if (r->count > 1 && r->words[1][0] != '/') {
        if (!getcwd(here, sizeof here) ||
            !text_fits(path, sizeof path, "%s/%s", here, r->words[1])) {
            ctl_complain("%s: the path cannot be made absolute", r->words[1]);
            return EX_OSERR;
        }
        return ask_with_time(r, path, 0);
    }
    return ask_with_time(r, r->count > 1 ? r->words[1] : "", 0);
}

static int do_status(const struct request *r)
{
    char room[512];
    if (r->json && r->watch)
        return wrong_usage("--json and --watch exclude each other", NULL);
    if (r->watch && r->count > 1)
        return wrong_usage("--watch shows all services, not", r->words[1]);
    const char *socket = place_of(r, room, sizeof room);
    if (!socket)
        return EX_UNAVAILABLE;
    return ctl_status(socket,
                      r->json    ? CTL_JSON
                      : r->watch ? CTL_WATCH
                                 : CTL_TABLE,
                      r->count > 1 ? r->words[1] : NULL);
}

static int do_show(const struct request *r)
{
    char room[512];
    const char *socket = place_of(r, room, sizeof room);
    return socket ? ctl_show(socket, r->count > 1 ? r->words[1] : NULL, r->json) : EX_UNAVAILABLE;
}

static int do_lookup(const struct request *r)
{
    char room[512];
    return ctl_lookup(place_of(r, room, sizeof room), r->count > 1 ? r->words[1] : NULL);
}

/* clients, bans, kick, ban */
static int do_people(const struct request *r)
{
    char room[512], text[1024];
    const char *socket = place_of(r, room, sizeof room), *command = r->words[0];
    if (!socket)
        return EX_UNAVAILABLE;
    if (!join(r, text, sizeof text))
        return wrong_usage("a name is too long", NULL);
    if (strcmp(command, "clients") == 0)
        return ctl_clients(socket, r->count > 1 ? r->words[1] : NULL, r->json);
    if (strcmp(command, "bans") == 0)
        return ctl_bans(socket, r->json);
    return strcmp(command, "kick") == 0 ? ctl_kick(socket, text, r->json) : ctl_ban(socket, text);
}

static int do_check(const struct request *r)
{
    char path[4096];
    if (!ctl_find_daemon(path, sizeof path)) {
        ctl_complain("%s: %s", path, strerror(errno));
        return EX_UNAVAILABLE;
    }
    size_t count = (size_t)r->count; /* of the files, one more */
    char **argv = ctl_grow(NULL, (count + 3) * sizeof *argv);
    argv[0] = path;
    argv[1] = (char[]){"-t"};
    argv[2] = (char[]){"--"};
    memcpy(argv + 3, r->words + 1, count * sizeof *argv); /* with the NULL at the end */
    (void)execv(path, argv);                              /* returns only when it fails */
    ctl_complain("%s: %s", path, strerror(errno));
    free(argv);
    return EX_UNAVAILABLE;
}

static struct ctl_edit edit_of(const struct request *r)
{
    const char *word = r->count > 1 && strcmp(r->words[1], "-") != 0 ? r->words[1] : NULL;
    return (struct ctl_edit){word, r->file, r->socket, r->check};
}

static int do_add(const struct request *r)
{
    const struct ctl_edit asked = edit_of(r);
    return ctl_edit_add(&asked);
}

static int do_named(const struct request *r, int (*edit)(const struct ctl_edit *asked))
{
    const struct ctl_edit asked = edit_of(r);
    return asked.word && *asked.word ? edit(&asked) : wrong_usage("that is no name:", r->words[1]);
}

static int do_enable(const struct request *r)
{
    return do_named(r, ctl_edit_enable);
}

static int do_disable(const struct request *r)
{
    return do_named(r, ctl_edit_disable);
}

static int do_remove(const struct request *r)
{
    return do_named(r, ctl_edit_remove);
}

static int do_import(const struct request *r)
{
    if (strcmp(r->words[1], "xinetd") == 0)
        return ctl_import_xinetd(r->words[2]);
    if (strcmp(r->words[1], "systemd") == 0)
        return ctl_import_systemd(r->words[2]);
    return wrong_usage("import knows xinetd and systemd, not", r->words[1]);
}

static int do_export(const struct request *r)
{
    if (strcmp(r->words[1], "systemd") != 0)
        return wrong_usage("export knows systemd, not", r->words[1]);
    return ctl_export_systemd(r->socket, r->file, r->folder, r->count > 2 ? r->words[2] : NULL);
}

static int do_learn(const struct request *r)
{
    return ctl_learn(r->socket, r->file, r->words[1], r->words + 2);
}

static const struct command {
    const char *name, *words;
    int least, most; /* words after the command */
    int (*act)(const struct request *r);
    const char *help;
} commands[] = {
    {"status", "[SERVICE]", 0, 1, do_status, "the services and how they do"},
    {"show", "[SERVICE]", 0, 1, do_show, "all about a service, or all of them"},
    {"clients", "[SERVICE]", 0, 1, do_people, "who is connected: peer, pid, since when"},
    {"kick", "PID|ADDRESS [SERVICE]", 1, 2, do_people, "end a handler, or those of an address"},
    {"ban", "ADDRESS [TIME] [SERVICE]", 1, 3, do_people,
     "refuse an address, for a time or for good"},
    {"unban", "ADDRESS [SERVICE]", 1, 2, do_simple, "refuse it no longer"},
    {"bans", "", 0, 0, do_people, "who is refused, until when, how often it was"},
    {"explain", "ADDRESS SERVICE", 2, 2, do_simple, "would it be served now, and why"},
    {"lookup", "[WORD]", 0, 1, do_lookup, "what this system says of a service, port, host, ..."},
    {"reload", "", 0, 0, do_reload, "read the configuration again; tells what changed"},
    {"check", "[FILE ...]", 0, 9999, do_check, "look for mistakes in files, as doorward -t"},
    {"pause", "SERVICE", 1, 1, do_simple, "accept nobody for now; clients wait in the backlog"},
    {"resume", "SERVICE", 1, 1, do_simple, "accept again"},
    {"log-level", "[LEVEL]", 0, 1, do_simple, "log up to error, warning, info or debug"},
    {"log-connections", "[on|off]", 0, 1, do_simple, "log every accept and exit, or not"},
    {"metrics", "", 0, 0, do_simple, "the daemon and its services in numbers"},
    {"stop", "", 0, 0, do_simple, "end the daemon; running handlers go on"},
    {"drain", "[-t TIME] [SERVICE]", 0, 1, do_drain, "let the handlers end, then stop or pause"},
    {"upgrade", "[-t TIME] [PATH]", 0, 1, do_upgrade,
     "go on with another binary; nobody is cut off"},
    {"config", "", 0, 0, do_simple, "the files that the daemon reads"},
    {"add", "'LINE'", 0, 1, do_add, "an entry to the configuration; - or none: from stdin"},
    {"enable", "NAME", 1, 1, do_enable, "switch an entry on, #<off># lines too"},
    {"disable", "NAME", 1, 1, do_disable, "switch an entry off"},
    {"remove", "NAME", 1, 1, do_remove, "take an entry out of its file"},
    {"import", "xinetd FILE|DIR", 2, 2, do_import, "definitions from xinetd's configuration"},
    {"import", "systemd UNIT.socket", 2, 2, do_import, "definitions from a socket unit"},
    {"learn", "SERVICE [-- COMMAND ...]", 1, 9999, do_learn,
     "run its handler once: the keys of a cage that it needs"},
    {"export", "systemd [SERVICE]", 1, 2, do_export,
     "socket and service units, to stdout or -d DIR"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    (void)puts("Usage: doorwardctl [OPTION]... COMMAND [ARGUMENT]...\n"
               "Look at and steer a running doorward.\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-15s %-24s %s\n", commands[i].name, commands[i].words, commands[i].help);
    (void)puts(
        "\n"
        "  -s, --socket=PATH  the control socket (doorward --control)\n"
        "  -t TIME            with drain: how long the handlers have (30s, 10m); with upgrade:\n"
        "                     how long the other binary has to prove that it can\n"
        "  -f, --file=FILE    with add, enable, disable, remove: in this file\n"
        "      --check        with these: only say what would be done\n"
        "  -d, --dir=DIR      with export: write the units there; -f FILE (learn, too): of it\n"
        "      --json         for machines: status, show, clients, bans, kick\n"
        "      --kick         with ban: sessions that run end too\n"
        "      --watch        with status: again and again, until q\n"
        "  -h, --help         print this\n"
        "  -V, --version      print the version\n"
        "\n"
        "SERVICE is a name, a port or ADDRESS:PORT, also with a protocol: echo/udp.\n"
        "NAME is that, or FILE:LINE.\n"
        "Exit status: 0 done, 1 refused, 3 nothing to change (add, enable, disable, remove),\n"
        "64 wrong usage, 69 no daemon there, 78 bad configuration (check, import).");
}

/* The nearest one, if it is near. */
static int unknown_command(const char *word)
{
    const char *nearest = NULL;
    unsigned best = 3;
    for (size_t i = 0; i < COMMANDS; i++) {
        unsigned distance = value_distance(word, commands[i].name);
        if (distance < best) {
            best = distance;
            nearest = commands[i].name;
        }
    }
    if (!nearest)
        return wrong_usage("unknown command", word);
    ctl_complain("unknown command \"%s\": did you mean \"%s\"?", word, nearest);
    (void)fputs(hint, stderr); /* nobody else to tell */
    return EX_USAGE;
}

/* Those that were given; what does not fit is told. */
static bool takes_options(const struct request *r, const struct command *c)
{
    static const char edits[] = "add enable disable remove ";
    const struct {
        const char *name, *commands; /* that take it, with a blank behind each */
        bool given;
    } options[] = {{"--json", "status show clients bans kick ", r->json},
                   {"--watch", "status ", r->watch},
                   {"--kick", "ban ", r->kick},
                   {"-t", "drain upgrade ", r->time},
                   {"-f", "add enable disable remove export learn ", r->file},
                   {"-d", "export ", r->folder},
                   {"--check", edits, r->check}};
    char word[32];
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!options[i].given ||
            (text_fits(word, sizeof word, "%s ", c->name) && strstr(options[i].commands, word)))
            continue;
        ctl_complain("%s is for %.*s, not %s", options[i].name,
                     (int)strlen(options[i].commands) - 1, options[i].commands, c->name);
        (void)fputs(hint, stderr); /* nobody else to tell */
        return false;
    }
    return true;
}

static int act(const struct request *r)
{
    if (r->count == 0)
        return wrong_usage("a command is missing", NULL);
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *c = &commands[i];
        if (strcmp(c->name, r->words[0]) != 0)
            continue;
        if (r->count - 1 < c->least)
            return wrong_usage("an argument is missing after", c->name);
        if (r->count - 1 > c->most)
            return wrong_usage("an argument too many:", r->words[c->most + 1]);
        if (!takes_options(r, c))
            return EX_USAGE;
        return c->act(r);
    }
    return unknown_command(r->words[0]);
}

/* All was written, or the status says that it was not. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    ctl_complain("standard output: %s", strerror(errno));
    return status ? status : EX_IOERR;
}

int main(int argc, char **argv)
{
    enum { JSON = 256, WATCH, KICK, CHECK };
    static const struct option longs[] = {
        {"socket", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {"json", no_argument, NULL, JSON},
        {"watch", no_argument, NULL, WATCH},      {"file", required_argument, NULL, 'f'},
        {"check", no_argument, NULL, CHECK},      {"kick", no_argument, NULL, KICK},
        {"dir", required_argument, NULL, 'd'},    {0}};
    struct request r = {0};
    int c;
    while ((c = getopt_long(argc, argv, "s:t:f:d:hV", longs, NULL)) != -1) {
        switch (c) {
        case 's':
            r.socket = optarg;
            break;
        case 't':
            r.time = optarg;
            break;
        case 'f':
            r.file = optarg;
            break;
        case 'd':
            r.folder = optarg;
            break;
        case CHECK:
            r.check = true;
            break;
        case 'h':
            print_help();
            return finish(0);
        case 'V':
            (void)puts("doorwardctl (doorward) " PACKAGE_VERSION);
            return finish(0);
        case JSON:
            r.json = true;
            break;
        case KICK:
            r.kick = true;
            break;
        case WATCH:
            r.watch = true;
            break;
        default:
            (void)fputs(hint, stderr); /* getopt_long has told what */
            return EX_USAGE;
        }
    }
    r.words = argv + optind;
    r.count = argc - optind;
    return finish(act(&r));
}
