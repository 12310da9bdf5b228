/*
 * conf/conf.h -- configuration files to a service table.
 *
 * This folder: text to table. Characters become words (lex), words an entry (classic, define,
 * keys), the entry a service (check); and the way back, for -t (print). It never logs and never
 * opens a socket, and includes base/, os/ and service/, not its siblings listen/ and handler/. */
#ifndef DOORWARD_CONF_CONF_H
#define DOORWARD_CONF_CONF_H

#include "conf/lex.h"
#include "service/service.h"

enum { CONF_HANDLERS_MOST = 1000000 }; /* of any count: more is a slip of the hand */

enum conf_severity { CONF_WARNING, CONF_ERROR };

/* Where problems go, one call each; `text` is one finished sentence without file and line. */
struct conf_report {
    void (*say)(void *arg, const struct place *at, enum conf_severity severity, const char *text);
    void *arg;
};

struct ask;

/* An entry with an error: what it seems to be called, and where it stands. */
struct conf_broken {
    const struct place *place;
    const char *service, *name, *protocol; /* as written; NULL: it was not said, or not read */
    size_t at, end, onoff;                 /* as struct entry has them */
};

/* What the command line decides for all files, and who answers what a load asks. */
struct conf_options {
    const struct settings *defaults; /* -R -c -C -s -q -E -w --resolve ...; `who` NULL */
    bool hosts_internal;             /* -W: libwrap for builtins too */
    bool hosts_external;             /* -w: libwrap for programs */
    const char *bind;                /* -a; NULL: all addresses */
    uint32_t handlers_max;           /* --handlers-max; 0: no limit */
    bool check_only;                 /* -t: what only root may do is a warning, not an error */
    bool all;                        /* entries that are off too, and each endpoint of each entry:
                                        to look at, not to serve */
    void (*broken)(void *arg, const struct conf_broken *b); /* tells of those; NULL: nobody asks */
    void *broken_arg;
    const char *instead; /* this file is what standard input says; where no other has
                                        it included it comes last. NULL: none */
    const char *folder;  /* read behind all paths, if it is there; NULL: none */
    const char *beneath; /* its *.conf stand among those of `folder`, where that has
                            none of the same name */
    struct ask *ask;     /* of conf/ask.h, who answers; NULL: the system, now */
};

/*
 * Read the files and folders `paths` (count of them, absolute) into a new table. Every problem is
 * reported; a bad entry is left out, the others are in the table. `*errors` counts the CONF_ERRORs,
 * unreadable and missing files among them; a place with line 0 means the file as a whole. NULL only
 * when memory ran out (reported too).
 *
 * All that it wants to know from outside it asks opt->ask: the system, which may block for as long
 * as a file or a name service likes; or whoever has asked the system before. */
struct table *conf_load(const char *const *paths, size_t count, const struct conf_options *opt,
                        const struct conf_report *report, size_t *errors);

/* The same for `len` bytes at `text` in place of a file; `file` (a path) is its name. */
struct table *conf_load_text(const char *file, const char *text, size_t len,
                             const struct conf_options *opt, const struct conf_report *report,
                             size_t *errors);

/*
 * The same a piece at a time, for a master that has others to serve. All arguments are borrowed
 * until the end; NULL: out of memory, not reported. conf_load_step() reads that many statements at
 * most; false: there is nothing more to read. conf_load_end() gives the table; conf_load_drop()
 * ends a load that nobody wants any more. */
struct conf_load;
struct conf_load *conf_load_begin(const char *const *paths, size_t count,
                                  const struct conf_options *opt, const struct conf_report *report);
struct conf_load *conf_load_begin_text(const char *file, const char *text, size_t len,
                                       const struct conf_options *opt,
                                       const struct conf_report *report);
bool conf_load_step(struct conf_load *l, size_t statements);
struct table *conf_load_end(struct conf_load *l, size_t *errors);
void conf_load_drop(struct conf_load *l);

/*
 * The resolved table of `-t`: a line a service, sorted as configured:
 *   NAME SOCKTYPE PROTO WAIT USER PROGRAM ADDRESS... [KEY=VALUE...]
 * written with `put(arg, line)`. USER has ":group" where it is not the user's own; PROGRAM is
 * "internal:NAME" for a builtin; ADDRESS is "-" for tcpmux/NAME. What is the default is left out,
 * the arguments too; a VALUE that is not one plain word is in double quotes with C escapes.
 * False: a line did not fit into memory. */
bool conf_print(const struct table *t, void (*put)(void *arg, const char *line), void *arg);
/* The same, with " file=FILE:LINE" behind the addresses of each entry that does not stand in the
 * file `usual` (NULL: of each). */
bool conf_print_places(const struct table *t, const char *usual,
                       void (*put)(void *arg, const char *line), void *arg);

/* "file:line:column: error: ..." into `t`; line 0 means the file as a whole, and is left out. */
struct text;
void conf_problem(struct text *t, const struct place *at, enum conf_severity severity,
                  const char *what);

#endif
