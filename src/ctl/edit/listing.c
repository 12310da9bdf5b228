/* ctl/edit/listing.c -- where each entry stands, as the daemon's program reads it */
#include "config.h"

#include "ctl/edit/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/program.h"

enum { FIELDS = 11 /* of a record, daemon/entries.h */ };

/* --- the other program ----------------------------------------------------------------------- */

/* Files, not pipes: nobody has to wait for anybody. */
struct streams {
    FILE *in, *out, *err;
};

static void close_streams(struct streams *s)
{
    FILE *all[] = {s->in, s->out, s->err};
    for (size_t i = 0; i < 3; i++)
        if (all[i])
            (void)fclose(all[i]); /* nobody reads it any more */
}

static bool open_streams(struct streams *s, const struct bytes *text)
{
    *s = (struct streams){tmpfile(), tmpfile(), tmpfile()};
    return s->in && s->out && s->err && (!text || bytes_write(text, fileno(s->in))) &&
           lseek(fileno(s->in), 0, SEEK_SET) == 0;
}

static char **arguments(const struct places *places, const char *word, const char *instead,
                        const char *program)
{
    char **argv = ctl_grow(NULL, (places->count + 5) * sizeof *argv);
    struct bytes asked = {.at = NULL}, other = {.at = NULL};
    size_t n = 0;
    bytes_string(&asked, word ? "--entries=" : "--entries");
    bytes_string(&asked, word ? word : "");
    bytes_string(&other, "--instead=");
    bytes_string(&other, instead ? instead : "");
    argv[n++] = ctl_copy(program, strlen(program));
    argv[n++] = asked.at;
    if (instead)
        argv[n++] = ctl_copy(other.at, other.len);
    argv[n++] = ctl_copy("--", 2);
    for (size_t i = 0; i < places->count; i++)
        argv[n++] = ctl_copy(places->paths[i], strlen(places->paths[i]));
    argv[n] = NULL;
    bytes_free(&other);
    return argv;
}

static void free_arguments(char **argv)
{
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    free(argv);
}

static _Noreturn void become(char **argv, const struct streams *s)
{
    if (dup2(fileno(s->in), 0) == 0 && dup2(fileno(s->out), 1) == 1 && dup2(fileno(s->err), 2) == 2)
        (void)execv(argv[0], argv); /* returns only when it fails */
    _exit(EX_OSERR);
}

/* Its exit status, or -1 with errno. */
static int run(char **argv, const struct streams *s)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        become(argv, s);
    if (pid < 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR;
}

/* --- its answer ------------------------------------------------------------------------------ */

static void take_record(struct listed *e, const char *field[static FIELDS])
{
    *e = (struct listed){.state = field[0],
                         .named = *field[1],
                         .file = field[2],
                         .line = strtoul(field[3], NULL, 10),
                         .at = strtoul(field[4], NULL, 10),
                         .end = strtoul(field[5], NULL, 10),
                         .onoff = strtoul(field[6], NULL, 10),
                         .name = field[7],
                         .protocol = field[8],
                         .addresses = field[9],
                         .meaning = field[10]};
}

static void take_records(struct listing *l)
{
    const char *at = l->records.at, *end = at + l->records.len, *field[FIELDS];
    size_t n = 0, room = 0;
    for (; at < end; at += strlen(at) + 1) {
        field[n++] = at;
        if (n < FIELDS)
            continue;
        if (l->count == room) {
            room = room ? 2 * room : 64;
            l->at = ctl_grow(l->at, room * sizeof *l->at);
        }
        take_record(&l->at[l->count++], field);
        n = 0;
    }
}

static bool take_stream(struct bytes *b, FILE *f)
{
    return lseek(fileno(f), 0, SEEK_SET) == 0 && bytes_read(b, fileno(f));
}

bool listing_read(struct listing *l, const struct places *places, const char *word,
                  const char *instead, const struct bytes *text)
{
    char program[4096];
    struct streams s = {NULL, NULL, NULL};
    *l = (struct listing){.at = NULL};
    if (!ctl_find_daemon(program, sizeof program)) {
        ctl_complain("%s: %s", program, strerror(errno));
        return false;
    }
    char **argv = arguments(places, word, instead, program);
    int status = open_streams(&s, text) ? run(argv, &s) : -1;
    bool good = status >= 0 && take_stream(&l->records, s.out) && take_stream(&l->problems, s.err);
    int error = errno;
    close_streams(&s);
    free_arguments(argv);
    l->good = status == 0;
    if (good && (status == 0 || status == EX_CONFIG)) {
        take_records(l);
        return true;
    }
    ctl_complain("%s: %s", program,
                 good ? "it does not say where the entries are" : strerror(error));
    listing_free(l);
    return false;
}

void listing_free(struct listing *l)
{
    free(l->at);
    bytes_free(&l->records);
    bytes_free(&l->problems);
    *l = (struct listing){.at = NULL};
}

/* --- about them ------------------------------------------------------------------------------ */

bool listed_is_file(const struct listed *e)
{
    return strcmp(e->state, "file") == 0;
}

bool listed_broken(const struct listed *e)
{
    return strcmp(e->state, "broken") == 0;
}

bool listed_on(const struct listed *e)
{
    return strcmp(e->state, "on") == 0;
}

bool listed_together(const struct listed *a, const struct listed *b)
{
    return a->at == b->at && strcmp(a->file, b->file) == 0 &&
           (strcmp(a->state, "commented") == 0) == (strcmp(b->state, "commented") == 0);
}

const struct listed *listing_file(const struct listing *l, const char *path)
{
    struct stat mine, theirs;
    if (stat(path, &mine) < 0)
        return NULL;
    for (size_t i = 0; i < l->count; i++)
        if (listed_is_file(&l->at[i]) && stat(l->at[i].file, &theirs) == 0 &&
            mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino)
            return &l->at[i];
    return NULL;
}
