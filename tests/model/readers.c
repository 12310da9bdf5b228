/* model/readers.c -- who reads the configuration, the new binary, and the helpers */
#include "config.h"

#include "model/players.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/ask.h"
#include "listen/listen.h"

enum { TEXTS = 32 };

const char *player_text;

/* --- the reader ------------------------------------------------------------------------------ */

static struct learnt {
    const char *text;
    char *bytes;
    size_t len;
    char problem[160]; /* it has one */
} learnt[TEXTS];
static size_t nlearnt;

static void say_nothing(void *arg, const struct place *at, enum conf_severity severity,
                        const char *what)
{
    (void)arg;
    if (severity == CONF_ERROR)
        (void)snprintf(learnt[nlearnt].problem, sizeof learnt[0].problem, "%u:%u: %s", at->line,
                       at->column, what);
}

static bool learn(struct learnt *l, const char *text, struct conf_options conf)
{
    const struct conf_report nobody = {say_nothing, NULL};
    size_t errors = 0;
    FILE *file = tmpfile();
    conf.ask = file ? ask_recorded(fileno(file), NULL, 0, NULL) : NULL;
    struct table *t =
        conf.ask ? conf_load_text("--run", text, strlen(text), &conf, &nobody, &errors) : NULL;
    bool good = t && ask_recorded_all(conf.ask);
    table_free(t);
    ask_free(conf.ask);
    off_t len = good ? lseek(fileno(file), 0, SEEK_END) : 0;
    l->text = text;
    l->len = (size_t)len;
    l->bytes = malloc(l->len + 1);
    good = good && l->bytes && pread(fileno(file), l->bytes, l->len, 0) == len;
    if (file)
        (void)fclose(file); /* it has been read */
    return good;
}

bool players_learn(const char *const *texts, size_t n, const struct conf_options *conf)
{
    for (nlearnt = 0; nlearnt < n && nlearnt < TEXTS; nlearnt++)
        if (!learn(&learnt[nlearnt], texts[nlearnt], *conf))
            return false;
    return true;
}

const char *player_answers(const char *text, size_t *len)
{
    for (size_t i = 0; i < nlearnt; i++)
        if (strcmp(learnt[i].text, text) == 0) {
            *len = learnt[i].len;
            return learnt[i].bytes;
        }
    return NULL;
}

bool reader_can(const struct process *p)
{
    return p->life == LIFE_RUNS && p->role == ROLE_READER;
}

void reader_step(struct process *p, int status)
{
    size_t len = 0;
    const char *bytes = player_answers(p->mind, &len);
    if (!status && bytes)
        (void)object_send(p->socket, bytes, len, NULL, 0);
    process_exit(p, status);
}

/* --- the new binary -------------------------------------------------------------------------- */

void probe_step(struct process *p, bool can)
{
    const char *words = can ? "yes\n" : "no it is not in the mood\n";
    (void)object_send(p->socket, words, strlen(words), NULL, 0);
    process_exit(p, can ? 0 : EX_OSERR << 8);
}

/* --- helpers --------------------------------------------------------------------------------- */

/* As os/helper.c has them. */
struct order {
    int (*act)(int fd, const void *ask, void *answer);
    _Alignas(max_align_t) unsigned char ask[HELPER_ASK];
};
struct reply {
    _Alignas(max_align_t) unsigned char answer[HELPER_ANSWER];
};

bool helper_can(const struct process *p)
{
    return p->life == LIFE_RUNS && p->role == ROLE_HELPER && object_ready(p->socket);
}

/* It is a copy of the master, which sees nothing of what it does to its memory. */
static int act(const struct order *o, int fd, struct reply *r)
{
    struct look_ask ask;
    memcpy(&ask, o->ask, sizeof ask);
    struct listener before = *ask.listener;
    int back = o->act(fd, o->ask, r->answer);
    memcpy(ask.listener, &before, offsetof(struct listener, path));
    return back;
}

void helper_step(struct process *p)
{
    struct order o;
    struct reply r = {.answer = {0}};
    struct message *m = object_read(p->socket);
    if (!m) {
        process_exit(p, 0);
        return;
    }
    memcpy(&o, m->bytes, sizeof o);
    int fd = fd_give(object_take(m->objects[0]), true), back = act(&o, fd, &r);
    fd_close(fd);
    message_free(m);
    struct object *given = back >= 0 ? fd_object(back) : NULL;
    (void)object_send(p->socket, &r, sizeof r, &given, given ? 1 : 0);
    if (back >= 0)
        fd_close(back);
}
