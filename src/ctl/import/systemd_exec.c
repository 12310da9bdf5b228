/* ctl/import/systemd_exec.c -- the program of a service unit: its words, environment and outputs */
#include "config.h"

#include "ctl/import/systemd_exec.h"

#include <stdlib.h>
#include <string.h>

/* --- the environment -------------------------------------------------------------------------- */

/* The value of a variable; NULL: there is none. The last one counts. */
static const char *value_of(const struct ctl_words *env, const char *name, size_t len)
{
    for (size_t i = env->count; i-- > 0;)
        if (strncmp(env->at[i], name, len) == 0 && env->at[i][len] == '=')
            return env->at[i] + len + 1;
    return NULL;
}

static void set(struct ctl_words *env, const char *word)
{
    size_t len = strcspn(word, "=");
    if (!word[len] || !unit_is_name(word, len))
        return; /* systemd passes over it, too */
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->at[i], word, len + 1) == 0) {
            ctl_words_drop(env, i);
            break;
        }
    ctl_words_add(env, word, strlen(word));
}

/* Environment=, then what the files say. */
static void read_environment(struct sysd_import *s, struct ctl_words *env)
{
    struct ctl_words words = {.at = NULL};
    unit_words(&s->service, "Service", "Environment", &words);
    for (size_t i = 0; i < s->service.count; i++) {
        const struct unit_line *l = &s->service.lines[i];
        if (strcmp(l->section, "Service") != 0 || strcmp(l->key, "EnvironmentFile") != 0)
            continue;
        const char *path = l->value + (l->value[0] == '-');
        if (path[0] != '/' || !unit_read_environment(path, &words))
            ctl_def_weak(&s->def,
                         "EnvironmentFile=%s: it cannot be read; write its variables as"
                         " env.",
                         l->value);
    }
    for (size_t i = 0; i < words.count; i++)
        set(env, words.at[i]);
    ctl_words_free(&words);
}

/* --- words ------------------------------------------------------------------------------------ */

/* "${NAME}" at `at`, or "$NAME": its length, and the name's place. 0: neither. */
static size_t reference(const char *at, const char **name, size_t *len)
{
    bool brace = at[1] == '{';
    *name = at + 1 + brace;
    *len = strspn(*name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    if (*len == 0 || (brace && (*name)[*len] != '}'))
        return 0;
    return 1 + *len + (brace ? 2U : 0);
}

/* One word with its variables: "$NAME" alone becomes as many words as its value has, "${NAME}" a
 * part of its word, "$$" a "$". What is not set is empty. */
static void expand(const char *word, const struct ctl_words *env, struct ctl_words *out)
{
    const char *name;
    size_t len, used = word[0] == '$' && word[1] != '{' ? reference(word, &name, &len) : 0;
    if (used && !word[used]) {
        const char *value = value_of(env, name, len);
        (void)unit_split(value ? value : "", out); /* half a quote is what it is */
        return;
    }
    char *whole = ctl_copy("", 0);
    size_t size = 0;
    for (const char *at = word; *at;) {
        const char *piece = at;
        size_t n = 1;
        used = at[0] == '$' && at[1] == '{' ? reference(at, &name, &len) : 0;
        if (used) {
            piece = value_of(env, name, len);
            n = piece ? strlen(piece) : 0;
        } else {
            used = at[0] == '$' && at[1] == '$' ? 2 : 1;
        }
        whole = ctl_grow(whole, size + n + 1);
        if (n > 0)
            memcpy(whole + size, piece, n);
        size += n;
        at += used;
    }
    ctl_words_add(out, whole, size);
    free(whole);
}

/* ExecStart= as systemd takes it apart. */
struct command {
    struct ctl_words argv;
    char *path;
    bool renamed; /* by "@": argv[0] is another word than the path */
};

/* The prefixes: "-" means nothing here, ":" that variables are none. */
static const char *skip_prefixes(struct sysd_import *s, struct command *c, const char *text,
                                 bool *plain)
{
    for (; *text && strchr("-@:+!|", *text); text++) {
        c->renamed |= *text == '@';
        *plain |= *text == ':';
        if (*text == '+' || *text == '!')
            ctl_def_note(&s->def, "ExecStart=%c: doorward runs it as its user, no more.", *text);
        else if (*text == '|')
            ctl_def_weak(&s->def, "ExecStart=|: doorward starts no login shell.");
    }
    return text;
}

static bool read_command(struct sysd_import *s, const struct ctl_words *env, struct command *c)
{
    const char *start = unit_get(&s->service, "Service", "ExecStart");
    struct ctl_words words = {.at = NULL};
    bool plain = false;
    if (start)
        (void)unit_split(skip_prefixes(s, c, start, &plain), &words);
    for (size_t i = 0; i < words.count; i++)
        if (plain || i == 0)
            ctl_words_add(&c->argv, words.at[i], strlen(words.at[i]));
        else
            expand(words.at[i], env, &c->argv);
    ctl_words_free(&words);
    if (c->argv.count <= c->renamed) {
        ctl_def_refuse(&s->def, "ExecStart is missing.");
        return false;
    }
    c->path = ctl_find_program(c->argv.at[0]);
    if (!c->path || c->path[strlen(c->path) - 1] == '/') {
        ctl_def_refuse(&s->def, "ExecStart=%s: the program is not in the usual folders.", start);
        return false;
    }
    if (c->renamed)
        ctl_words_drop(&c->argv, 0);
    return true;
}

/* --- where its output goes -------------------------------------------------------------------- */

enum sink { TO_SOCKET, TO_LOG, TO_NOTHING };

/* What `key` says; `inherited` where it says nothing. */
static enum sink sink_of(struct sysd_import *s, const char *key, enum sink inherited)
{
    static const char *const log[] = {"journal",         "syslog",         "kmsg",
                                      "journal+console", "syslog+console", "kmsg+console"};
    const char *value = unit_get(&s->service, "Service", key);
    if (!value || strcmp(value, "inherit") == 0)
        return inherited;
    if (strcmp(value, "socket") == 0)
        return TO_SOCKET;
    if (strcmp(value, "null") == 0)
        return TO_NOTHING;
    for (size_t i = 0; i < sizeof log / sizeof log[0]; i++)
        if (strcmp(log[i], value) == 0)
            return TO_LOG;
    ctl_def_weak(&s->def, "%s=%s: doorward has socket, log and null.", key, value);
    return TO_LOG;
}

/* The name of descriptor 3, as systemd tells it. */
static const char *fd_name(const struct sysd_import *s)
{
    const char *given = unit_get(&s->socket, "Socket", "FileDescriptorName");
    const char *slash = strrchr(s->socket.path, '/');
    if (given)
        return given;
    return s->accept ? "connection" : slash ? slash + 1 : s->socket.path;
}

/* Descriptors 3 and up, and what they are called. */
static void put_handoff(struct sysd_import *s)
{
    struct ctl_words names = {.at = NULL};
    const char *name = fd_name(s);
    for (const char *at = name; *at; at++)
        if (*at < ' ' || *at > '~' || *at == ':')
            ctl_def_refuse(&s->def, "FileDescriptorName=%s: no name for a descriptor.", name);
    ctl_def_key(&s->def, "handoff", "listen_fds");
    for (size_t i = 0; i < s->sockets; i++)
        ctl_words_add(&names, name, strlen(name));
    ctl_def_list(&s->def, "names", &names);
    ctl_words_free(&names);
}

static void put_command(struct sysd_import *s, const struct command *c)
{
    static const char *const words[] = {
        [TO_SOCKET] = "socket", [TO_LOG] = "log", [TO_NOTHING] = "null"};
    const char *input = unit_get(&s->service, "Service", "StandardInput");
    bool by_stdin = input && strcmp(input, "socket") == 0;
    enum sink usual = by_stdin ? TO_SOCKET : TO_LOG;
    enum sink out = sink_of(s, "StandardOutput", usual), err = sink_of(s, "StandardError", out);
    if (input && !by_stdin && strcmp(input, "null") != 0)
        ctl_def_weak(&s->def, "StandardInput=%s: doorward has the socket or nothing.", input);
    if (!by_stdin && (out == TO_SOCKET || err == TO_SOCKET)) {
        ctl_def_weak(&s->def, "StandardOutput=socket goes with StandardInput=socket.");
        out = out == TO_SOCKET ? TO_LOG : out;
        err = err == TO_SOCKET ? TO_LOG : err;
    }
    if (by_stdin && s->sockets > 1)
        ctl_def_refuse(&s->def, "StandardInput=socket is one socket.");
    ctl_def_program(&s->def, c->path, &c->argv);
    if (!by_stdin)
        put_handoff(s);
    if (out != (by_stdin ? TO_SOCKET : TO_NOTHING))
        ctl_def_key(&s->def, "stdout", words[out]);
    if (err != usual)
        ctl_def_key(&s->def, "stderr", words[err]);
}

void sysd_map_exec(struct sysd_import *s)
{
    struct ctl_words env = {.at = NULL};
    struct command c = {.path = NULL};
    read_environment(s, &env);
    if (read_command(s, &env, &c))
        put_command(s, &c);
    ctl_def_list(&s->def, "env", &env);
    free(c.path);
    ctl_words_free(&c.argv);
    ctl_words_free(&env);
}
